//! Signing in.

use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use event_store::UnixMs;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::accounts::OpenSessionError;
use crate::auth::SignInError;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::JsonBody;
use crate::http::new_name::Newcomer;
use crate::http::signed_in::{SignedInJson, Transport, signed_in};
use crate::http::{Shared, human_check};

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
    /// A proof of work, where `GET /auth` says that one is asked for.
    proof: Option<String>,
}

/// Sign in with nothing but a name
#[utoipa::path(
    post, path = "/auth/anonymous",
    operation_id = "sign_in_anonymously", tag = "sign-in",
    request_body = AnonymousBody,
    responses(
        (status = 200, body = SignedInJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_name, \
            human_check_failed"),
        (status = 403, body = ErrorBody, description = "anonymous_off, cross_site, \
            human_check_required"),
        (status = 429, body = ErrorBody, description = "rate_limited, too_many_accounts"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn anonymous(
    State(app): State<Shared>,
    newcomer: Newcomer,
    JsonBody(body): JsonBody<AnonymousBody>,
) -> Result<Response, ApiError> {
    let now = UnixMs::now();
    let reserved = newcomer.reserve(&app, now)?;
    human_check::demand(&app, body.proof.as_deref(), now).await?;
    let done = app.sign_in.anonymous(&body.name, now).await?;
    if let Some(reserved) = reserved {
        reserved.keep();
    }
    let mut response = signed_in(&app, done, body.refresh);
    if let Some(cookie) = newcomer.set_cookie(&app) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
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
