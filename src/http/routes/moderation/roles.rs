//! Who may do what.

use axum::Json;
use axum::extract::State;
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::{NamedJson, Names};
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Segments};
use crate::http::moderator::{Admin, role_of};
use crate::http::player::Player;
use crate::moderation::{Act, Actor, Order, Role};

/// What the asking player may do.
#[derive(Serialize, ToSchema)]
pub struct OwnRoleJson {
    /// The role.
    pub role: Role,
}

/// Everybody who has a role.
#[derive(Serialize, ToSchema)]
pub struct RolesJson {
    /// They, at most 1,000, the longest-standing first.
    pub staff: Vec<StaffJson>,
}

/// Somebody who has a role.
#[derive(Serialize, ToSchema)]
pub struct StaffJson {
    /// Who.
    pub player: NamedJson,
    /// Which one.
    pub role: Role,
    /// Whether the operator's settings give it; such a one can only be taken away there.
    pub by_setting: bool,
}

/// The code that the server printed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimBody {
    /// The code.
    code: String,
}

/// Your own role
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/role",
    operation_id = "get_own_role", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = OwnRoleJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn own(
    State(app): State<Shared>,
    player: Player,
    Segments(canvas): Segments<String>,
) -> Result<Json<OwnRoleJson>, ApiError> {
    app.canvas(&canvas)?;
    let role = role_of(&app, player.id).await?;
    Ok(Json(OwnRoleJson { role }))
}

/// Everybody who has a role, for admins
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/roles",
    operation_id = "list_roles", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = RolesJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    _: Admin,
    Segments(canvas): Segments<String>,
) -> Result<Json<RolesJson>, ApiError> {
    app.canvas(&canvas)?;
    let given = app.moderation.standings().roles().await?;
    let named = app.config.moderation.moderators.iter().copied();
    let is_given = |player| given.iter().any(|(known, _)| *known == player);
    let by_setting: Vec<_> = named.filter(|player| !is_given(*player)).collect();
    let everybody = given.iter().map(|(player, _)| *player);
    let names = Names::of(&app, everybody.chain(by_setting.iter().copied())).await?;
    let staff = |player, role, by_setting| StaffJson {
        player: names.player(player),
        role,
        by_setting,
    };
    let given = given
        .iter()
        .map(|(player, role)| staff(*player, *role, false));
    let by_setting = by_setting.iter();
    let by_setting = by_setting.map(|player| staff(*player, Role::Moderator, true));
    let staff = given.chain(by_setting).collect();
    Ok(Json(RolesJson { staff }))
}

/// Become the first admin, with the code that the server printed at its start
#[utoipa::path(
    post, path = "/canvases/{canvas}/moderation/claim",
    operation_id = "claim_admin", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = ClaimBody,
    responses(
        (status = 200, body = OwnRoleJson),
        (status = 400, body = ErrorBody, description = "malformed_json"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "wrong_code, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn claim(
    State(app): State<Shared>,
    player: Player,
    Segments(canvas): Segments<String>,
    JsonBody(body): JsonBody<ClaimBody>,
) -> Result<Json<OwnRoleJson>, ApiError> {
    app.canvas(&canvas)?;
    if !app.admin_code.take(&body.code) {
        let message = "this code is wrong or used; `pixelwars admin code` makes a new one";
        return Err(ApiError::new(ErrorCode::WrongCode, message));
    }
    let order = Order {
        act: Act::SetRole {
            player: player.id,
            role: Role::Admin,
        },
        reason: "by the operator's code".to_owned(),
        preview: None,
    };
    let given = app
        .moderation
        .perform(&Actor::OPERATOR, order, UnixMs::now())
        .await;
    match given {
        Ok(_) | Err(crate::moderation::ActError::Nothing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Json(OwnRoleJson { role: Role::Admin }))
}
