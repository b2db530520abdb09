//! Who one is.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::LinkedIdentity;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::player::Player;
use crate::http::{Shared, rfc3339};
use crate::players::PlayerStatus;

/// Whose access token it is.
#[derive(Serialize, ToSchema)]
pub struct MeJson {
    /// Who: 16 hexadecimal digits.
    pub id: String,
    /// The name shown to others.
    pub name: String,
    /// The session number of the access token.
    pub session: u64,
    /// `afk`, `queued` or `playing`.
    #[schema(example = "playing")]
    pub status: PlayerStatus,
    /// The place in the queue, from 1; 0 outside of it.
    pub position: u32,
    /// When the status ends by itself, RFC 3339; null when it does not.
    #[schema(required = true)]
    pub until: Option<String>,
    /// What one can sign in by, the oldest first; empty for somebody who gave nothing but a name.
    pub identities: Vec<IdentityJson>,
}

/// A way to sign in that belongs to the player.
#[derive(Serialize, ToSchema)]
pub struct IdentityJson {
    /// `google`, `telegram` or `oidc`.
    pub provider: &'static str,
    /// Since when (RFC 3339).
    pub linked_at: String,
}

impl From<LinkedIdentity> for IdentityJson {
    fn from(identity: LinkedIdentity) -> Self {
        Self {
            provider: identity.provider.as_str(),
            linked_at: rfc3339(identity.linked_at),
        }
    }
}

/// Who the access token is of, and what they can sign in by
#[utoipa::path(
    get, path = "/me",
    operation_id = "get_me", tag = "sign-in",
    security(("access_token" = [])),
    responses(
        (status = 200, body = MeJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn me(State(app): State<Shared>, player: Player) -> Result<Json<MeJson>, ApiError> {
    let identities = app.sign_in.identities_of(player.id).await;
    let identities = identities.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
    let report = app.seats.report_anywhere(player.id).await;
    Ok(Json(MeJson {
        status: report.status,
        position: report.position,
        until: report.until.map(rfc3339),
        id: player.id.to_string(),
        name: player.name,
        session: player.session.0,
        identities: identities.into_iter().map(IdentityJson::from).collect(),
    }))
}
