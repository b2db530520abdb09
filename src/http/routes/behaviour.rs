//! How players place, for moderators.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use event_store::{PlayerId, UnixMs};
use projections::behaviour::Statistics;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::cells::PlayerJson;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::moderator::Moderator;
use crate::http::{Shared, rfc3339};
use crate::live::LiveCanvas;

/// How long a client is asked to wait while the log is being read, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// How many players the list has when the moderator does not say.
const DEFAULT_LIMIT: usize = 20;

/// The most players of the list.
const MAX_LIMIT: usize = 100;

/// How a player places. None of it proves anything.
#[derive(Serialize, ToSchema)]
pub struct BehaviourJson {
    /// Who.
    pub player: PlayerJson,
    /// How much this looks like a script, 0 to 100; 0 while too little is known.
    pub risk: u8,
    /// How many placements are known.
    pub placements: u32,
    /// The mean interval between two of them in milliseconds, without pauses of over 10 minutes;
    /// null without any.
    #[schema(required = true)]
    pub mean_interval_ms: Option<f64>,
    /// The standard deviation of these intervals in milliseconds.
    #[schema(required = true)]
    pub interval_deviation_ms: Option<f64>,
    /// In how many of the last 24 hours the player placed.
    pub active_hours: u32,
    /// The share of placements that came next in a raster: right of the last one, or at the start
    /// of the next row; 0 to 1.
    pub raster_share: f64,
    /// When the last placement was made, RFC 3339.
    pub last_placed_at: String,
}

/// The players who place most like a script.
#[derive(Serialize, ToSchema)]
pub struct RiskiestJson {
    /// The highest score first; players with a score of 0 are not among them.
    pub players: Vec<BehaviourJson>,
}

/// How long the list is to be.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RiskiestQuery {
    /// The most players, 1 to 100; 20 when left out.
    limit: Option<usize>,
}

/// How one player places, for moderators
#[utoipa::path(
    get, path = "/canvases/{canvas}/players/{player}/behaviour",
    operation_id = "get_behaviour", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("player" = String, Path, description = "The player's id"),
    ),
    responses(
        (status = 200, body = BehaviourJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, player_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    _: Moderator,
    Segments((canvas, player)): Segments<(String, String)>,
) -> Result<Json<BehaviourJson>, ApiError> {
    let live = app.canvas(&canvas)?;
    let player: PlayerId = player.parse().map_err(|_| {
        let message = "a player's id is 16 hexadecimal digits";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })?;
    let now = UnixMs::now();
    let known = look(live, |behaviour| behaviour.of(player, now))?;
    let statistics = known.ok_or_else(|| {
        let message = "this player has placed nothing that is remembered";
        ApiError::new(ErrorCode::PlayerNotFound, message)
    })?;
    let names = names(&app, &[player]).await?;
    Ok(Json(described(player, &statistics, &names)))
}

/// The players who place most like a script, for moderators
#[utoipa::path(
    get, path = "/canvases/{canvas}/behaviour",
    operation_id = "list_riskiest", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug"), RiskiestQuery),
    responses(
        (status = 200, body = RiskiestJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn riskiest(
    State(app): State<Shared>,
    _: Moderator,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<RiskiestQuery>,
) -> Result<Json<RiskiestJson>, ApiError> {
    let live = app.canvas(&canvas)?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit is {limit}; use 1 to {MAX_LIMIT}");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let now = UnixMs::now();
    let riskiest = look(live, |behaviour| behaviour.riskiest(limit, now))?;
    let ids: Vec<PlayerId> = riskiest.iter().map(|(player, _)| *player).collect();
    let names = names(&app, &ids).await?;
    let players = riskiest.iter();
    let players = players.map(|(player, known)| described(*player, known, &names));
    Ok(Json(RiskiestJson {
        players: players.collect(),
    }))
}

fn look<T>(
    live: &LiveCanvas,
    look: impl FnOnce(&projections::Behaviour) -> T,
) -> Result<T, ApiError> {
    let looked = live.read(|state| state.behaviour.as_ref().map(look));
    looked.ok_or_else(|| {
        let message = "the log is still being read after a start; try again";
        ApiError::new(ErrorCode::HistoryNotReady, message).retry_after_ms(RETRY_AFTER_MS)
    })
}

async fn names(app: &Shared, ids: &[PlayerId]) -> Result<HashMap<PlayerId, String>, ApiError> {
    let names = app.players.names_of(ids).await;
    names.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))
}

fn described(
    player: PlayerId,
    known: &Statistics,
    names: &HashMap<PlayerId, String>,
) -> BehaviourJson {
    let name = names.get(&player).cloned();
    let has_pace = known.intervals > 0;
    BehaviourJson {
        player: PlayerJson {
            id: player.to_string(),
            name: name.unwrap_or_else(|| player.to_string()),
        },
        risk: known.risk(),
        placements: known.placements,
        mean_interval_ms: has_pace.then_some(known.mean_interval_ms),
        interval_deviation_ms: has_pace.then_some(known.interval_deviation_ms),
        active_hours: known.active_hours,
        raster_share: known.raster_share,
        last_placed_at: rfc3339(known.last_at),
    }
}
