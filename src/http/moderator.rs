//! Who may look after others.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Shared;
use super::error::{ApiError, ErrorCode};
use super::player::Player;
use crate::moderation::{Actor, Role};

/// A player with a role: at least a helper.
pub struct Staff(pub Actor);

/// At least a moderator.
pub struct Moderator;

/// An admin.
pub struct Admin(pub Actor);

/// A player's role: the one that was given, or what the operator's settings say if that is more.
pub async fn role_of(app: &Shared, player: event_store::PlayerId) -> Result<Role, ApiError> {
    let named = &app.config.moderation.moderators;
    let by_setting = match named.contains(&player) {
        true => Role::Moderator,
        false => Role::Player,
    };
    let given = app.moderation.standings().role(player).await?;
    Ok(given.max(by_setting))
}

async fn at_least(needed: Role, parts: &mut Parts, app: &Shared) -> Result<Actor, ApiError> {
    let player = <Player as FromRequestParts<Shared>>::from_request_parts(parts, app).await?;
    let role = role_of(app, player.id).await?;
    if role >= needed {
        return Ok(Actor::player(player.id, role));
    }
    let message = format!("this takes the role {needed}; an admin can give it to you");
    Err(ApiError::new(ErrorCode::NotAModerator, message))
}

impl FromRequestParts<Shared> for Staff {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        at_least(Role::Helper, parts, app).await.map(Self)
    }
}

impl FromRequestParts<Shared> for Moderator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        at_least(Role::Moderator, parts, app).await.map(|_| Self)
    }
}

impl FromRequestParts<Shared> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        at_least(Role::Admin, parts, app).await.map(Self)
    }
}
