//! Requests to the Bot API: bounded in time and size, and no faster than Telegram wants them.
//!
//! The types and the requests are teloxide's. What carries them is this program's own HTTP client,
//! so that there is one TLS in it, and no wait that is not named here.

use std::time::{Duration, Instant};

use reqwest::header;
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use teloxide_core::requests::Payload;
use teloxide_core::types::{ChatId, InlineKeyboardMarkup, Message};

use super::fault::{CallError, SetUpError};
use super::pace::Pace;
use crate::config::{SecretText, Telegram};

/// The longest time until a connection is there, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest time of an exchange, beyond what Telegram was asked to wait.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(15);

/// The most that is read of an answer: 100 updates (the most at a time) of 16 KiB each.
const MAX_ANSWER_BYTES: usize = 100 * (16 << 10);

/// How often a message is tried to be sent while Telegram says that it comes too fast, or fails.
const MAX_TRIES: u32 = 3;

/// The longest wait that Telegram may ask for before the next try.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The wait before the next try after a fault of Telegram's; twice as long for each further one.
const RETRY_FAULT_AFTER: Duration = Duration::from_secs(1);

/// The most pixels of width and height together, and the longest side by the shorter one, of a
/// photo (Telegram, "Bot API", `sendPhoto`). Other pictures are sent as files.
const MAX_PHOTO_SIDES: u32 = 10_000;
const MAX_PHOTO_RATIO: u32 = 20;

/// The largest photo, in bytes (the same place).
const MAX_PHOTO_BYTES: usize = 10 << 20;

/// A bot's way to Telegram. `Debug` does not show the token.
pub(super) struct Client {
    http: reqwest::Client,
    /// The address up to the method's name. The token is in it.
    base: SecretText,
    pace: Pace,
}

/// A picture with words below, and buttons.
pub(super) struct Picture {
    /// The chat that it is for.
    pub(super) chat: ChatId,
    /// The file's bytes.
    pub(super) png: Vec<u8>,
    /// The words, at most 1,024 characters.
    pub(super) caption: String,
    /// The buttons.
    pub(super) buttons: Option<InlineKeyboardMarkup>,
}

impl Client {
    /// The way of the bot with this token.
    pub(super) fn new(telegram: &Telegram, token: &SecretText) -> Result<Self, SetUpError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("pixelwars/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT);
        if telegram.has_local_api() {
            // Within this machine, without TLS: the system's certificates need not be there.
            builder = builder.tls_certs_only([]);
        }
        let base = format!("{}/bot{}/", telegram.api_url, token.expose());
        Ok(Self {
            http: builder.build().map_err(SetUpError::Client)?,
            base: SecretText::new(base),
            pace: Pace::default(),
        })
    }

    /// Asks Telegram once.
    pub(super) async fn call<P>(&self, payload: &P) -> Result<P::Output, CallError>
    where
        P: Payload + Serialize + Sync,
        P::Output: DeserializeOwned,
    {
        let timeout = EXCHANGE_TIMEOUT + payload.timeout_hint().unwrap_or_default();
        self.call_by_name(P::NAME, payload, timeout).await
    }

    /// Asks Telegram once for what teloxide has no plain JSON for.
    pub(super) async fn call_value(
        &self,
        method: &'static str,
        payload: &Value,
    ) -> Result<Value, CallError> {
        self.call_by_name(method, payload, EXCHANGE_TIMEOUT).await
    }

    async fn call_by_name<T: DeserializeOwned>(
        &self,
        method: &'static str,
        payload: &(impl Serialize + Sync),
        timeout: Duration,
    ) -> Result<T, CallError> {
        let body = serde_json::to_vec(payload).map_err(CallError::Encode)?;
        let request = self.post(method, timeout);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        exchange(method, request.body(body)).await
    }

    /// Sends something to a chat when it is its turn, and again when it came too fast or Telegram
    /// failed.
    pub(super) async fn send<P>(&self, chat: ChatId, payload: &P) -> Result<P::Output, CallError>
    where
        P: Payload + Serialize + Sync,
        P::Output: DeserializeOwned,
    {
        self.in_turn(chat, || self.call(payload)).await
    }

    /// Sends a picture, likewise: as a photo, and as a file when it is too large for one.
    pub(super) async fn send_picture(&self, picture: &Picture) -> Result<Message, CallError> {
        let send = || async {
            let (method, field) = match is_photo(&picture.png) {
                true => ("SendPhoto", "photo"),
                false => ("SendDocument", "document"),
            };
            let part = Part::bytes(picture.png.clone()).file_name("canvas.png");
            let part = part.mime_str("image/png").map_err(CallError::network)?;
            let mut form = Form::new()
                .text("chat_id", picture.chat.to_string())
                .text("caption", picture.caption.clone())
                .part(field, part);
            if let Some(buttons) = &picture.buttons {
                let buttons = serde_json::to_string(buttons).map_err(CallError::Encode)?;
                form = form.text("reply_markup", buttons);
            }
            let request = self.post(method, EXCHANGE_TIMEOUT);
            exchange(method, request.multipart(form)).await
        };
        self.in_turn(picture.chat, send).await
    }

    async fn in_turn<T, F>(&self, chat: ChatId, send: impl Fn() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut tries = 1;
        loop {
            self.pace.turn_of(chat).await;
            let error = match send().await {
                Ok(sent) => return Ok(sent),
                Err(error) => error,
            };
            let wait = match &error {
                CallError::TooFast { retry_after } if *retry_after <= MAX_RETRY_AFTER => {
                    *retry_after
                }
                CallError::Failing { .. } => RETRY_FAULT_AFTER * (1 << (tries - 1)),
                CallError::TooFast { .. }
                | CallError::TokenRefused
                | CallError::Conflict { .. }
                | CallError::Refused { .. }
                | CallError::Network(_)
                | CallError::TooLarge
                | CallError::Malformed(_)
                | CallError::Encode(_) => return Err(error),
            };
            if tries == MAX_TRIES {
                return Err(error);
            }
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    fn post(&self, method: &str, timeout: Duration) -> reqwest::RequestBuilder {
        // Telegram knows methods in any case, and documents them with a small letter first.
        let mut name = method.to_owned();
        name[..1].make_ascii_lowercase();
        let url = format!("{}{name}", self.base.expose());
        self.http.post(url).timeout(timeout)
    }
}

/// Sends a request, measures it, and reads the answer.
async fn exchange<T: DeserializeOwned>(
    method: &'static str,
    request: reqwest::RequestBuilder,
) -> Result<T, CallError> {
    let begun = Instant::now();
    let answered = read_answer(request).await;
    let outcome = answered.as_ref().err().map_or("ok", CallError::label);
    let labels = [("method", method), ("outcome", outcome)];
    metrics::counter!("telegram_requests_total", &labels).increment(1);
    if method != "GetUpdates" {
        let seconds = begun.elapsed().as_secs_f64();
        metrics::histogram!("telegram_request_seconds", "method" => method).record(seconds);
    }
    answered
}

async fn read_answer<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> Result<T, CallError> {
    let mut response = request.send().await.map_err(CallError::network)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(CallError::network)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(CallError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    if status != 200 {
        return Err(CallError::of_answer(status, &body));
    }
    #[derive(serde::Deserialize)]
    struct Answered<T> {
        result: T,
    }
    let answered = serde_json::from_slice::<Answered<T>>(&body).map_err(CallError::Malformed)?;
    Ok(answered.result)
}

/// Whether a PNG can be sent as a photo.
fn is_photo(png: &[u8]) -> bool {
    let side = |at: usize| {
        let bytes = png.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    // The header chunk comes first, and begins with the sides (PNG, section 11.2.1).
    let (Some(width), Some(height)) = (side(16), side(20)) else {
        return false;
    };
    let (long, short) = (width.max(height), width.min(height).max(1));
    let fits = width.saturating_add(height) <= MAX_PHOTO_SIDES && long / short < MAX_PHOTO_RATIO;
    fits && png.len() <= MAX_PHOTO_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_are_too_long_or_too_large_are_no_photos() {
        let png = |width: u32, height: u32| {
            let mut bytes = vec![0; 16];
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes
        };
        for (width, height) in [(1, 1), (5_000, 5_000), (190, 10)] {
            assert!(is_photo(&png(width, height)), "{width}×{height}");
        }
        for (width, height) in [(5_001, 5_000), (200, 10), (u32::MAX, u32::MAX), (5, 0)] {
            assert_eq!(is_photo(&png(width, height)), (width, height) == (5, 0));
        }
        assert!(!is_photo(b"no picture"));
    }
}
