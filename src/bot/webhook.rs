//! Updates that Telegram sends by itself.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use teloxide_core::types::Update;

use super::Bot;
use crate::config::{SecretText, TelegramUpdates};

/// Where Telegram delivers, below the public address.
pub const PATH: &str = "/api/v1/telegram/updates";

/// The longest wait for room. Telegram sends again what was not taken.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It will be answered.
    Taken,
    /// It is not from Telegram.
    Forged,
    /// The bot gets its updates otherwise.
    Unexpected,
    /// Another process runs the bot, or there is no room: it is to be sent again.
    Later,
}

/// What proves that a delivery is from Telegram: 64 of the characters that such a token may have
/// (Telegram, "Bot API", `setWebhook`). Derived from the bot's token, so that all processes of one
/// bot agree on it, and the one cannot be found from the other.
pub(super) fn secret_of(token: &SecretText) -> SecretText {
    let context = "pixelwars 2026 secret of a Telegram webhook";
    let key = blake3::derive_key(context, token.expose().as_bytes());
    SecretText::new(blake3::Hash::from_bytes(key).to_hex().as_str())
}

impl Bot {
    /// Takes an update that came with this secret in `X-Telegram-Bot-Api-Secret-Token`.
    pub async fn deliver(&self, secret: &[u8], body: &[u8]) -> Delivery {
        if self.updates != TelegramUpdates::Webhook {
            return Delivery::Unexpected;
        }
        let expected = self.webhook_secret.expose().as_bytes();
        if verify_slices_are_equal(secret, expected).is_err() {
            return Delivery::Forged;
        }
        if !self.is_leader.load(Ordering::Relaxed) {
            return Delivery::Later;
        }
        let Ok(update) = serde_json::from_slice::<Update>(body) else {
            // It is Telegram's; refused, it would come again and hold up those behind it.
            tracing::warn!("an update of Telegram's could not be read");
            return Delivery::Taken;
        };
        let handed_on = tokio::time::timeout(MAX_WAIT, self.lanes.hand_on(update));
        match handed_on.await {
            Ok(()) => Delivery::Taken,
            Err(_) => Delivery::Later,
        }
    }
}
