//! A browser as far as signing in needs one: it keeps cookies and goes where it is sent.

use std::collections::BTreeMap;

use cookie::{Cookie, SameSite};
use serde_json::{Value, json};
use url::Url;

use super::actor::Actor;
use super::answer::Answer;
use super::test_app::TestApp;

/// The most redirects that are followed.
const MAX_REDIRECTS: usize = 10;

/// Somebody in front of a browser. Its cookies are for 127.0.0.1, whatever the port, as in real
/// ones.
pub(crate) struct Browser {
    home: Url,
    guest: Actor,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn of(app: &TestApp) -> Self {
        Self {
            home: Url::parse(&format!("http://{}/", app.address())).unwrap(),
            guest: app.guest(),
            cookies: BTreeMap::new(),
        }
    }

    /// Opens an address, which may be a path of the server, without following where it leads.
    pub(crate) fn open(&mut self, address: &str) -> Answer {
        self.send("GET", address, &[], "")
    }

    /// Opens an address and follows every redirect but one to a page of the server: where it ends.
    pub(crate) fn follow(&mut self, address: &str) -> String {
        let mut at = self.home.join(address).unwrap();
        for _ in 0..MAX_REDIRECTS {
            let answer = self.open(at.as_str());
            let status = answer.status();
            assert!(
                matches!(status, 302 | 303),
                "{at}: {status} {}",
                answer.text()
            );
            at = at.join(answer.header("location")).unwrap();
            if at.origin() == self.home.origin() && !at.path().starts_with("/api/") {
                return at[url::Position::BeforePath..].to_owned();
            }
        }
        panic!("sent on and on, at last to {at}");
    }

    /// Opens an address and follows redirects until one leads back to the server: that one, not
    /// opened yet.
    pub(crate) fn follow_to_callback(&mut self, address: &str) -> String {
        let start = self.open(address);
        assert_eq!(start.status(), 303, "{}", start.text());
        let provider = self.open(start.header("location"));
        assert_eq!(provider.status(), 302, "{}", provider.text());
        provider.header("location").to_owned()
    }

    /// What the page asks for with the cookies, as `POST /auth/refresh`.
    pub(crate) fn post(&mut self, path: &str) -> Answer {
        self.send("POST", path, &[], "")
    }

    /// The same with an access token and a body.
    pub(crate) fn post_as(&mut self, token: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        self.send("POST", path, &headers, &body.to_string())
    }

    /// Who is signed in, as the page finds out after a sign-in.
    pub(crate) fn refresh(&mut self) -> Value {
        self.post("/api/v1/auth/refresh").expect(200)
    }

    /// Signs in at a provider, and tells who is signed in.
    pub(crate) fn sign_in(&mut self, provider: &str) -> Value {
        let end = self.follow(&format!("/api/v1/auth/{provider}/start"));
        assert_eq!(end, format!("/?sign_in={provider}"));
        self.refresh()
    }

    /// Why a sign-in at a provider fails. Nobody is signed in by it.
    pub(crate) fn refusal(&mut self, provider: &str) -> String {
        let end = self.follow(&format!("/api/v1/auth/{provider}/start?return_to=/here"));
        self.refusal_at(provider, &end)
    }

    /// Why a sign-in failed that ended here. Nobody is signed in by it.
    pub(crate) fn refusal_at(&mut self, provider: &str, end: &str) -> String {
        let (_, query) = end.split_once('?').unwrap();
        let beginning = format!("sign_in={provider}&sign_in_error=");
        let code = query.strip_prefix(&beginning);
        let code = code.unwrap_or_else(|| panic!("ended at {end}")).to_owned();
        assert!(
            !self.cookies.contains_key("__Host-sign-in"),
            "the attempt is over"
        );
        let refused = self.post("/api/v1/auth/refresh");
        refused.expect_error(401, "refresh_token_missing");
        code
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    fn send(
        &mut self,
        method: &str,
        address: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let url = self.home.join(address).unwrap();
        let socket = url.socket_addrs(|| None).unwrap().remove(0);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("cookie", &cookies));
        }
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let answer = self
            .guest
            .at(socket)
            .send(method, path, &all, body.to_owned());
        self.keep_cookies(&answer);
        answer
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for header in answer.parts.headers.get_all("set-cookie") {
            let cookie = Cookie::parse(header.to_str().unwrap()).unwrap();
            let is_host = cookie.secure() == Some(true)
                && cookie.path() == Some("/")
                && cookie.domain().is_none();
            assert!(is_host && cookie.name().starts_with("__Host-"), "{cookie}");
            assert_eq!(cookie.http_only(), Some(true));
            let expected = match cookie.name() {
                // It has to come along from the provider's page.
                "__Host-sign-in" => SameSite::Lax,
                _ => SameSite::Strict,
            };
            assert_eq!(cookie.same_site(), Some(expected), "{cookie}");
            let max_age = cookie.max_age().expect("an end");
            if max_age.is_zero() {
                self.cookies.remove(cookie.name());
            } else {
                self.set_cookie(cookie.name(), cookie.value());
            }
        }
    }
}

/// The claims of a person at a provider.
pub(crate) fn person(subject: &str, name: &str) -> Value {
    json!({ "sub": subject, "name": name, "email_verified": true })
}
