//! The cookies of this server, which no script can read.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::config::Config;

/// Keeps a browser signed in: the refresh token. No other site can make a browser send it.
pub const REFRESH: OwnCookie = OwnCookie {
    secure_name: "__Host-refresh",
    plain_name: "pixelwars-refresh",
    same_site: SameSite::Strict,
};

/// Ties the end of a sign-in at a provider to its beginning in the same browser. It comes back with
/// the visit that the provider's page sends here, hence `Lax`.
pub const ATTEMPT: OwnCookie = OwnCookie {
    secure_name: "__Host-sign-in",
    plain_name: "pixelwars-sign-in",
    same_site: SameSite::Lax,
};

/// Names a browser, to count the players that it becomes.
pub const DEVICE: OwnCookie = OwnCookie {
    secure_name: "__Host-device",
    plain_name: "pixelwars-device",
    same_site: SameSite::Lax,
};

/// A cookie of this server.
#[derive(Clone, Copy, Debug)]
pub struct OwnCookie {
    /// The name where browsers take secure cookies. The prefix makes them refuse it from a page
    /// without TLS, from another host, or for a part of the site (RFC 6265bis, section 4.1.3).
    secure_name: &'static str,
    /// The name elsewhere.
    plain_name: &'static str,
    same_site: SameSite,
}

impl OwnCookie {
    /// The header value that gives a browser the cookie for `max_age_s` seconds.
    pub fn set(&self, config: &Config, value: String, max_age_s: i64) -> HeaderValue {
        let cookie = Cookie::build((self.name(config), value))
            .http_only(true)
            .secure(config.server.has_secure_cookies())
            .same_site(self.same_site)
            .path("/")
            .max_age(Duration::seconds(max_age_s));
        // What is written here has no character that a header could not hold; should it ever, a
        // cookie without meaning is the safe answer.
        HeaderValue::try_from(cookie.build().to_string())
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The header value that takes the cookie from a browser.
    pub fn clear(&self, config: &Config) -> HeaderValue {
        self.set(config, String::new(), 0)
    }

    /// The value that a browser sends.
    pub fn read(&self, config: &Config, headers: &HeaderMap) -> Option<String> {
        let sent = headers.get_all(header::COOKIE).into_iter();
        let sent = sent.filter_map(|value| value.to_str().ok());
        let mut cookies = sent.flat_map(Cookie::split_parse).filter_map(Result::ok);
        let ours = cookies.find(|cookie| cookie.name() == self.name(config))?;
        Some(ours.value().to_owned())
    }

    fn name(&self, config: &Config) -> &'static str {
        match config.server.has_secure_cookies() {
            true => self.secure_name,
            false => self.plain_name,
        }
    }
}
