//! One provider, and this server as its client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use event_store::UnixMs;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::cached::Cached;
use super::discovery::{self, Discovery};
use super::error::{FetchError, OidcError};
use super::fetch::{Fetched, Fetcher};
use super::id_token::{Claims, IdTokenError, signing_of};
use super::key_set::{self, KeySet};
use super::secrets::FlowSecrets;
use crate::config::{ClientAuthentication, EmailRule, OidcClient};

/// The most codes that are being turned into ID tokens at a time.
const MAX_EXCHANGES: usize = 64;

/// What the answer of the token endpoint is called in errors.
const TOKEN_ANSWER: &str = "token answer";

/// What a player is called whom the provider does not call anything.
const NAMELESS: &str = "Player";

/// One provider, and this server as its client. `Debug` shows no secret.
#[derive(Debug)]
pub struct OidcProvider {
    client: OidcClient,
    fetcher: Fetcher,
    discovery: Arc<Cached<Discovery>>,
    keys: Arc<Cached<KeySet>>,
    exchanges: Semaphore,
}

/// What the browser brings back from the provider.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// To be turned into an ID token, once.
    pub code: &'a str,
    /// Who answered (RFC 9207), when the answer says so.
    pub issuer: Option<&'a str>,
    /// Where the browser was sent back to, exactly as the provider was told at the beginning.
    pub redirect_uri: &'a str,
}

/// Somebody, as the provider has just vouched for them. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvenPerson {
    /// Who, in the provider's own, unchanging id.
    pub subject: String,
    /// What the provider calls them.
    pub name: String,
}

impl fmt::Debug for ProvenPerson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProvenPerson")
            .finish_non_exhaustive()
    }
}

impl OidcProvider {
    /// A provider, to which nothing is sent yet.
    ///
    /// # Errors
    /// When the system has no certificates that the provider's could be checked with.
    pub fn new(client: OidcClient) -> Result<Self, FetchError> {
        Ok(Self {
            fetcher: Fetcher::new(&client.issuer)?,
            client,
            discovery: Arc::default(),
            keys: Arc::default(),
            exchanges: Semaphore::new(MAX_EXCHANGES),
        })
    }

    /// What people know the provider by.
    pub fn name(&self) -> &str {
        &self.client.name
    }

    /// Its issuer identifier, as the settings have it.
    pub fn issuer(&self) -> &str {
        &self.client.issuer
    }

    /// Where a browser is sent to sign in (OpenID Connect Core 1.0, section 3.1.2.1), from where it
    /// comes back to `redirect_uri`.
    ///
    /// # Errors
    /// [`OidcError::Unavailable`].
    pub async fn authorization_url(
        &self,
        secrets: &FlowSecrets,
        redirect_uri: &str,
        now: UnixMs,
    ) -> Result<Url, OidcError> {
        let discovery = self.discovery(now).await?;
        let mut url = discovery.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &self.client.scopes.join(" "))
            .append_pair("state", &secrets.state)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &secrets.code_challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Turns what the browser brings back into a person whom the provider vouches for.
    ///
    /// # Errors
    /// [`OidcError`] by cause; the code is used up then, and the sign-in has to begin anew.
    pub async fn prove(
        &self,
        callback: Callback<'_>,
        secrets: &FlowSecrets,
        now: UnixMs,
    ) -> Result<ProvenPerson, OidcError> {
        let provider = || self.client.issuer.clone();
        let discovery = self.discovery(now).await?;
        let is_same = match callback.issuer {
            Some(issuer) => issuer == self.client.issuer,
            None => !discovery.names_issuer,
        };
        if !is_same {
            let provider = provider();
            return Err(OidcError::MixedUp { provider });
        }
        let _permit = self.exchanges.try_acquire().map_err(|_| {
            let provider = provider();
            OidcError::Busy { provider }
        })?;
        let id_token = self.exchange(&discovery, callback, secrets).await?;
        let claims = self.verify(&discovery, &id_token, secrets, now).await?;
        let must_have_email = self.client.email == EmailRule::Verified;
        if must_have_email && !claims.has_verified_email() {
            let provider = provider();
            return Err(OidcError::EmailNotVerified { provider });
        }
        let subject = claims.subject(&self.client.id_claim, self.client.has_numeric_ids);
        let names = ["name", "preferred_username"];
        let name = names.iter().find_map(|name| claims.text(name));
        Ok(ProvenPerson {
            subject: subject.map_err(|error| self.refused(error))?,
            name: name.unwrap_or(NAMELESS).to_owned(),
        })
    }

    async fn discovery(&self, now: UnixMs) -> Result<Arc<Discovery>, OidcError> {
        let fetcher = self.fetcher.clone();
        let issuer = self.client.issuer.clone();
        let fetch = async move {
            let address = Discovery::address(&issuer)?;
            let fetched = fetcher.get(address, discovery::DOCUMENT).await?;
            let fetched = fetched.successful()?;
            let document = Discovery::read(&fetched.body, &issuer)?;
            Ok((document, fetched.max_age))
        };
        let got = self.discovery.get(now, |_| true, fetch).await;
        got.map_err(|error| self.unavailable(error))
    }

    async fn key_set(
        &self,
        discovery: &Discovery,
        has_key: impl Fn(&KeySet) -> bool + Send + 'static,
        now: UnixMs,
    ) -> Result<Arc<KeySet>, OidcError> {
        let fetcher = self.fetcher.clone();
        let address = discovery.jwks_uri.clone();
        let fetch = async move {
            let fetched = fetcher.get(address, key_set::DOCUMENT).await?;
            let fetched = fetched.successful()?;
            let keys: Result<(KeySet, Option<Duration>), FetchError> =
                KeySet::read(&fetched.body).map(|keys| (keys, fetched.max_age));
            keys
        };
        let got = self.keys.get(now, has_key, fetch).await;
        got.map_err(|error| self.unavailable(error))
    }

    /// Turns the code into an ID token (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    async fn exchange(
        &self,
        discovery: &Discovery,
        callback: Callback<'_>,
        secrets: &FlowSecrets,
    ) -> Result<String, OidcError> {
        let (form, authorization) = self.token_request(callback, secrets);
        let address = discovery.token_endpoint.clone();
        let answer = self
            .fetcher
            .post_form(address, form, authorization, TOKEN_ANSWER)
            .await
            .map_err(|error| self.unavailable(error))?;
        self.id_token_in(answer)
    }

    /// The form that asks for an ID token, and the header that proves who asks.
    fn token_request(
        &self,
        callback: Callback<'_>,
        secrets: &FlowSecrets,
    ) -> (String, Option<HeaderValue>) {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", callback.code)
            .append_pair("redirect_uri", callback.redirect_uri)
            .append_pair("code_verifier", &secrets.code_verifier);
        let (id, secret) = (&self.client.client_id, self.client.client_secret.expose());
        match self.client.client_authentication {
            ClientAuthentication::Basic => (form.finish(), Some(basic(id, secret))),
            ClientAuthentication::Post => {
                form.append_pair("client_id", id)
                    .append_pair("client_secret", secret);
                (form.finish(), None)
            }
        }
    }

    fn id_token_in(&self, answer: Fetched) -> Result<String, OidcError> {
        // What is the provider's trouble rather than the code's or ours: RFC 9110, section 15.
        let is_refusal = matches!(answer.status, 400..=499) && !matches!(answer.status, 408 | 429);
        if is_refusal {
            return Err(OidcError::Refused {
                provider: self.client.issuer.clone(),
                reason: shown_error_code(&answer.body),
            });
        }
        let answer = answer.successful();
        let mut answer = answer.map_err(|error| self.unavailable(error))?;
        if let Some(Value::String(token)) = answer.body.remove("id_token") {
            return Ok(token);
        }
        Err(self.unavailable(FetchError::Malformed {
            document: TOKEN_ANSWER,
            problem: "it has no ID token",
        }))
    }

    async fn verify(
        &self,
        discovery: &Discovery,
        token: &str,
        secrets: &FlowSecrets,
        now: UnixMs,
    ) -> Result<Claims, OidcError> {
        let signing = signing_of(token, &self.client).map_err(|error| self.refused(error))?;
        let (id, algorithm) = (signing.key_id, signing.algorithm);
        let wanted = id.clone();
        let has_key = move |keys: &KeySet| keys.find(wanted.as_deref(), algorithm).is_some();
        let keys = self.key_set(discovery, has_key, now).await?;
        let key = keys.find(id.as_deref(), algorithm);
        let key = key.ok_or_else(|| self.refused(IdTokenError::UnknownKey))?;
        let claims = Claims::verify(token, algorithm, key, &self.client, &secrets.nonce, now);
        claims.map_err(|error| self.refused(error))
    }

    fn unavailable(&self, source: FetchError) -> OidcError {
        let provider = self.client.issuer.clone();
        OidcError::Unavailable { provider, source }
    }

    fn refused(&self, source: IdTokenError) -> OidcError {
        let provider = self.client.issuer.clone();
        OidcError::IdToken { provider, source }
    }
}

/// The header of HTTP Basic, of a name and password that are form-encoded first (RFC 6749, section
/// 2.3.1).
fn basic(client_id: &str, secret: &str) -> HeaderValue {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", encoded(client_id), encoded(secret));
    let header = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(both)));
    let mut header = header.expect("Base64 is made of visible characters");
    header.set_sensitive(true);
    header
}

/// The provider's error code, if it is made like the known ones: anything else may be anything.
fn shown_error_code(body: &Map<String, Value>) -> String {
    const MAX_BYTES: usize = 64;
    let code = body.get("error").and_then(Value::as_str);
    let is_known_kind = |code: &&str| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        !code.is_empty() && code.len() <= MAX_BYTES && code.bytes().all(is_part)
    };
    code.filter(is_known_kind)
        .unwrap_or("no error code")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_and_password_are_encoded_twice() {
        let header = basic("a:b", "c d%é");
        assert_eq!(
            header,
            format!("Basic {}", STANDARD.encode("a%3Ab:c+d%25%C3%A9"))
        );
        assert!(header.is_sensitive());
    }

    #[test]
    fn only_what_looks_like_an_error_code_is_shown() {
        let shown = |error: Value| {
            let body = json!({ "error": error });
            shown_error_code(body.as_object().unwrap())
        };
        assert_eq!(shown(json!("invalid_grant")), "invalid_grant");
        for odd in [
            json!("no such code 4/0AX"),
            json!(""),
            json!(5),
            json!("a".repeat(65)),
        ] {
            assert_eq!(shown(odd), "no error code");
        }
    }
}
