//! What a player did, or what happened in a region, newest first.

use axum::Json;
use axum::extract::State;
use event_store::{PlayerId, RoundId, Version};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::cells::read_one;
use crate::exchange::EventJson;
use crate::history::Look;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::past::no_answer;
use crate::http::region::parse_region;

/// How many events a page has when the client does not say.
const DEFAULT_LIMIT: usize = 50;

/// The most events in a page: each is read from the log on its own.
const MAX_LIMIT: usize = 200;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryEventsQuery {
    /// By this player: 16 hexadecimal digits.
    player: Option<String>,
    /// That set a cell of this region, `x,y,width,height` in cells.
    region: Option<String>,
    /// Of this round; the newest when left out.
    round: Option<u32>,
    /// Before this version.
    before: Option<u64>,
    /// The most events, 1 to 200; 50 when left out.
    limit: Option<usize>,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct HistoryEventsPage {
    /// The events, newest first. May be fewer than asked for, or none, although more follow.
    pub events: Vec<EventJson>,
    /// The `before` of the next page; null when everything was looked through.
    #[schema(required = true)]
    pub next_before: Option<u64>,
}

/// The placements, undos, erasures and roll-backs of a round, newest first: by a player, in a
/// region, or both
#[utoipa::path(
    get, path = "/canvases/{canvas}/history/events",
    operation_id = "list_history_events", tag = "history",
    params(("canvas" = String, Path, description = "The canvas's slug"), HistoryEventsQuery),
    responses(
        (status = 200, body = HistoryEventsPage),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "no_round"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<HistoryEventsQuery>,
) -> Result<Json<HistoryEventsPage>, ApiError> {
    let live = app.canvas(&canvas)?;
    let region = query.region.as_deref().map(parse_region).transpose()?;
    let player = query.player.as_deref().map(parse_player).transpose()?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit is {limit}; use 1 to {MAX_LIMIT}");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let (round, newest) = live.read(|state| {
        let wanted = query.round.map(RoundId);
        let mut rounds = state.canvas.rounds().iter().rev();
        let found = rounds.find(|round| wanted.is_none_or(|wanted| round.round == wanted));
        (found.cloned(), state.canvas.version())
    });
    let round = round.ok_or_else(|| {
        let message = "there is no such round; the manifest of history lists them";
        ApiError::new(ErrorCode::NoRound, message)
    })?;
    let caught_up = app.history.wait_for(newest).await;
    caught_up.map_err(|error| no_answer(&error))?;
    // What came after the end of the round changed nothing.
    let end = round.closed.map_or(newest.next(), |closed| closed.version);
    let look = Look {
        round: round.round,
        region,
        player,
        before: query.before.map_or(end, Version).min(end),
        limit,
    };
    let page = app
        .history
        .look(look)
        .await
        .map_err(|error| no_answer(&error))?;
    let mut events = Vec::with_capacity(page.versions.len());
    for version in &page.versions {
        let event = read_one(live, *version).await?;
        events.extend(event.as_ref().map(EventJson::from));
    }
    Ok(Json(HistoryEventsPage {
        events,
        next_before: page.next_before.map(|version| version.0),
    }))
}

fn parse_player(text: &str) -> Result<PlayerId, ApiError> {
    text.parse().map_err(|_| {
        let message = "player is not one; write 16 hexadecimal digits, as in the events";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })
}
