//! A key that access tokens are signed with.

use std::fmt;
use std::path::PathBuf;

use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use event_store::BoxError;
use jsonwebtoken::{DecodingKey, EncodingKey};
use pem::{EncodeConfig, LineEnding, Pem};

/// The label of a PKCS#8 key in a PEM file (RFC 7468, section 10).
const PEM_LABEL: &str = "PRIVATE KEY";

/// An Ed25519 key pair with its id. `Debug` shows the id only.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    private: EncodingKey,
    public: DecodingKey,
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The folder of keys, or a file in it, could not be read or written.
    #[error("could not use key folder `{folder}`")]
    Folder {
        /// Which one.
        folder: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A key file does not hold an Ed25519 key as PKCS#8 in PEM.
    #[error("cannot read key file `{file}`")]
    Damaged {
        /// Which one.
        file: PathBuf,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// No key could be made.
    #[error("could not make signing key")]
    Generate(#[source] Unspecified),
}

impl SigningKey {
    /// A new key that is kept nowhere.
    ///
    /// # Errors
    /// [`SigningKeyError::Generate`].
    pub fn generate() -> Result<Self, SigningKeyError> {
        Self::make().map(|(key, _)| key)
    }

    /// The key's id, as in the header `kid` of its tokens: the first 64 bits of the BLAKE3 hash of
    /// the public key, in hexadecimal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A secret for another purpose that whoever has this key can derive, and nobody else: of
    /// BLAKE3's key derivation, under `context`.
    pub(super) fn derive_secret(&self, context: &str) -> [u8; 32] {
        blake3::derive_key(context, self.private.as_bytes())
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(super) fn public(&self) -> &DecodingKey {
        &self.public
    }

    /// A new key, and the text to keep it as: PKCS#8 in PEM.
    pub(super) fn make() -> Result<(Self, String), SigningKeyError> {
        let pair = Ed25519KeyPair::generate().map_err(SigningKeyError::Generate)?;
        // Version 1 of the format is the one that openssl reads.
        let pkcs8 = pair.to_pkcs8v1().map_err(SigningKeyError::Generate)?;
        let key = Self::of_pair(&pair, pkcs8.as_ref());
        let pem = Pem::new(PEM_LABEL, pkcs8.as_ref());
        let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
        Ok((key, pem::encode_config(&pem, config)))
    }

    /// The key that a text of [`make`](Self::make) keeps.
    pub(super) fn from_pem(text: &str) -> Result<Self, BoxError> {
        let pem = pem::parse(text)?;
        if pem.tag() != PEM_LABEL {
            return Err(format!("the label is `{}`, not `{PEM_LABEL}`", pem.tag()).into());
        }
        let pair = Ed25519KeyPair::from_pkcs8(pem.contents())
            .map_err(|error: KeyRejected| BoxError::from(error.to_string()))?;
        Ok(Self::of_pair(&pair, pem.contents()))
    }

    fn of_pair(pair: &Ed25519KeyPair, pkcs8: &[u8]) -> Self {
        let public = pair.public_key().as_ref();
        let hash = blake3::hash(public).to_hex();
        Self {
            id: hash.as_str()[..16].to_owned(),
            private: EncodingKey::from_ed_der(pkcs8),
            public: DecodingKey::from_ed_der(public),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let key = SigningKey::generate().unwrap();
        let expected = format!("SigningKey {{ id: {:?}, .. }}", key.id());
        assert_eq!(format!("{key:?}"), expected);
    }
}
