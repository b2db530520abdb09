//! Signing in from a Telegram Mini App.

use axum::extract::State;
use axum::response::Response;
use event_store::UnixMs;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::auth::{InitDataError, MiniAppError};
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::JsonBody;
use crate::http::signed_in::{SignedInJson, Transport, signed_in};

/// What Telegram has handed to the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TelegramBody {
    /// `Telegram.WebApp.initData`, exactly as it is.
    init_data: String,
    /// The refresh token that the same launch has got before, to go on with it.
    refresh_token: Option<String>,
}

/// Sign in from a Telegram Mini App
///
/// The refresh token comes in the body: cookies get lost inside of Telegram. Each launch signs in
/// once; handed in again with the refresh token that it has got, its data refreshes that sign-in.
#[utoipa::path(
    post, path = "/auth/telegram",
    operation_id = "sign_in_by_telegram", tag = "sign-in",
    request_body = TelegramBody,
    responses(
        (status = 200, body = SignedInJson),
        (status = 400, body = ErrorBody, description = "malformed_json"),
        (status = 401, body = ErrorBody, description = "init_data_invalid, init_data_expired, \
            init_data_replayed, refresh_token_expired, refresh_token_reused, session_revoked"),
        (status = 404, body = ErrorBody, description = "provider_unknown"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn telegram(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<TelegramBody>,
) -> Result<Response, ApiError> {
    let mini_app = app.mini_app.as_ref().ok_or_else(|| {
        let message = "this server has no Mini App; GET /api/v1/auth lists the ways to sign in";
        ApiError::new(ErrorCode::ProviderUnknown, message)
    })?;
    let token = body.refresh_token.as_deref();
    let done = mini_app.sign_in(&body.init_data, token, UnixMs::now());
    match done.await {
        Ok(done) => Ok(signed_in(&app, done, Transport::Bearer)),
        Err(error) => {
            let error = ApiError::from(error);
            let labels = [("way", "telegram"), ("code", error.code().as_str())];
            metrics::counter!("canvas_sign_in_failures_total", &labels).increment(1);
            Err(error)
        }
    }
}

impl From<MiniAppError> for ApiError {
    fn from(error: MiniAppError) -> Self {
        match error {
            MiniAppError::InitData(wrong) => {
                let code = match wrong {
                    InitDataError::Expired | InitDataError::FromTheFuture => {
                        ErrorCode::InitDataExpired
                    }
                    InitDataError::Malformed
                    | InitDataError::Signature
                    | InitDataError::NoPerson => ErrorCode::InitDataInvalid,
                };
                Self::new(code, wrong.to_string())
            }
            MiniAppError::Replayed => Self::new(ErrorCode::InitDataReplayed, error.to_string()),
            MiniAppError::Refresh(error) => error.into(),
            MiniAppError::SignIn(error) => error.into(),
            MiniAppError::Unavailable(_) | MiniAppError::CutOff(_) => {
                Self::fault(ErrorCode::Unavailable, &error)
            }
        }
    }
}
