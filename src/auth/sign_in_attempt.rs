//! A sign-in that has begun and not ended: what the browser carries meanwhile, sealed.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event_store::{PlayerId, UnixMs};
use serde::{Deserialize, Serialize};

use super::key_ring::{KeyRing, Keys};
use super::oidc::FlowSecrets;
use super::return_path::ReturnPath;
use crate::accounts::Provider;
use crate::players::LoginSessionId;

/// How long somebody may take at the provider, in milliseconds.
pub const ATTEMPT_TTL_MS: i64 = 10 * 60 * 1_000;

/// The longest sealed attempt that is looked at, in bytes: browsers keep cookies up to 4 KiB.
const MAX_SEALED_BYTES: usize = 4 << 10;

/// What the key is for: a context of BLAKE3's key derivation, never to be changed.
const KEY_CONTEXT: &str = "pixelwars 2026-11-21 sealed sign-in attempt";

/// Bound to every seal, so that nothing sealed for another purpose opens as an attempt.
const PURPOSE: &[u8] = b"sign-in attempt, version 2";

/// Whose account an identity is to be linked to, and by which of its sign-ins: the link ends with
/// that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkTo {
    /// The account's player.
    pub player: PlayerId,
    /// The sign-in that asked for the link.
    pub login_session: LoginSessionId,
    /// When the access token was issued that it asked with.
    pub issued_at: UnixMs,
}

/// A sign-in that has begun at a provider. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInAttempt {
    /// Where it has begun.
    pub provider: Provider,
    /// The account to link the identity to; none to sign in.
    pub link_to: Option<LinkTo>,
    /// What ties its end to its beginning.
    pub secrets: FlowSecrets,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// Where the browser goes at last.
    pub return_to: ReturnPath,
    /// From when on it cannot be ended.
    pub expires_at: UnixMs,
}

/// An attempt as it is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    provider: String,
    link_to: Option<SealedLink>,
    secrets: FlowSecrets,
    redirect_uri: String,
    return_to: ReturnPath,
    expires_at: i64,
}

/// A link as it is sealed.
#[derive(Serialize, Deserialize)]
struct SealedLink {
    player: String,
    login_session: String,
    issued_at: i64,
}

impl From<LinkTo> for SealedLink {
    fn from(link: LinkTo) -> Self {
        Self {
            player: link.player.to_string(),
            login_session: link.login_session.to_string(),
            issued_at: link.issued_at.0,
        }
    }
}

impl SealedLink {
    fn open(&self) -> Option<LinkTo> {
        Some(LinkTo {
            player: self.player.parse().ok()?,
            login_session: self.login_session.parse().ok()?,
            issued_at: UnixMs(self.issued_at),
        })
    }
}

/// Seals attempts, so that nobody but a gateway with the same signing keys can read, make or change
/// one: any of them can end what another has begun.
#[derive(Clone, Debug)]
pub struct AttemptSealer {
    keys: KeyRing,
}

/// An attempt could not be sealed, which no input causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not seal sign-in attempt")]
pub struct SealAttemptError;

impl AttemptSealer {
    /// A sealer with keys that are derived from the signing keys in force.
    pub fn new(keys: KeyRing) -> Self {
        Self { keys }
    }

    /// The attempt as a text for a cookie: Base64 for URLs.
    ///
    /// # Errors
    /// [`SealAttemptError`].
    pub fn seal(&self, attempt: &SignInAttempt) -> Result<String, SealAttemptError> {
        let sealed = Sealed {
            provider: attempt.provider.as_str().to_owned(),
            link_to: attempt.link_to.map(SealedLink::from),
            secrets: attempt.secrets.clone(),
            redirect_uri: attempt.redirect_uri.clone(),
            return_to: attempt.return_to.clone(),
            expires_at: attempt.expires_at.0,
        };
        let mut bytes = serde_json::to_vec(&sealed).map_err(|_| SealAttemptError)?;
        let secrets = self.keys.keys().derived_secrets(KEY_CONTEXT);
        let newest = secrets.first().ok_or(SealAttemptError)?;
        let nonce = RandomizedNonceKey::new(&AES_256_GCM, newest)
            .map_err(|_| SealAttemptError)?
            .seal_in_place_append_tag(Aad::from(PURPOSE), &mut bytes)
            .map_err(|_| SealAttemptError)?;
        let whole = [nonce.as_ref().as_slice(), &bytes].concat();
        Ok(URL_SAFE_NO_PAD.encode(whole))
    }

    /// The attempt in `text`, if it was sealed with one of the keys and is not over at `now`. The
    /// keys are looked at again when none fits: another gateway may have made one.
    pub fn open(&self, text: &str, now: UnixMs) -> Option<SignInAttempt> {
        if text.len() > MAX_SEALED_BYTES {
            return None;
        }
        let whole = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = whole.split_first_chunk::<NONCE_LEN>()?;
        let opened = open_with(&self.keys.keys(), nonce, sealed)
            .or_else(|| open_with(&self.keys.look_again(now), nonce, sealed))?;
        let link_to = match opened.link_to {
            Some(link) => Some(link.open()?),
            None => None,
        };
        let is_over = now.0 >= opened.expires_at;
        (!is_over).then_some(SignInAttempt {
            provider: Provider::of_name(&opened.provider)?,
            link_to,
            secrets: opened.secrets,
            redirect_uri: opened.redirect_uri,
            return_to: opened.return_to,
            expires_at: UnixMs(opened.expires_at),
        })
    }
}

fn open_with(keys: &Keys, nonce: &[u8; NONCE_LEN], sealed: &[u8]) -> Option<Sealed> {
    let secrets = keys.derived_secrets(KEY_CONTEXT);
    secrets.iter().find_map(|secret| {
        let key = RandomizedNonceKey::new(&AES_256_GCM, secret).ok()?;
        let mut bytes = sealed.to_vec();
        let opened = key.open_in_place(Nonce::from(nonce), Aad::from(PURPOSE), &mut bytes);
        serde_json::from_slice(opened.ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{MAX_RETURN_PATH_BYTES, SigningKey};

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    fn attempt() -> SignInAttempt {
        SignInAttempt {
            provider: Provider::Google,
            link_to: Some(LinkTo {
                player: PlayerId::from_bits(7),
                login_session: LoginSessionId::from_bytes([9; 16]),
                issued_at: NOW,
            }),
            secrets: FlowSecrets::draw().unwrap(),
            redirect_uri: "https://canvas.example.org/api/v1/auth/google/callback".to_owned(),
            return_to: "/canvas?x=1".to_owned().try_into().unwrap(),
            expires_at: NOW.plus_ms(ATTEMPT_TTL_MS),
        }
    }

    fn sealer() -> AttemptSealer {
        AttemptSealer::new(KeyRing::of(SigningKey::generate().unwrap(), None))
    }

    #[test]
    fn any_gateway_with_the_key_can_open_what_another_has_sealed() {
        let (key, newer) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let one = AttemptSealer::new(KeyRing::of(key.clone(), None));
        let sealed = one.seal(&attempt()).unwrap();
        assert!(sealed.len() < 2_000);
        let rotated = AttemptSealer::new(KeyRing::of(newer.clone(), Some(key)));
        let opened = rotated.open(&sealed, NOW).unwrap();
        let again = one.open(&sealed, NOW).unwrap();
        assert_eq!(opened, again);
        assert_eq!(opened.link_to, attempt().link_to);
        let stranger = AttemptSealer::new(KeyRing::of(newer, None));
        assert_eq!(stranger.open(&sealed, NOW), None);
    }

    #[test]
    fn a_key_that_another_gateway_has_made_is_found() {
        let data_dir = tempfile::tempdir().unwrap();
        let here = AttemptSealer::new(KeyRing::open(data_dir.path(), NOW).unwrap());
        let later = NOW.plus_ms(60_000);
        KeyRing::rotate(data_dir.path(), later).unwrap();
        let there = AttemptSealer::new(KeyRing::open(data_dir.path(), later).unwrap());
        let sealed = there.seal(&attempt()).unwrap();
        assert!(here.open(&sealed, later).is_some());
    }

    #[test]
    fn the_longest_attempt_fits_into_a_cookie() {
        let sealer = sealer();
        let mut longest = attempt();
        let path = format!("/{}", "\"".repeat(MAX_RETURN_PATH_BYTES - 1));
        longest.return_to = path.try_into().unwrap();
        longest.redirect_uri = format!("https://{}.example/callback", "x".repeat(253));
        let sealed = sealer.seal(&longest).unwrap();
        assert!(sealed.len() < 3_500, "{}", sealed.len());
        assert_eq!(sealer.open(&sealed, NOW), Some(longest));
    }

    #[test]
    fn it_opens_for_ten_minutes() {
        let sealer = sealer();
        let sealed = sealer.seal(&attempt()).unwrap();
        assert!(
            sealer
                .open(&sealed, NOW.plus_ms(ATTEMPT_TTL_MS - 1))
                .is_some()
        );
        assert_eq!(sealer.open(&sealed, NOW.plus_ms(ATTEMPT_TTL_MS)), None);
    }

    #[test]
    fn what_was_changed_does_not_open_and_no_secret_is_to_be_seen() {
        let sealer = sealer();
        let attempt = attempt();
        let sealed = sealer.seal(&attempt).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(sealer.open(&changed, NOW), None);
        }
        let long = "A".repeat(MAX_SEALED_BYTES + 1);
        for text in ["", "A", "AAAAAAAAAAAAAAAA", "é", &long] {
            assert_eq!(sealer.open(text, NOW), None);
        }
        assert_ne!(sealed, sealer.seal(&attempt).unwrap());
        assert!(format!("{attempt:?}").contains("FlowSecrets { .. }"));
    }
}
