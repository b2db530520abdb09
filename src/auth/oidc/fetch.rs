//! Requests to providers: bounded in time and size, to where the settings lead and nowhere else.

use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, header};
use serde_json::{Map, Value};
use url::Url;

use super::error::FetchError;
use crate::config::is_safe_endpoint;

/// The longest time until a connection is there, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The longest time of a whole exchange.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(5);

/// The most that is read of an answer. Google's documents and tokens have under 4 KiB.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Sends requests to one provider.
#[derive(Clone, Debug)]
pub(super) struct Fetcher {
    client: Client,
}

/// An answer's status and its body, which is a JSON object.
pub(super) struct Fetched {
    pub(super) status: u16,
    /// How long the answer stays good, when it says so.
    pub(super) max_age: Option<Duration>,
    pub(super) body: Map<String, Value>,
}

impl Fetched {
    /// The answer, if its status is one of success.
    pub(super) fn successful(self) -> Result<Self, FetchError> {
        match self.status {
            200..=299 => Ok(self),
            status => Err(FetchError::Status { status }),
        }
    }
}

impl Fetcher {
    /// For the provider whose issuer is `issuer`.
    pub(super) fn new(issuer: &str) -> Result<Self, FetchError> {
        let mut builder = Client::builder()
            .user_agent(concat!("pixelwars/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXCHANGE_TIMEOUT);
        if issuer.starts_with("http://") {
            // Within this machine, without TLS: the system's certificates need not be there.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(FetchError::Request)?;
        Ok(Self { client })
    }

    /// Reads a document.
    pub(super) async fn get(
        &self,
        url: Url,
        document: &'static str,
    ) -> Result<Fetched, FetchError> {
        self.exchange(self.client.get(url), document).await
    }

    /// Sends a form, with an `authorization` header if there is one to send.
    pub(super) async fn post_form(
        &self,
        url: Url,
        form: String,
        authorization: Option<HeaderValue>,
        document: &'static str,
    ) -> Result<Fetched, FetchError> {
        let form_type = "application/x-www-form-urlencoded";
        let mut request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, form_type)
            .body(form);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.exchange(request, document).await
    }

    async fn exchange(
        &self,
        request: RequestBuilder,
        document: &'static str,
    ) -> Result<Fetched, FetchError> {
        let failed = |error: reqwest::Error| FetchError::Request(error.without_url());
        let request = request.header(header::ACCEPT, "application/json");
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let max_age = max_age_of(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                let max_bytes = MAX_ANSWER_BYTES;
                return Err(FetchError::TooLarge { max_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        // The body of a refusal may be anything.
        let parsed = match serde_json::from_slice(&body) {
            Ok(Value::Object(object)) => object,
            Ok(_) | Err(_) if status >= 300 => Map::new(),
            Ok(_) | Err(_) => {
                let problem = "it is no JSON object";
                return Err(FetchError::Malformed { document, problem });
            }
        };
        Ok(Fetched {
            status,
            max_age,
            body: parsed,
        })
    }
}

/// An address in a document of `issuer`, if requests or people may be sent there: over TLS, and
/// without it only by a provider on this machine, to this machine.
pub(super) fn endpoint_in(
    object: &Map<String, Value>,
    name: &str,
    issuer: &str,
    document: &'static str,
) -> Result<Url, FetchError> {
    let text = object.get(name).and_then(Value::as_str);
    let url = text.and_then(|text| Url::parse(text).ok());
    let is_local = issuer.starts_with("http://");
    let is_allowed = |url: &Url| is_safe_endpoint(url) && (is_local || url.scheme() == "https");
    url.filter(is_allowed).ok_or(FetchError::Malformed {
        document,
        problem: "an address is missing or not over TLS",
    })
}

/// The seconds of `max-age` (RFC 9111, section 5.2.2.1).
fn max_age_of(headers: &HeaderMap) -> Option<Duration> {
    let name: HeaderName = CACHE_CONTROL;
    let values = headers.get_all(name).into_iter();
    let mut directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let seconds = directives.find_map(|directive| {
        let (name, seconds) = directive.trim().split_once('=')?;
        let is_max_age = name.eq_ignore_ascii_case("max-age");
        is_max_age.then(|| seconds.trim_matches('"').parse().ok())?
    });
    seconds.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_found_among_other_directives() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
            max_age_of(&headers).map(|age| age.as_secs())
        };
        assert_eq!(of("public, max-age=19834, must-revalidate"), Some(19_834));
        assert_eq!(of("Max-Age=\"7\""), Some(7));
        assert_eq!(of("s-maxage=5, no-transform"), None);
        assert_eq!(of("max-age=soon"), None);
        assert_eq!(max_age_of(&HeaderMap::new()), None);
    }
}
