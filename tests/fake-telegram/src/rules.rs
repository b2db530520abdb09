//! What Telegram refuses, and in which words.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A no of Telegram's.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) description: String,
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(crate) fn bad(description: &str) -> Self {
        Self::with(400, &format!("Bad Request: {description}"))
    }

    pub(crate) fn with(status: u16, description: &str) -> Self {
        Self {
            status,
            description: description.to_owned(),
            retry_after: None,
        }
    }

    pub(crate) fn too_fast(retry_after: u64) -> Self {
        let description = format!("Too Many Requests: retry after {retry_after}");
        Self {
            retry_after: Some(retry_after),
            ..Self::with(429, &description)
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "ok": false,
            "error_code": self.status,
            "description": self.description,
        });
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(body)).into_response()
    }
}

/// What was sent in the last second.
#[derive(Default)]
pub(crate) struct Sent {
    times: VecDeque<(i64, Instant)>,
}

impl Sent {
    /// Counts a message to `chat`: one a second to a chat, 30 in all (Telegram's FAQ for bots).
    pub(crate) fn count(&mut self, chat: i64) -> Result<(), Refusal> {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        self.times
            .retain(|(_, at)| now.duration_since(*at) < second);
        let to_chat = self.times.iter().filter(|(to, _)| *to == chat).count();
        if to_chat >= 1 || self.times.len() >= 30 {
            return Err(Refusal::too_fast(1));
        }
        self.times.push_back((chat, now));
        Ok(())
    }
}

/// The length of a text as Telegram counts it.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

pub(crate) fn check_text(text: &str) -> Result<(), Refusal> {
    match length(text) {
        0 => Err(Refusal::bad("message text is empty")),
        1..=4_096 => Ok(()),
        _ => Err(Refusal::bad("message is too long")),
    }
}

pub(crate) fn check_caption(text: &str) -> Result<(), Refusal> {
    match length(text) {
        0..=1_024 => Ok(()),
        _ => Err(Refusal::bad("message caption is too long")),
    }
}

/// Checks a picture as a photo: its sides, their ratio and its size (Bot API, `sendPhoto`).
pub(crate) fn check_photo(png: &[u8]) -> Result<(), Refusal> {
    let side = |at: usize| {
        let bytes = png.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    let (Some(width), Some(height)) = (side(16), side(20)) else {
        return Err(Refusal::bad("IMAGE_PROCESS_FAILED"));
    };
    let is_wide = width.max(height) >= width.min(height).saturating_mul(20);
    if width + height > 10_000 || is_wide || png.len() > 10 << 20 {
        return Err(Refusal::bad("PHOTO_INVALID_DIMENSIONS"));
    }
    Ok(())
}

/// Checks the buttons under a message in a chat.
pub(crate) fn check_buttons(markup: &Value, is_private: bool) -> Result<(), Refusal> {
    let rows = markup["inline_keyboard"].as_array().into_iter().flatten();
    for button in rows.flat_map(|row| row.as_array().into_iter().flatten()) {
        if button["text"].as_str().unwrap_or_default().is_empty() {
            return Err(Refusal::bad("can't parse inline keyboard button"));
        }
        if let Some(data) = button["callback_data"].as_str() {
            if !(1..=64).contains(&data.len()) {
                return Err(Refusal::bad("BUTTON_DATA_INVALID"));
            }
        } else if let Some(url) = button["web_app"]["url"].as_str() {
            if !is_private {
                return Err(Refusal::bad("BUTTON_TYPE_INVALID"));
            }
            if !url.starts_with("https://") {
                return Err(Refusal::bad("BUTTON_URL_INVALID"));
            }
        } else if !button["url"]
            .as_str()
            .is_some_and(|url| url.contains("://"))
        {
            return Err(Refusal::bad("BUTTON_URL_INVALID"));
        }
    }
    Ok(())
}
