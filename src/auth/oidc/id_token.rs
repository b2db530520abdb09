//! What a provider says about a person, believed only when everything holds (OpenID Connect Core
//! 1.0, section 3.1.3.7).

use event_store::UnixMs;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::secrets::is_same_secret;
use crate::config::{IdTokenAlgorithm, OidcClient};

/// How far a provider's clock may be from ours, in seconds, either way.
pub const LEEWAY_S: i64 = 60;

/// The longest ID token that is looked at. Google's have some 1.2 KiB.
pub const MAX_ID_TOKEN_BYTES: usize = 16 << 10;

/// The longest subject, in bytes (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_BYTES: usize = 255;

/// Why an ID token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// Not a signed JWT with the claims of an ID token, or longer than [`MAX_ID_TOKEN_BYTES`].
    #[error("the ID token is malformed")]
    Malformed,
    /// Signed with an algorithm that the settings do not allow for this provider.
    #[error("the ID token is signed with an algorithm that is not allowed")]
    Algorithm,
    /// Signed with a key that the provider does not publish.
    #[error("the ID token is signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// Issued by somebody else.
    #[error("the ID token has another issuer")]
    Issuer,
    /// Meant for somebody else.
    #[error("the ID token is for another audience")]
    Audience,
    /// Asked for by somebody else: the claim `azp`.
    #[error("the ID token was asked for by another client")]
    AuthorizedParty,
    /// It has ended.
    #[error("the ID token has expired")]
    Expired,
    /// Issued in the future.
    #[error("the ID token was issued in the future")]
    IssuedInFuture,
    /// For another sign-in than this one.
    #[error("the ID token is for another sign-in")]
    Nonce,
    /// Does not say who.
    #[error("the ID token does not say who somebody is")]
    Subject,
}

impl IdTokenError {
    /// The reason in one word, as a label of a metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::AuthorizedParty => "authorized_party",
            Self::Expired => "expired",
            Self::IssuedInFuture => "issued_in_future",
            Self::Nonce => "nonce",
            Self::Subject => "subject",
        }
    }
}

/// How a token says that it is signed. Nothing of it is proved yet.
pub(super) struct Signing {
    pub(super) key_id: Option<String>,
    pub(super) algorithm: IdTokenAlgorithm,
}

/// How `token` is signed, if that is a way that `client` allows.
pub(super) fn signing_of(token: &str, client: &OidcClient) -> Result<Signing, IdTokenError> {
    if token.len() > MAX_ID_TOKEN_BYTES {
        return Err(IdTokenError::Malformed);
    }
    // A header with `alg` none is no header here: the library does not know that algorithm.
    let header = jsonwebtoken::decode_header(token).map_err(|_| IdTokenError::Malformed)?;
    // What a critical extension asks for is not known here (RFC 7515, section 4.1.11).
    if header.crit.is_some() {
        return Err(IdTokenError::Malformed);
    }
    let mut allowed = client.algorithms.iter();
    let algorithm = allowed.find(|allowed| jwt_algorithm(**allowed) == header.alg);
    Ok(Signing {
        key_id: header.kid,
        algorithm: *algorithm.ok_or(IdTokenError::Algorithm)?,
    })
}

fn jwt_algorithm(algorithm: IdTokenAlgorithm) -> Algorithm {
    match algorithm {
        IdTokenAlgorithm::Rs256 => Algorithm::RS256,
        IdTokenAlgorithm::Es256 => Algorithm::ES256,
        IdTokenAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

/// The claims of an ID token that proved right.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Verifies `token`, signed by `algorithm` with `key`: that it is of the provider, for
    /// `client`, for the sign-in that drew `nonce`, and in force at `now`.
    pub(super) fn verify(
        token: &str,
        algorithm: IdTokenAlgorithm,
        key: &DecodingKey,
        client: &OidcClient,
        nonce: &str,
        now: UnixMs,
    ) -> Result<Self, IdTokenError> {
        let mut validation = Validation::new(jwt_algorithm(algorithm));
        let issuers = [Some(&client.issuer), client.also_issued_as.as_ref()];
        let issuers: Vec<&String> = issuers.into_iter().flatten().collect();
        validation.set_issuer(&issuers);
        validation.set_audience(&[&client.client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would read the clock; `check_time` takes the time as an argument.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation);
        let claims = Self(claims.map_err(refusal)?.claims);
        claims.check_authorized_party(&client.client_id)?;
        claims.check_time(now)?;
        let is_same = claims.text("nonce").map(|own| is_same_secret(own, nonce));
        match is_same {
            Some(true) => Ok(claims),
            Some(false) | None => Err(IdTokenError::Nonce),
        }
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether the provider has verified that the e-mail is theirs. Some write the word as a text.
    pub(super) fn has_verified_email(&self) -> bool {
        match self.0.get("email_verified") {
            Some(Value::Bool(is_verified)) => *is_verified,
            Some(Value::String(word)) => word == "true",
            Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => {
                false
            }
        }
    }

    /// Who it is: the claim `name`, a text, or a whole number above 0 written as one.
    pub(super) fn subject(&self, name: &str, is_numeric: bool) -> Result<String, IdTokenError> {
        let subject = match self.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => {
                return Err(IdTokenError::Subject);
            }
        };
        // A number has one spelling, so that one person has one subject.
        let is_number =
            || (subject.parse::<i64>()).is_ok_and(|id| id > 0 && id.to_string() == subject);
        let is_text = || {
            let is_short = (1..=MAX_SUBJECT_BYTES).contains(&subject.len());
            is_short && !subject.chars().any(char::is_control)
        };
        let is_lawful = if is_numeric { is_number() } else { is_text() };
        is_lawful.then_some(subject).ok_or(IdTokenError::Subject)
    }

    /// Who asked for the token, which must be said when it is for several.
    fn check_authorized_party(&self, client_id: &str) -> Result<(), IdTokenError> {
        let is_for_several = self
            .0
            .get("aud")
            .and_then(Value::as_array)
            .is_some_and(|list| list.len() > 1);
        match self.0.get("azp") {
            None if !is_for_several => Ok(()),
            Some(party) if party.as_str() == Some(client_id) => Ok(()),
            Some(_) | None => Err(IdTokenError::AuthorizedParty),
        }
    }

    fn check_time(&self, now: UnixMs) -> Result<(), IdTokenError> {
        let expires_at = self.moment("exp")?;
        let issued_at = self.moment("iat")?;
        if now.0 >= expires_at.plus_ms(LEEWAY_S * 1_000).0 {
            Err(IdTokenError::Expired)
        } else if now.plus_ms(LEEWAY_S * 1_000).0 < issued_at.0 {
            Err(IdTokenError::IssuedInFuture)
        } else {
            Ok(())
        }
    }

    /// A moment, in seconds (RFC 7519, section 2, NumericDate: perhaps with a fraction).
    fn moment(&self, name: &str) -> Result<UnixMs, IdTokenError> {
        let value = self.0.get(name).and_then(Value::as_number);
        let seconds = value.and_then(|number| {
            // `as` keeps to the ends of the range.
            let whole = |seconds: f64| seconds as i64;
            number.as_i64().or_else(|| number.as_f64().map(whole))
        });
        let seconds = seconds.ok_or(IdTokenError::Malformed)?;
        Ok(UnixMs(seconds.saturating_mul(1_000)))
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library may name more faults; what is not told apart here is malformed"
)]
fn refusal(error: jsonwebtoken::errors::Error) -> IdTokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => IdTokenError::Signature,
        ErrorKind::InvalidAlgorithm => IdTokenError::Algorithm,
        ErrorKind::InvalidIssuer => IdTokenError::Issuer,
        ErrorKind::InvalidAudience => IdTokenError::Audience,
        _ => IdTokenError::Malformed,
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
