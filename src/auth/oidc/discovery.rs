//! What a provider says about itself (OpenID Connect Discovery 1.0).

use serde_json::{Map, Value};
use url::Url;

use super::error::FetchError;
use super::fetch::endpoint_in;

/// What the document is called in errors.
pub(super) const DOCUMENT: &str = "discovery document";

/// The part of the document that is used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Discovery {
    /// Where people are sent to.
    pub(super) authorization_endpoint: Url,
    /// Where codes are turned into ID tokens.
    pub(super) token_endpoint: Url,
    /// Where the keys are.
    pub(super) jwks_uri: Url,
    /// Whether answers to the browser name their issuer (RFC 9207, section 3).
    pub(super) names_issuer: bool,
}

impl Discovery {
    /// Where the document of `issuer` is (section 4).
    pub(super) fn address(issuer: &str) -> Result<Url, FetchError> {
        let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
        let address = format!("{issuer}/.well-known/openid-configuration");
        Url::parse(&address).map_err(|_| FetchError::Malformed {
            document: DOCUMENT,
            problem: "the issuer is no address",
        })
    }

    /// Reads the document of `issuer`, whose name in it must be exactly that (section 4.3).
    pub(super) fn read(document: &Map<String, Value>, issuer: &str) -> Result<Self, FetchError> {
        if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
            let expected = issuer.to_owned();
            return Err(FetchError::Issuer { expected });
        }
        let endpoint = |name: &str| endpoint_in(document, name, issuer, DOCUMENT);
        let names_issuer = "authorization_response_iss_parameter_supported";
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            names_issuer: document.get(names_issuer) == Some(&Value::Bool(true)),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://sign-in.example.org/tenant";

    fn read(change: impl FnOnce(&mut Map<String, Value>)) -> Result<Discovery, FetchError> {
        let document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://a.example.org/authorize",
            "token_endpoint": "https://b.example.org/token", "jwks_uri": "https://c.example.org/k",
        });
        let mut document = document.as_object().unwrap().clone();
        change(&mut document);
        Discovery::read(&document, ISSUER)
    }

    #[test]
    fn the_endpoints_come_from_the_document() {
        let discovery = read(|_| {}).unwrap();
        assert_eq!(discovery.jwks_uri.as_str(), "https://c.example.org/k");
        assert!(!discovery.names_issuer);
        for issuer in [ISSUER.to_owned(), format!("{ISSUER}/")] {
            let address = Discovery::address(&issuer).unwrap();
            let path = "/tenant/.well-known/openid-configuration";
            assert_eq!(address.path(), path);
        }
    }

    #[test]
    fn another_issuer_is_refused_however_alike() {
        for issuer in [
            json!(format!("{ISSUER}/")),
            json!("https://evil.example"),
            json!(7),
        ] {
            let refused = read(|document| drop(document.insert("issuer".to_owned(), issuer)));
            assert!(matches!(refused, Err(FetchError::Issuer { .. })));
        }
    }

    #[test]
    fn endpoints_without_tls_are_refused() {
        for address in [
            "http://a.example.org/token",
            "http://127.0.0.1/token",
            "ftp://a.example.org",
            "token",
            "",
        ] {
            let refused = read(|document| {
                document.insert("token_endpoint".to_owned(), json!(address));
            });
            assert!(
                matches!(refused, Err(FetchError::Malformed { .. })),
                "{address}"
            );
        }
        let missing = read(|document| drop(document.remove("jwks_uri")));
        assert!(matches!(missing, Err(FetchError::Malformed { .. })));
    }
}
