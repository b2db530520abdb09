//! Who may look after others.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Shared;
use super::error::{ApiError, ErrorCode};
use super::player::Player;

/// That the request comes from a player who is named in the setting `moderators`.
pub struct Moderator;

impl FromRequestParts<Shared> for Moderator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let player = Player::from_request_parts(parts, app).await?;
        if app.config.moderation.moderators.contains(&player.id) {
            return Ok(Self);
        }
        let message = "this is for moderators; the operator names them in `moderators`";
        Err(ApiError::new(ErrorCode::NotAModerator, message))
    }
}
