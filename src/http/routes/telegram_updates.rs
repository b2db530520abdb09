//! Where Telegram delivers what people write to the bot.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::bot::webhook::Delivery;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorCode};

/// The header that proves that a delivery is from Telegram ("Bot API", `setWebhook`).
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

/// Takes an update. Telegram sends it again after any other status than one of success.
pub async fn take(
    State(app): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let nobody = || ApiError::new(ErrorCode::NotFound, "no bot waits for updates here");
    let bot = app.bot.as_ref().ok_or_else(nobody)?;
    let secret = headers.get(SECRET_HEADER);
    let secret = secret.map_or(&[][..], |secret| secret.as_bytes());
    match bot.deliver(secret, &body).await {
        Delivery::Taken => Ok(StatusCode::OK),
        Delivery::Unexpected => Err(nobody()),
        Delivery::Forged => {
            let message = "the secret token is missing or wrong";
            Err(ApiError::new(ErrorCode::Unauthorized, message))
        }
        Delivery::Later => {
            let message = "another process runs the bot, or it is busy; send it again";
            Err(ApiError::new(ErrorCode::Unavailable, message))
        }
    }
}
