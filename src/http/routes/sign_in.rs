//! Signing in.

use axum::extract::State;
use axum::response::Response;
use event_store::UnixMs;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::accounts::OpenSessionError;
use crate::auth::SignInError;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::JsonBody;
use crate::http::signed_in::{SignedInJson, Transport, signed_in};

/// A name to play under.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnonymousBody {
    /// 1 to 32 characters, none of them a control character.
    #[schema(example = "Ada")]
    name: String,
    /// How the refresh token travels; as a cookie when left out.
    #[serde(default)]
    refresh: Transport,
}

/// Sign in with nothing but a name
#[utoipa::path(
    post, path = "/auth/anonymous",
    operation_id = "sign_in_anonymously", tag = "sign-in",
    request_body = AnonymousBody,
    responses(
        (status = 200, body = SignedInJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_name"),
        (status = 403, body = ErrorBody, description = "anonymous_off"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn anonymous(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<AnonymousBody>,
) -> Result<Response, ApiError> {
    let done = app.sign_in.anonymous(&body.name, UnixMs::now()).await?;
    Ok(signed_in(&app, done, body.refresh))
}

impl From<SignInError> for ApiError {
    fn from(error: SignInError) -> Self {
        match &error {
            SignInError::AnonymousOff => Self::new(ErrorCode::AnonymousOff, error.to_string()),
            SignInError::Name(wrong) => Self::new(ErrorCode::InvalidName, wrong.to_string()),
            SignInError::Open(open) => match open {
                OpenSessionError::Create(_)
                | OpenSessionError::Raced { .. }
                | OpenSessionError::Unavailable(_) => Self::fault(ErrorCode::Unavailable, &error),
                OpenSessionError::Subject(_) => Self::fault(ErrorCode::Internal, &error),
            },
            SignInError::Random(_) | SignInError::Sign(_) => {
                Self::fault(ErrorCode::Internal, &error)
            }
        }
    }
}
