//! The secrets of one sign-in, which tie its end to its beginning.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The random bytes of each secret: 256 bits, as RFC 7636, section 4.1, recommends for a verifier.
const SECRET_BYTES: usize = 32;

/// The secrets of one sign-in. `Debug` shows none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowSecrets {
    /// Comes back with the browser (RFC 6749, section 10.12).
    pub(super) state: String,
    /// Comes back in the ID token (OpenID Connect Core 1.0, section 3.1.2.1).
    pub(super) nonce: String,
    /// Goes to the provider by ourselves; the browser carries its hash only (RFC 7636).
    pub(super) code_verifier: String,
}

impl FlowSecrets {
    /// New ones.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn draw() -> Result<Self, getrandom::Error> {
        Ok(Self {
            state: random_text()?,
            nonce: random_text()?,
            code_verifier: random_text()?,
        })
    }

    /// Whether `state` is the one of this sign-in. Takes as long for a wrong one as for the right.
    pub fn has_state(&self, state: &str) -> bool {
        is_same_secret(&self.state, state)
    }

    /// The challenge of the code verifier by the method `S256` (RFC 7636, section 4.2).
    pub(super) fn code_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.code_verifier.as_bytes()))
    }
}

impl fmt::Debug for FlowSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FlowSecrets")
            .finish_non_exhaustive()
    }
}

/// Whether two texts are equal, told in a time that says nothing about where they differ.
pub(super) fn is_same_secret(left: &str, right: &str) -> bool {
    verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        // RFC 7636, appendix B.
        let secrets = FlowSecrets {
            state: "s".to_owned(),
            nonce: "n".to_owned(),
            code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
        };
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(secrets.code_challenge(), challenge);
        assert_eq!(format!("{secrets:?}"), "FlowSecrets { .. }");
    }

    #[test]
    fn every_sign_in_has_secrets_of_its_own() {
        let (one, other) = (FlowSecrets::draw().unwrap(), FlowSecrets::draw().unwrap());
        assert!(one.has_state(&one.state));
        assert!(!one.has_state(&other.state) && !one.has_state(""));
        let texts = [&one.state, &one.nonce, &one.code_verifier, &other.nonce];
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(text.len(), 43);
            assert!(!texts[..at].contains(text));
        }
    }
}
