//! Placing cells, and taking a placement back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use event_store::{Cell, PaletteIndex, UnixMs, Version};
use projections::canvas::Allowance;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Segments};
use crate::http::player::Player;
use crate::http::timestamp::rfc3339;
use crate::http::{Shared, human_check};
use crate::placements::{
    PlaceError, PlaceRequest, PlacementKey, Proposal, UNDO_WINDOW_MS, place, undo,
};

/// One placement, or several at once.
#[derive(Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "expected {id, x, y, color} or {placements: [{id, x, y, color}, …]}"
)]
pub enum PlacementsBody {
    /// Several, made in order; all are checked before the first is made.
    Many {
        /// The placements.
        placements: Vec<PlacementBody>,
    },
    /// One.
    One(PlacementBody),
}

/// A cell to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementBody {
    /// The client's own name for the placement, 1 to 64 printable ASCII characters; a UUID is a
    /// good one. Sending it again is safe: the placement is made once.
    #[schema(example = "7b0c1f9e-8a53-4f6e-9d6c-0a1b2c3d4e5f")]
    id: String,
    /// Column, from 0.
    #[schema(minimum = 0)]
    x: i64,
    /// Row, from 0.
    #[schema(minimum = 0)]
    y: i64,
    /// Palette index, from 0.
    #[schema(minimum = 0, maximum = 254)]
    color: i64,
}

/// Placements that were made.
#[derive(Serialize, ToSchema)]
pub struct PlacedJson {
    /// The client's name for the last one.
    pub id: String,
    /// The version of the last one.
    pub version: u64,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Every placement of the request, in order.
    pub placements: Vec<PlacementJson>,
    /// Until when the last one can be taken back, RFC 3339.
    pub undo_until: String,
    /// Until when the seat is kept without another placement or undo, RFC 3339; null when it is
    /// over already.
    #[schema(required = true)]
    pub playing_until: Option<String>,
    /// What the player may do next.
    #[serde(flatten)]
    pub charges: ChargesJson,
}

/// A placement that was made.
#[derive(Serialize, ToSchema)]
pub struct PlacementJson {
    /// The client's name for it.
    pub id: String,
    /// Its version.
    pub version: u64,
}

/// A player's charges.
#[derive(Serialize, ToSchema)]
pub struct ChargesJson {
    /// Charges now.
    pub charges: u16,
    /// The most charges one can hold.
    pub max_charges: u16,
    /// When the next charge comes, RFC 3339; null when all are there.
    #[schema(required = true)]
    pub next_charge_at: Option<String>,
}

/// An undo that was made.
#[derive(Serialize, ToSchema)]
pub struct UndoneJson {
    /// The undo's own version.
    pub version: u64,
    /// When it was made, RFC 3339.
    pub at: String,
    /// Until when the seat is kept without another placement or undo, RFC 3339; null when it is
    /// over already.
    #[schema(required = true)]
    pub playing_until: Option<String>,
    /// What the player may do next; the charge has come back.
    #[serde(flatten)]
    pub charges: ChargesJson,
}

/// Place one cell or several; the answer comes when they are durable
#[utoipa::path(
    post, path = "/canvases/{canvas}/placements",
    operation_id = "place", tag = "play",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = PlacementsBody,
    responses(
        (status = 201, body = PlacedJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_placement_id, \
            empty_batch, batch_too_large, repeated_cell, out_of_bounds, not_in_palette"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "banned, not_open, human_check_required, \
            cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "not_playing, no_round, round_closed, \
            unchanged"),
        (status = 413, body = ErrorBody, description = "body_too_large"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 423, body = ErrorBody, description = "canvas_locked"),
        (status = 429, body = ErrorBody, description = "cooling_down, rate_limited, with \
            retry_after_ms"),
        (status = 503, body = ErrorBody, description = "unavailable: send the same ids again"),
    ),
)]
pub async fn create(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    player: Player,
    JsonBody(body): JsonBody<PlacementsBody>,
) -> Result<(StatusCode, Json<PlacedJson>), ApiError> {
    let live = app.canvas(&canvas)?;
    let requests = requests(body, app.config.limits.max_batch)?;
    let now = UnixMs::now();
    human_check::before_placing(&app, player.id, now)?;
    let placed = place(live, &app.seats, player.id, &requests, now).await;
    count_outcome(placed.as_ref().map(|placed| placed.placements.len()));
    let placed = placed?;
    let all = requests.iter().zip(&placed.placements);
    let placements: Vec<_> = all
        .map(|(request, (version, _))| PlacementJson {
            id: request.key.to_string(),
            version: version.0,
        })
        .collect();
    let (Some(last), Some((_, at))) = (placements.last(), placed.placements.last()) else {
        return Err(empty_batch());
    };
    let answer = PlacedJson {
        id: last.id.clone(),
        version: last.version,
        at: rfc3339(*at),
        undo_until: rfc3339(at.plus_ms(i64::from(UNDO_WINDOW_MS))),
        playing_until: placed.playing_until.map(rfc3339),
        charges: charges(placed.max_charges, placed.allowance),
        placements,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Take back a placement of one's own, within 5 seconds and while nobody has placed over it
#[utoipa::path(
    post, path = "/canvases/{canvas}/placements/{version}/undo",
    operation_id = "undo_placement", tag = "play",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("version" = u64, Path, description = "The placement's version"),
    ),
    responses(
        (status = 200, body = UndoneJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "banned, not_yours, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, undo_unknown"),
        (status = 409, body = ErrorBody, description = "not_playing, round_closed, \
            undo_too_late, undo_overwritten"),
        (status = 423, body = ErrorBody, description = "canvas_locked"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable: try again"),
    ),
)]
pub async fn undo_one(
    State(app): State<Shared>,
    Segments((canvas, version)): Segments<(String, u64)>,
    player: Player,
) -> Result<Json<UndoneJson>, ApiError> {
    let live = app.canvas(&canvas)?;
    let undone = undo(live, &app.seats, player.id, Version(version), UnixMs::now()).await?;
    metrics::counter!("canvas_undos_total").increment(1);
    Ok(Json(UndoneJson {
        version: undone.version.0,
        at: rfc3339(undone.at),
        playing_until: undone.playing_until.map(rfc3339),
        charges: charges(undone.max_charges, undone.allowance),
    }))
}

fn requests(body: PlacementsBody, max_batch: u32) -> Result<Vec<PlaceRequest>, ApiError> {
    let placements = match body {
        PlacementsBody::Many { placements } => placements,
        PlacementsBody::One(placement) => vec![placement],
    };
    if placements.is_empty() {
        return Err(empty_batch());
    }
    if placements.len() > max_batch as usize {
        let given = placements.len();
        let message = format!("the batch has {given} placements; send at most {max_batch} at once");
        return Err(ApiError::new(ErrorCode::BatchTooLarge, message));
    }
    placements.into_iter().map(request).collect()
}

fn request(body: PlacementBody) -> Result<PlaceRequest, ApiError> {
    let parsed: Result<PlacementKey, _> = body.id.parse();
    let key =
        parsed.map_err(|error| ApiError::new(ErrorCode::InvalidPlacementId, error.to_string()))?;
    let (Ok(x), Ok(y)) = (u16::try_from(body.x), u16::try_from(body.y)) else {
        let (x, y) = (body.x, body.y);
        let message = format!("cell ({x}, {y}) is outside any canvas; see the canvas's size");
        return Err(ApiError::new(ErrorCode::OutOfBounds, message));
    };
    let Ok(color) = u8::try_from(body.color) else {
        let color = body.color;
        let message = format!("color {color} is no palette index; see the canvas's palette");
        return Err(ApiError::new(ErrorCode::NotInPalette, message));
    };
    Ok(PlaceRequest {
        key,
        proposal: Proposal {
            cell: Cell::new(x, y),
            color: PaletteIndex(color),
        },
    })
}

fn empty_batch() -> ApiError {
    ApiError::new(
        ErrorCode::EmptyBatch,
        "the batch has no placement; send at least one",
    )
}

pub(super) fn charges(max_charges: u16, allowance: Allowance) -> ChargesJson {
    ChargesJson {
        charges: allowance.charges,
        max_charges,
        next_charge_at: allowance.next_charge_at.map(rfc3339),
    }
}

fn count_outcome(outcome: Result<usize, &PlaceError>) {
    let (label, count) = match outcome {
        Ok(placements) => ("placed", placements),
        Err(PlaceError::Rejected { .. }) => ("rejected", 1),
        Err(PlaceError::Unavailable { .. }) => ("unavailable", 1),
        Err(PlaceError::Refused { .. }) => ("refused", 1),
    };
    metrics::counter!("canvas_placements_total", "outcome" => label).increment(count as u64);
}
