//! What can go wrong between this program and Telegram.

use std::time::Duration;

use serde::Deserialize;
use teloxide_core::ApiError;

/// The bot could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The HTTP client.
    #[error("could not make the HTTP client of the bot")]
    Client(#[source] reqwest::Error),
    /// The lease on NATS.
    #[error("could not open the bucket of leases")]
    Bucket(#[source] async_nats::jetstream::context::CreateKeyValueError),
    /// The lease in the data directory.
    #[error("could not open the lease's file")]
    File(#[source] std::io::Error),
}

/// Why Telegram did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// 401, or 404 for a token that never was one.
    #[error("Telegram does not take the bot's token: it was revoked, or is another's")]
    TokenRefused,
    /// 409: somebody else asks for the bot's updates.
    #[error("somebody else gets the bot's updates: {description}")]
    Conflict {
        /// In Telegram's words.
        description: String,
        /// Whether it is a webhook.
        by_webhook: bool,
    },
    /// 429.
    #[error("Telegram wants fewer requests, and none for {} s", retry_after.as_secs())]
    TooFast {
        /// How long to wait.
        retry_after: Duration,
    },
    /// 5xx.
    #[error("Telegram fails with status {status}")]
    Failing {
        /// The status.
        status: u16,
    },
    /// Any other no.
    #[error("Telegram refuses: {description}")]
    Refused {
        /// In Telegram's words.
        description: String,
        /// As teloxide reads it.
        error: ApiError,
    },
    /// No answer, or not in time.
    #[error("could not reach Telegram")]
    Network(#[source] reqwest::Error),
    /// The answer is larger than anything that was asked for.
    #[error("Telegram's answer is too large")]
    TooLarge,
    /// The answer cannot be read.
    #[error("Telegram's answer cannot be read")]
    Malformed(#[source] serde_json::Error),
    /// The request cannot be written.
    #[error("could not encode request")]
    Encode(#[source] serde_json::Error),
}

/// The body of a refusal (Telegram, "Bot API", "Making requests").
#[derive(Default, Deserialize)]
#[serde(default)]
struct RefusalJson {
    description: String,
    parameters: ParametersJson,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ParametersJson {
    retry_after: Option<u64>,
}

/// The wait after a 429 that names none.
const DEFAULT_RETRY_AFTER_S: u64 = 5;

impl CallError {
    /// The address of a request holds the token, so it is left out.
    pub(super) fn network(error: reqwest::Error) -> Self {
        Self::Network(error.without_url())
    }

    /// What an answer with a status other than 200 says.
    pub(super) fn of_answer(status: u16, body: &[u8]) -> Self {
        let refusal: RefusalJson = serde_json::from_slice(body).unwrap_or_default();
        let description = refusal.description;
        match status {
            401 | 404 => Self::TokenRefused,
            409 => Self::Conflict {
                by_webhook: description.contains("webhook is active"),
                description,
            },
            429 => {
                let seconds = refusal.parameters.retry_after;
                let seconds = seconds.unwrap_or(DEFAULT_RETRY_AFTER_S);
                let retry_after = Duration::from_secs(seconds);
                Self::TooFast { retry_after }
            }
            500.. => Self::Failing { status },
            _ => {
                let text = serde_json::Value::String(description.clone());
                let error = serde_json::from_value(text);
                let unknown = |_| ApiError::Unknown(description.clone());
                Self::Refused {
                    error: error.unwrap_or_else(unknown),
                    description,
                }
            }
        }
    }

    /// Whether an edit changed nothing because it was done already.
    pub(super) fn is_not_modified(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                error: ApiError::MessageNotModified,
                ..
            }
        )
    }

    /// The outcome's name in metrics.
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::TokenRefused => "token_refused",
            Self::Conflict { .. } => "conflict",
            Self::TooFast { .. } => "too_fast",
            Self::Failing { .. } => "failing",
            Self::Refused { .. } => "refused",
            Self::Network(_) => "network",
            Self::TooLarge | Self::Malformed(_) | Self::Encode(_) => "malformed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_for_what_follows_from_them() {
        let of = |status, body: &str| CallError::of_answer(status, body.as_bytes());
        let wait = r#"{"ok":false,"description":"x","parameters":{"retry_after":7}}"#;
        assert!(matches!(
            of(429, wait),
            CallError::TooFast { retry_after } if retry_after.as_secs() == 7
        ));
        assert!(matches!(
            of(429, "no JSON"),
            CallError::TooFast { retry_after } if retry_after.as_secs() == DEFAULT_RETRY_AFTER_S
        ));
        let unchanged = "{\"description\":\"Bad Request: message is not modified: specified new \
            message content and reply markup are exactly the same as a current content and reply \
            markup of the message\"}";
        assert!(of(400, unchanged).is_not_modified());
        let odd = of(400, r#"{"description":"Bad Request: something new"}"#);
        assert!(matches!(odd, CallError::Refused { description, .. }
            if description == "Bad Request: something new"));
        assert!(matches!(of(401, "{}"), CallError::TokenRefused));
        assert!(matches!(
            of(502, "<html>"),
            CallError::Failing { status: 502 }
        ));
        let webhook = "{\"description\":\"Conflict: can't use getUpdates method while webhook is active; \
            use deleteWebhook to delete the webhook first\"}";
        assert!(matches!(
            of(409, webhook),
            CallError::Conflict {
                by_webhook: true,
                ..
            }
        ));
    }
}
