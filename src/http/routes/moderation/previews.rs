//! Looking at what an act would do.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use event_store::{PlayerId, UnixMs};
use serde::Serialize;
use utoipa::ToSchema;

use super::shape::{NamedJson, Names};
use crate::exchange::json::RegionJson;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Segments};
use crate::http::moderator::Staff;
use crate::http::timestamp::rfc3339;
use crate::moderation::{Act, Preview};

/// What an act would do.
#[derive(Serialize, ToSchema)]
pub struct PreviewJson {
    /// What confirms it, once: 32 hexadecimal digits.
    pub id: String,
    /// The act.
    pub act: Act,
    /// Until when it can be confirmed, RFC 3339.
    pub until: String,
    /// The version that it was made of.
    pub version: u64,
    /// How many cells would change.
    pub cells: u64,
    /// How many of them would show nobody's work.
    pub to_background: u64,
    /// The least region that holds all of them; null when there is none.
    #[schema(required = true)]
    pub bounds: Option<RegionJson>,
    /// Whose work would go, by how many cells, most first; at most 20 of them.
    pub removed: Vec<ShareJson>,
    /// How many players' work would go.
    pub removed_players: u64,
    /// Whose work would come back, in the same way.
    pub restored: Vec<ShareJson>,
    /// The address of a picture: how it is on the left, how it would be on the right.
    pub picture: String,
}

/// A player and a number of cells.
#[derive(Serialize, ToSchema)]
pub struct ShareJson {
    /// Who.
    pub player: NamedJson,
    /// How many.
    pub cells: u64,
}

/// Look at what an act would do; nothing is done
///
/// For the roles that may do it. The preview is confirmed by `POST …/moderation/acts`, once, by the
/// same player, within a minute, and as long as nobody else acts.
#[utoipa::path(
    post, path = "/canvases/{canvas}/moderation/previews",
    operation_id = "preview_act", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = Act,
    responses(
        (status = 201, body = PreviewJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_act"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "no_round, nothing_to_do"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn create(
    State(app): State<Shared>,
    Staff(actor): Staff,
    Segments(canvas): Segments<String>,
    JsonBody(act): JsonBody<Act>,
) -> Result<(StatusCode, Json<PreviewJson>), ApiError> {
    app.canvas(&canvas)?;
    let preview = app.moderation.preview(&actor, act, UnixMs::now()).await?;
    let shares = preview.removed.iter().chain(&preview.restored);
    let names = Names::of(&app, shares.map(|(player, _)| *player)).await?;
    Ok((
        StatusCode::CREATED,
        Json(described(preview, &canvas, &names)),
    ))
}

fn described(preview: Preview, canvas: &str, names: &Names) -> PreviewJson {
    let share = |(player, cells): (PlayerId, u64)| ShareJson {
        player: names.player(player),
        cells,
    };
    let id = preview.id.to_string();
    PreviewJson {
        picture: format!("/api/v1/canvases/{canvas}/moderation/previews/{id}/picture.png"),
        id,
        act: preview.act,
        until: rfc3339(preview.until),
        version: preview.version.0,
        cells: preview.cells,
        to_background: preview.to_background,
        bounds: preview.bounds.map(Into::into),
        removed: preview.removed.into_iter().map(share).collect(),
        removed_players: preview.removed_players,
        restored: preview.restored.into_iter().map(share).collect(),
    }
}

/// The picture of a preview: how it is on the left, how it would be on the right
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/previews/{preview}/picture.png",
    operation_id = "get_preview_picture", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("preview" = String, Path, description = "The preview's id"),
    ),
    responses(
        (status = 200, content_type = "image/png", description = "The picture"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "preview_gone, no_round"),
    ),
)]
pub async fn picture(
    State(app): State<Shared>,
    Staff(actor): Staff,
    Segments((canvas, preview)): Segments<(String, String)>,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let gone = |_| ApiError::from(crate::moderation::ActError::PreviewGone);
    let id = preview.parse().map_err(gone)?;
    let _drawing = app.drawing.acquire().await.map_err(|_closed| {
        ApiError::new(
            ErrorCode::Unavailable,
            "the server stops; ask again in a moment",
        )
    })?;
    let picture = app.moderation.picture(&actor, id, UnixMs::now()).await?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, picture).into_response())
}
