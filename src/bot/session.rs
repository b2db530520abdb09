//! Being the bot: registering what it offers, and getting what people write, for as long as this
//! process holds the lease.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use teloxide_core::payloads::{GetMe, GetUpdates, GetUpdatesSetters as _};
use teloxide_core::types::AllowedUpdate;

use super::Bot;
use super::fault::CallError;
use crate::config::TelegramUpdates;

/// How long Telegram is asked to wait for something new, in seconds.
const POLL_S: u32 = 25;

/// How often the webhook is set again: somebody with the token could have taken it away.
const SET_WEBHOOK_EVERY: Duration = Duration::from_secs(600);

/// The most connections by which Telegram delivers at a time.
const WEBHOOK_CONNECTIONS: u32 = 8;

/// The waits after faults: the first, and the longest; each is twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest wait that Telegram can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// How long to wait after faults.
pub(super) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST_WAIT }
    }
}

impl Backoff {
    /// All is well again.
    fn reset(&mut self) {
        self.next = FIRST_WAIT;
    }

    /// How long to wait after this fault.
    fn after(&mut self, error: &CallError) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST_WAIT);
        if let CallError::TooFast { retry_after } = error {
            return wait.max(*retry_after).min(LONGEST_RETRY_AFTER);
        }
        wait
    }
}

impl Bot {
    /// Is the bot. Whatever goes wrong, it begins again.
    pub(super) async fn serve(&self) -> Infallible {
        let mut backoff = Backoff::default();
        let mut offset = None;
        let mut told = "";
        loop {
            let served = match self.updates {
                TelegramUpdates::Polling => self.poll(&mut backoff, &mut offset).await,
                TelegramUpdates::Webhook => self.keep_webhook(&mut backoff).await,
            };
            let Err(error) = served;
            let label = error.label();
            metrics::counter!("telegram_restarts_total", "reason" => label).increment(1);
            let wait = backoff.after(&error);
            // A fault that lasts is told once.
            if told != label {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the bot is without Telegram, and tries again");
            }
            told = label;
            tokio::time::sleep(wait).await;
        }
    }

    async fn begin(&self) -> Result<(), CallError> {
        let me = self.desk.client.call(&GetMe::new()).await?;
        if let Some(name) = me.user.username {
            *self.desk.name.write() = name;
        }
        if !self.is_registered.load(Ordering::Relaxed) {
            self.register().await?;
            self.is_registered.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn poll(
        &self,
        backoff: &mut Backoff,
        offset: &mut Option<i32>,
    ) -> Result<Infallible, CallError> {
        self.begin().await?;
        let keep = json!({ "drop_pending_updates": false });
        self.desk.client.call_value("DeleteWebhook", &keep).await?;
        let wanted = [AllowedUpdate::Message, AllowedUpdate::CallbackQuery];
        let mut request = GetUpdates::new().timeout(POLL_S).allowed_updates(wanted);
        loop {
            request.offset = *offset;
            let updates = self.desk.client.call(&request).await?;
            backoff.reset();
            for update in updates {
                // Telegram counts in 31 bits.
                let next = i32::try_from(update.id.0).unwrap_or(i32::MAX);
                *offset = Some(next.saturating_add(1));
                self.lanes.hand_on(update).await;
            }
        }
    }

    async fn keep_webhook(&self, backoff: &mut Backoff) -> Result<Infallible, CallError> {
        self.begin().await?;
        let url = self.desk.link(super::webhook::PATH).unwrap_or_default();
        let webhook = json!({
            "url": url,
            "secret_token": self.webhook_secret.expose(),
            "allowed_updates": ["message", "callback_query"],
            "max_connections": WEBHOOK_CONNECTIONS,
            "drop_pending_updates": false,
        });
        loop {
            self.desk.client.call_value("SetWebhook", &webhook).await?;
            backoff.reset();
            tokio::time::sleep(SET_WEBHOOK_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_are_as_long_as_telegram_asks() {
        let mut backoff = Backoff::default();
        let failing = CallError::Failing { status: 502 };
        let waits: Vec<u64> = (0..8).map(|_| backoff.after(&failing).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.after(&failing), FIRST_WAIT);
        let too_fast = |seconds| CallError::TooFast {
            retry_after: Duration::from_secs(seconds),
        };
        assert_eq!(backoff.after(&too_fast(35)).as_secs(), 35);
        assert_eq!(backoff.after(&too_fast(99_999)), LONGEST_RETRY_AFTER);
    }
}
