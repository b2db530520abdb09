//! Sign-in from a Telegram Mini App: the data that Telegram hands to it at its launch, which only
//! who holds the bot's token can have made
//! (<https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app>).

use std::fmt;

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use event_store::UnixMs;
use serde::Deserialize;
use url::form_urlencoded;

use crate::config::SecretText;

/// The longest data that is looked at, in bytes. Real ones have under 1 KiB; a `start_param` may
/// add 512.
pub const MAX_INIT_DATA_BYTES: usize = 8 << 10;

/// The most fields. Telegram has named a dozen.
const MAX_FIELDS: usize = 64;

/// How far Telegram's clock may be ahead of ours, in milliseconds.
const MAX_AHEAD_MS: i64 = 60 * 1_000;

/// The key under which a bot's token gives the key of its data.
const KEY_OF_KEYS: &[u8] = b"WebAppData";

/// Why launch data proves nothing. The texts are safe to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitDataError {
    /// Not the fields of launch data, one of each name, or longer than [`MAX_INIT_DATA_BYTES`].
    #[error("the launch data is malformed")]
    Malformed,
    /// Not made with this bot's token, or changed since.
    #[error("the launch data is not Telegram's for this bot")]
    Signature,
    /// Made too long ago.
    #[error("the launch data is too old: open the app anew")]
    Expired,
    /// Made in the future.
    #[error("the launch data is from the future")]
    FromTheFuture,
    /// Of a chat or a channel: nobody in person.
    #[error("the launch data names no person")]
    NoPerson,
}

/// Somebody who has opened the Mini App. `Debug` shows nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Launch {
    /// The person's number at Telegram, as in the claim `id` of the web login.
    pub subject: String,
    /// What Telegram calls them.
    pub name: String,
    /// Names this launch and no other: 64 hexadecimal digits. Nothing can be signed in with it.
    pub fingerprint: String,
    /// When Telegram made the data.
    pub made_at: UnixMs,
}

impl fmt::Debug for Launch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Launch").finish_non_exhaustive()
    }
}

/// Checks launch data of one bot's Mini App.
pub struct InitDataVerifier {
    key: hmac::Key,
    max_age_ms: i64,
}

impl fmt::Debug for InitDataVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InitDataVerifier")
            .field("max_age_ms", &self.max_age_ms)
            .finish_non_exhaustive()
    }
}

/// What is read of the field `user`.
#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
}

impl InitDataVerifier {
    /// A verifier of data for the bot with this token, at most `max_age_s` seconds old.
    pub fn new(bot_token: &SecretText, max_age_s: u32) -> Self {
        let key_of_keys = hmac::Key::new(HMAC_SHA256, KEY_OF_KEYS);
        let key = hmac::sign(&key_of_keys, bot_token.expose().as_bytes());
        Self {
            key: hmac::Key::new(HMAC_SHA256, key.as_ref()),
            max_age_ms: i64::from(max_age_s) * 1_000,
        }
    }

    /// What `raw`, the data exactly as the app got it, says at `now`. Nothing in it is believed,
    /// not even its time, before its hash is found right.
    ///
    /// # Errors
    /// [`InitDataError`] by cause; no input makes it panic.
    pub fn verify(&self, raw: &str, now: UnixMs) -> Result<Launch, InitDataError> {
        if raw.len() > MAX_INIT_DATA_BYTES {
            return Err(InitDataError::Malformed);
        }
        let fields = Fields::read(raw)?;
        let hash = fields.get("hash").and_then(decode_hash);
        let hash = hash.ok_or(InitDataError::Malformed)?;
        // The library compares in constant time.
        hmac::verify(&self.key, fields.check_string().as_bytes(), &hash)
            .map_err(|_| InitDataError::Signature)?;
        let made_at = self.check_time(&fields, now)?;
        let user = fields.get("user").ok_or(InitDataError::NoPerson)?;
        let user: User = serde_json::from_str(user).map_err(|_| InitDataError::NoPerson)?;
        if user.id <= 0 {
            return Err(InitDataError::NoPerson);
        }
        let name = format!("{} {}", user.first_name, user.last_name);
        Ok(Launch {
            subject: user.id.to_string(),
            name: name.trim().to_owned(),
            fingerprint: blake3::hash(&hash).to_hex().to_string(),
            made_at,
        })
    }

    fn check_time(&self, fields: &Fields, now: UnixMs) -> Result<UnixMs, InitDataError> {
        let seconds = fields.get("auth_date").and_then(|text| text.parse().ok());
        let seconds: i64 = seconds.ok_or(InitDataError::Malformed)?;
        let made_at = UnixMs(seconds.saturating_mul(1_000));
        if now.plus_ms(MAX_AHEAD_MS).0 < made_at.0 {
            Err(InitDataError::FromTheFuture)
        } else if now.0 >= made_at.plus_ms(self.max_age_ms).0 {
            Err(InitDataError::Expired)
        } else {
            Ok(made_at)
        }
    }
}

/// The fields, decoded, sorted by name, none twice.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn read(raw: &str) -> Result<Self, InitDataError> {
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(raw.as_bytes())
            .take(MAX_FIELDS + 1)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        fields.sort();
        let has_twin = fields.windows(2).any(|pair| pair[0].0 == pair[1].0);
        match has_twin || fields.len() > MAX_FIELDS {
            true => Err(InitDataError::Malformed),
            false => Ok(Self(fields)),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.iter();
        let found = fields.find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What is hashed: every field but `hash`, `signature` among them.
    fn check_string(&self) -> String {
        let hashed = self.0.iter().filter(|(name, _)| name != "hash");
        let lines: Vec<String> = hashed
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.join("\n")
    }
}

/// The 32 bytes of 64 lower-case hexadecimal digits.
fn decode_hash(text: &str) -> Option<[u8; 32]> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !text.bytes().all(is_digit) {
        return None;
    }
    let hash = blake3::Hash::from_hex(text).ok()?;
    Some(*hash.as_bytes())
}

#[cfg(test)]
#[path = "telegram_init_data_tests.rs"]
mod tests;
