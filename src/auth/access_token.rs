//! Access tokens: JWTs (RFC 7519, profile RFC 9068) signed with EdDSA, which say who a player is
//! for a quarter of an hour without asking a database.

use std::fmt;
use std::sync::Arc;

use event_store::{PlayerId, UnixMs};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::key_ring::{KeyRing, Keys};
use super::verified_cache::{MAX_VERIFIED_TOKENS, VerifiedCache};
use crate::players::{LoginSessionId, Player, SessionNumber};

/// How far the clocks of two gateways may be apart, in seconds: a token holds that much longer, and
/// may have been issued that far in the future, both ends included.
pub const LEEWAY_S: u32 = 60;

/// The longest token that is looked at. Those issued here have under 700 bytes.
pub const MAX_TOKEN_BYTES: usize = 2_048;

/// The media type of access tokens in the header `typ` (RFC 9068, section 2.1).
const TOKEN_TYPE: &str = "at+jwt";

const LEEWAY_MS: i64 = LEEWAY_S as i64 * 1_000;

/// What signer and verifier agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// Who issues tokens: the claim `iss`.
    pub issuer: String,
    /// Whom tokens are for: the claim `aud`.
    pub audience: String,
    /// How long a token holds, in seconds.
    pub ttl_s: u32,
}

/// The claims of an access token, in the names of RFC 7519; `sid` as in OpenID Connect
/// Front-Channel Logout 1.0, section 3; `ses` is this program's own.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    name: String,
    iat: i64,
    exp: i64,
    jti: String,
    sid: String,
    ses: u64,
}

/// A token as handed to a player. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedToken {
    /// The token itself, in the compact form of RFC 7515: a secret of its player.
    pub token: String,
    /// How long it holds, in seconds.
    pub expires_in_s: u32,
}

impl fmt::Debug for SignedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SignedToken")
            .field("expires_in_s", &self.expires_in_s)
            .finish_non_exhaustive()
    }
}

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignTokenError {
    /// The operating system gave no random numbers.
    #[error("could not draw token id")]
    Random(#[source] getrandom::Error),
    /// The library refused; with a sound key it does not.
    #[error("could not sign access token")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

/// Signs access tokens.
#[derive(Clone, Debug)]
pub struct TokenSigner {
    keys: KeyRing,
    rules: TokenRules,
}

/// Which sign-in a token is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenSession {
    /// The login session: the claim `sid`.
    pub login_session: LoginSessionId,
    /// The account's session number: the claim `ses`.
    pub session: SessionNumber,
}

impl TokenSigner {
    /// A signer with the newest of `keys`.
    pub fn new(keys: KeyRing, rules: TokenRules) -> Self {
        Self { keys, rules }
    }

    /// What the signer and its verifiers agree on.
    pub fn rules(&self) -> &TokenRules {
        &self.rules
    }

    /// A token that says `player`, from `now` on.
    ///
    /// # Errors
    /// [`SignTokenError`] by cause.
    pub fn sign(
        &self,
        player: &Player,
        of: TokenSession,
        now: UnixMs,
    ) -> Result<SignedToken, SignTokenError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(SignTokenError::Random)?;
        let issued_at_s = now.0.div_euclid(1_000);
        let claims = Claims {
            iss: self.rules.issuer.clone(),
            aud: self.rules.audience.clone(),
            sub: player.id.to_string(),
            name: player.name.to_string(),
            iat: issued_at_s,
            exp: issued_at_s.saturating_add(i64::from(self.rules.ttl_s)),
            jti: format!("{:032x}", u128::from_be_bytes(id)),
            sid: of.login_session.to_string(),
            ses: of.session.0,
        };
        let keys = self.keys.keys();
        let key = keys.signing();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TOKEN_TYPE.to_owned());
        header.kid = Some(key.id().to_owned());
        let token =
            jsonwebtoken::encode(&header, &claims, key.private()).map_err(SignTokenError::Sign)?;
        Ok(SignedToken {
            token,
            expires_in_s: self.rules.ttl_s,
        })
    }
}

/// What a token says, its signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// Who the player is.
    pub player: PlayerId,
    /// The player's name when the token was issued.
    pub name: String,
    /// The token's own id.
    pub token_id: String,
    /// The sign-in that it was issued for.
    pub login_session: LoginSessionId,
    /// The account's session number when it was issued.
    pub session: SessionNumber,
    /// When it was issued.
    pub issued_at: UnixMs,
    /// When it ends.
    pub expires_at: UnixMs,
}

impl VerifiedToken {
    fn check_time(&self, now: UnixMs) -> Result<(), AccessTokenError> {
        if now.0 > self.expires_at.plus_ms(LEEWAY_MS).0 {
            Err(AccessTokenError::Expired)
        } else if now.plus_ms(LEEWAY_MS).0 < self.issued_at.0 {
            Err(AccessTokenError::NotYetValid)
        } else {
            Ok(())
        }
    }
}

/// Why a token says nothing. The texts are safe to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessTokenError {
    /// Not a signed JWT with the claims of an access token, or longer than [`MAX_TOKEN_BYTES`].
    #[error("the access token is malformed")]
    Malformed,
    /// Signed with another algorithm than EdDSA.
    #[error("the access token is not signed with EdDSA")]
    Algorithm,
    /// Signed with a key that is not in use here.
    #[error("the access token is signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature of the access token is wrong")]
    Signature,
    /// A token of another kind.
    #[error("the token is not an access token")]
    Type,
    /// Issued by somebody else.
    #[error("the access token has another issuer")]
    Issuer,
    /// Meant for somebody else.
    #[error("the access token is for another audience")]
    Audience,
    /// It has ended.
    #[error("the access token has expired; sign in again")]
    Expired,
    /// Issued in the future.
    #[error("the access token is not valid yet")]
    NotYetValid,
}

/// Verifies access tokens, each signature once.
#[derive(Debug)]
pub struct TokenVerifier {
    keys: KeyRing,
    validation: Validation,
    cache: VerifiedCache,
}

impl TokenVerifier {
    /// A verifier of tokens signed with one of `keys`.
    pub fn new(keys: KeyRing, rules: &TokenRules) -> Self {
        Self::with_capacity(keys, rules, MAX_VERIFIED_TOKENS)
    }

    fn with_capacity(keys: KeyRing, rules: &TokenRules, capacity: usize) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&rules.issuer]);
        validation.set_audience(&[&rules.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would read the clock; `check_time` takes the time as an argument.
        validation.validate_exp = false;
        Self {
            keys,
            validation,
            cache: VerifiedCache::new(capacity),
        }
    }

    /// What `token` says at `now`. A token that was verified before costs a hash and a look-up, one
    /// that was not about 50 µs.
    ///
    /// # Errors
    /// [`AccessTokenError`] by cause; no input makes it panic.
    pub fn verify(&self, token: &str, now: UnixMs) -> Result<Arc<VerifiedToken>, AccessTokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AccessTokenError::Malformed);
        }
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        let mut keys = self.keys.keys();
        if let Some(known) = self.cache.get(&hash, keys.generation()) {
            known.check_time(now)?;
            return Ok(known);
        }
        let verified = match self.verify_signature(token, &keys) {
            Err(AccessTokenError::UnknownKey) => {
                // Another process may have made a key since.
                keys = self.keys.look_again(now);
                self.verify_signature(token, &keys)
            }
            verified => verified,
        };
        let verified = Arc::new(verified?);
        verified.check_time(now)?;
        let until = verified.expires_at.plus_ms(LEEWAY_MS);
        let generation = keys.generation();
        self.cache
            .put(hash, verified.clone(), generation, until, now);
        Ok(verified)
    }

    fn verify_signature(
        &self,
        token: &str,
        keys: &Keys,
    ) -> Result<VerifiedToken, AccessTokenError> {
        // A header with `alg` none is no header here: the library does not know that algorithm.
        let header = jsonwebtoken::decode_header(token).map_err(|_| AccessTokenError::Malformed)?;
        if header.alg != Algorithm::EdDSA {
            return Err(AccessTokenError::Algorithm);
        }
        if header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(AccessTokenError::Type);
        }
        // What a critical extension asks for is not known here (RFC 7515, section 4.1.11).
        if header.crit.is_some() {
            return Err(AccessTokenError::Malformed);
        }
        let key = header.kid.and_then(|id| keys.of_id(&id));
        let key = key.ok_or(AccessTokenError::UnknownKey)?.public();
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation)
            .map_err(claims_error)?
            .claims;
        let seconds = |seconds: i64| UnixMs(seconds.saturating_mul(1_000));
        Ok(VerifiedToken {
            player: claims
                .sub
                .parse()
                .map_err(|_| AccessTokenError::Malformed)?,
            name: claims.name,
            token_id: claims.jti,
            login_session: claims
                .sid
                .parse()
                .map_err(|_| AccessTokenError::Malformed)?,
            session: SessionNumber(claims.ses),
            issued_at: seconds(claims.iat),
            expires_at: seconds(claims.exp),
        })
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library may name more faults; what is not told apart here is malformed"
)]
fn claims_error(error: jsonwebtoken::errors::Error) -> AccessTokenError {
    match error.kind() {
        ErrorKind::InvalidSignature => AccessTokenError::Signature,
        ErrorKind::InvalidAlgorithm => AccessTokenError::Algorithm,
        ErrorKind::InvalidIssuer => AccessTokenError::Issuer,
        ErrorKind::InvalidAudience => AccessTokenError::Audience,
        _ => AccessTokenError::Malformed,
    }
}

#[cfg(test)]
#[path = "access_token_tests.rs"]
mod tests;
