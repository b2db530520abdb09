//! Refresh tokens: opaque, of one use, each with a successor.
//!
//! A token is `<family key>.<secret>`, both drawn at random. The key stays the same through a login
//! session, the secret changes with each use. The store has hashes only. A successor is sealed
//! under a key that only its predecessor gives, so that the server can hand it out again when an
//! answer was lost, and cannot read it by itself.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::accounts::TokenHash;
use crate::players::LoginSessionId;

/// The bytes of a family key: 128 bits, which nobody guesses.
const KEY_BYTES: usize = 16;

/// The bytes of a secret: 256 bits.
const SECRET_BYTES: usize = 32;

/// Contexts of the derivations (`blake3::derive_key`): what is made for one purpose is worth
/// nothing for another.
const SESSION_CONTEXT: &str = "pixelwars 2026-11-21 login session id of refresh token family";
const HASH_CONTEXT: &str = "pixelwars 2026-11-21 stored hash of refresh token";
const SEAL_CONTEXT: &str = "pixelwars 2026-11-21 seal of successor of refresh token";

/// A refresh token. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    key: [u8; KEY_BYTES],
    secret: [u8; SECRET_BYTES],
}

/// A text that is no [`RefreshToken`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refresh token is malformed")]
pub struct MalformedRefreshToken;

/// Why a successor could not be sealed, or not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not seal or open successor of refresh token")]
pub struct SealError(#[from] Unspecified);

impl RefreshToken {
    /// The first token of a new family.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key)?;
        Self::of_family(key)
    }

    /// A token to follow this one.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn draw_successor(&self) -> Result<Self, getrandom::Error> {
        Self::of_family(self.key)
    }

    fn of_family(key: [u8; KEY_BYTES]) -> Result<Self, getrandom::Error> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret)?;
        Ok(Self { key, secret })
    }

    /// The token as its holder gets it: 66 characters that are lawful in a header and in a cookie.
    pub fn expose(&self) -> String {
        let [key, secret] = [&self.key[..], &self.secret].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{key}.{secret}")
    }

    /// The login session that it is of. Nobody else can name the family key of it.
    pub fn login_session(&self) -> LoginSessionId {
        let hash = blake3::derive_key(SESSION_CONTEXT, &self.key);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        LoginSessionId::from_bytes(id)
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::from_bytes(blake3::derive_key(HASH_CONTEXT, &self.bytes()))
    }

    /// `successor`, for whoever holds this token.
    ///
    /// # Errors
    /// [`SealError`], which no input causes.
    pub fn seal(&self, successor: &Self) -> Result<Vec<u8>, SealError> {
        let mut sealed = successor.secret.to_vec();
        let nonce = self
            .sealing_key()?
            .seal_in_place_append_tag(Aad::from(self.key), &mut sealed)?;
        sealed.extend_from_slice(nonce.as_ref());
        Ok(sealed)
    }

    /// The successor that [`seal`](Self::seal) sealed.
    ///
    /// # Errors
    /// [`SealError`] when it was sealed for another token, or changed.
    pub fn open(&self, sealed: &[u8]) -> Result<Self, SealError> {
        let (sealed, nonce) = sealed.split_last_chunk::<NONCE_LEN>().ok_or(Unspecified)?;
        let mut opened = sealed.to_vec();
        let secret = self.sealing_key()?.open_in_place(
            Nonce::from(nonce),
            Aad::from(self.key),
            &mut opened,
        )?;
        Ok(Self {
            key: self.key,
            secret: (&*secret).try_into().map_err(|_| Unspecified)?,
        })
    }

    fn sealing_key(&self) -> Result<RandomizedNonceKey, Unspecified> {
        let key = blake3::derive_key(SEAL_CONTEXT, &self.bytes());
        RandomizedNonceKey::new(&AES_256_GCM, &key)
    }

    fn bytes(&self) -> [u8; KEY_BYTES + SECRET_BYTES] {
        let mut bytes = [0; KEY_BYTES + SECRET_BYTES];
        bytes[..KEY_BYTES].copy_from_slice(&self.key);
        bytes[KEY_BYTES..].copy_from_slice(&self.secret);
        bytes
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RefreshToken of {}", self.login_session())
    }
}

impl FromStr for RefreshToken {
    type Err = MalformedRefreshToken;

    fn from_str(text: &str) -> Result<Self, MalformedRefreshToken> {
        let (key, secret) = text.split_once('.').ok_or(MalformedRefreshToken)?;
        Ok(Self {
            key: decoded(key)?,
            secret: decoded(secret)?,
        })
    }
}

fn decoded<const BYTES: usize>(text: &str) -> Result<[u8; BYTES], MalformedRefreshToken> {
    let mut bytes = [0; BYTES];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(count) if count == BYTES => Ok(bytes),
        Ok(_) | Err(_) => Err(MalformedRefreshToken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_exposed_and_shown_nowhere_else() {
        let token = RefreshToken::draw().unwrap();
        let text = token.expose();
        assert_eq!(text.len(), 66);
        assert_eq!(text.parse().as_ref(), Ok(&token));
        let (key, secret) = text.split_once('.').unwrap();
        let shown = format!("{token:?} {} {}", token.login_session(), token.hash());
        assert!(!shown.contains(key) && !shown.contains(secret));
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let text = RefreshToken::draw().unwrap().expose();
        let (key, secret) = text.split_once('.').unwrap();
        for wrong in [
            "",
            ".",
            key,
            &format!("{secret}.{key}"),
            &format!("{key}.{secret}A"),
            &format!("{key}.{secret}="),
            &format!("{key}{secret}"),
            &format!("{key}.{secret}.{secret}"),
            &"é".repeat(33),
            &"A".repeat(100_000),
        ] {
            let parsed = wrong.parse::<RefreshToken>();
            assert_eq!(parsed, Err(MalformedRefreshToken), "{wrong}");
        }
    }

    #[test]
    fn a_family_has_one_login_session_and_no_two_tokens_of_one_hash() {
        let first = RefreshToken::draw().unwrap();
        let second = first.draw_successor().unwrap();
        assert_eq!(first.login_session(), second.login_session());
        assert_ne!(first.hash(), second.hash());
        let other = RefreshToken::draw().unwrap();
        assert_ne!(first.login_session(), other.login_session());
    }

    #[test]
    fn a_sealed_successor_opens_for_its_predecessor_alone() {
        let first = RefreshToken::draw().unwrap();
        let second = first.draw_successor().unwrap();
        let sealed = first.seal(&second).unwrap();
        assert_eq!(first.open(&sealed).as_ref(), Ok(&second));
        assert!(second.open(&sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(first.open(&changed).is_err(), "byte {at}");
        }
        assert!(first.open(&[]).is_err());
        assert!(first.open(&sealed[1..]).is_err());
    }
}
