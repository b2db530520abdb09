//! The ways to sign in: all there are, and those of one's own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::{Provider, UnlinkError};
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::Segments;
use crate::http::player::Player;

/// The ways to sign in here.
#[derive(Serialize, ToSchema)]
pub struct SignInWaysJson {
    /// Whether a name alone is enough.
    pub anonymous: bool,
    /// The providers, in the order to show them in.
    pub providers: Vec<ProviderJson>,
    /// Whether a Telegram Mini App can sign in.
    pub telegram_mini_app: bool,
    /// What anonymous sign-in asks for beside a name; null for nothing.
    #[schema(required = true)]
    pub human_check: Option<HumanCheckJson>,
}

/// A proof that somebody is no program, or has at least worked for it.
#[derive(Serialize, ToSchema)]
pub struct HumanCheckJson {
    /// `altcha`.
    pub kind: &'static str,
    /// Where the challenge is.
    #[schema(example = "/api/v1/auth/challenge")]
    pub challenge_url: String,
}

/// A provider to sign in at.
#[derive(Serialize, ToSchema)]
pub struct ProviderJson {
    /// `google`, `telegram` or `oidc`.
    pub id: &'static str,
    /// What people know it by.
    #[schema(example = "Google")]
    pub name: String,
    /// For a browser to open; `return_to` may be added.
    #[schema(example = "/api/v1/auth/google/start")]
    pub start_url: String,
}

/// The ways to sign in here
#[utoipa::path(
    get, path = "/auth",
    operation_id = "list_sign_in_ways", tag = "sign-in",
    responses((status = 200, body = SignInWaysJson)),
)]
pub async fn list(State(app): State<Shared>) -> Json<SignInWaysJson> {
    let providers = app.oidc.iter().map(|(provider, opened)| ProviderJson {
        id: provider.as_str(),
        name: opened.name().to_owned(),
        start_url: format!("/api/v1/auth/{provider}/start"),
    });
    Json(SignInWaysJson {
        anonymous: app.config.allows_anonymous(),
        providers: providers.collect(),
        telegram_mini_app: app.mini_app.is_some(),
        human_check: app.human_checks.kind().map(|kind| HumanCheckJson {
            kind,
            challenge_url: "/api/v1/auth/challenge".to_owned(),
        }),
    })
}

/// Take a provider's account from one's own
#[utoipa::path(
    delete, path = "/me/identities/{provider}",
    operation_id = "unlink", tag = "sign-in",
    security(("access_token" = [])),
    params(("provider" = String, Path, description = "As in `GET /me`")),
    responses(
        (status = 204),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 404, body = ErrorBody, description = "identity_not_found"),
        (status = 409, body = ErrorBody, description = "last_identity"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn unlink(
    State(app): State<Shared>,
    Segments(provider): Segments<String>,
    player: Player,
) -> Result<StatusCode, ApiError> {
    let provider = Provider::of_name(&provider).ok_or(UnlinkError::NotLinked)?;
    let accounts = app.sign_in.accounts();
    accounts.unlink(player.id, provider).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<UnlinkError> for ApiError {
    fn from(error: UnlinkError) -> Self {
        let code = match &error {
            UnlinkError::NotLinked => ErrorCode::IdentityNotFound,
            UnlinkError::LastIdentity => ErrorCode::LastIdentity,
            UnlinkError::Unavailable(_) => return Self::fault(ErrorCode::Unavailable, &error),
        };
        Self::new(code, error.to_string())
    }
}
