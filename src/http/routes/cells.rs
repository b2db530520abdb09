//! One cell: what it holds, who set it, and everything that it ever held in this round.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use event_store::event::Size;
use event_store::{Cell, Event, PlayerId, ReadError, Recorded, Region, Version};
use projections::canvas::Round;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::history::Look;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::past::no_answer;
use crate::http::timestamp::rfc3339;
use crate::live::LiveCanvas;

/// How many entries a page of a cell's history has when the client does not say.
const DEFAULT_LIMIT: usize = 20;

/// The most entries in a page: each is read from the log on its own.
const MAX_LIMIT: usize = 100;

/// Which part of a cell's history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CellQuery {
    /// Only entries of versions before this one.
    before: Option<u64>,
    /// The most entries, 1 to 100; 20 when left out.
    limit: Option<usize>,
}

/// A cell as it is now, and what it held before.
#[derive(Serialize, ToSchema)]
pub struct CellJson {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// The palette index that it holds; 255 where nobody can place.
    pub color: u8,
    /// Who set it; null for the round's background and what moderators did.
    #[schema(required = true)]
    pub player: Option<PlayerJson>,
    /// The version that set it; null for the round's background.
    #[schema(required = true)]
    pub version: Option<u64>,
    /// When it was set, RFC 3339.
    #[schema(required = true)]
    pub at: Option<String>,
    /// Everything that set the cell in this round, newest first.
    pub history: Vec<CellEntry>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<u64>,
    /// Whether older entries exist that this server cannot tell right now.
    pub truncated: bool,
}

/// A player, by id and name.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlayerJson {
    /// 16 hexadecimal digits.
    #[schema(example = "0123456789abcdef")]
    pub id: String,
    /// The name; the id again for a player that this server has no name of.
    pub name: String,
}

/// One thing that happened to a cell.
#[derive(Serialize, ToSchema)]
pub struct CellEntry {
    /// The event's version.
    pub version: u64,
    /// When, RFC 3339.
    pub at: String,
    /// The event's kind, as in the events.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The palette index that the cell held before; null where this page does not reach.
    #[schema(required = true)]
    pub from: Option<u8>,
    /// The palette index that the cell held from then on.
    pub color: u8,
    /// Whose act it was; null when a moderator is not named.
    #[schema(required = true)]
    pub player: Option<PlayerJson>,
}

/// A cell: what it holds, who set it and when, and its history in this round, newest first
#[utoipa::path(
    get, path = "/canvases/{canvas}/cells/{x}/{y}",
    operation_id = "get_cell", tag = "canvas",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("x" = u16, Path, description = "Column"), ("y" = u16, Path, description = "Row"),
        CellQuery,
    ),
    responses(
        (status = 200, body = CellJson),
        (status = 400, body = ErrorBody, description = "invalid_request, out_of_bounds"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "no_round"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments((canvas, x, y)): Segments<(String, i64, i64)>,
    Parameters(query): Parameters<CellQuery>,
) -> Result<Json<CellJson>, ApiError> {
    let live = app.canvas(&canvas)?;
    let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else {
        return Err(outside(x, y, live.read(|state| state.canvas.size())));
    };
    let cell = Cell::new(x, y);
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit is {limit}; use 1 to {MAX_LIMIT}");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let found = live.read(|state| {
        let round = state.canvas.round().cloned();
        (state.canvas.cell(cell), round, state.canvas.size())
    });
    let (Some(content), Some(round), _) = found else {
        return Err(outside(x.into(), y.into(), found.2));
    };
    let page = page(&app, cell, &round, query.before.map(Version), limit).await;
    let page = match page {
        Ok(page) => page,
        Err(error) => newest_alone(content.version, query.before).ok_or(error)?,
    };
    let mut events = Vec::with_capacity(page.versions.len());
    for version in &page.versions {
        events.extend(read_one(live, *version).await?);
    }
    let set_at = match content.version {
        Version::ZERO => None,
        version => read_one(live, version).await?.map(|event| event.at),
    };
    let names = names(&app, content.author, &events).await?;
    let player = |id: PlayerId| PlayerJson {
        id: id.to_string(),
        name: names.get(&id).cloned().unwrap_or_else(|| id.to_string()),
    };
    let given = |event: &Recorded| color_given(&event.event, cell).unwrap_or(content.color.0);
    let before = |at: usize| match events.get(at + 1) {
        Some(older) => Some(given(older)),
        None if page.is_truncated || page.next_before.is_some() => None,
        None => Some(round.background.0),
    };
    let entry = |(at, event): (usize, &Recorded)| CellEntry {
        version: event.version.0,
        at: rfc3339(event.at),
        kind: event.event.kind().name(),
        from: before(at),
        color: given(event),
        player: event.event.painter().map(player),
    };
    let shown = events.iter().enumerate().take(limit);
    let next_before = match events.len() > limit {
        true => events.get(limit - 1).map(|last| last.version),
        false => page.next_before,
    };
    Ok(Json(CellJson {
        x,
        y,
        color: content.color.0,
        player: content.author.map(player),
        version: (content.version > Version::ZERO).then_some(content.version.0),
        at: set_at.map(rfc3339),
        history: shown.map(entry).collect(),
        next_before: next_before.map(|version| version.0),
        truncated: page.is_truncated,
    }))
}

/// Part of a cell's history, newest first.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    versions: Vec<Version>,
    next_before: Option<Version>,
    is_truncated: bool,
}

/// The versions that set a cell, one more than asked for: it tells what the last one found.
async fn page(
    app: &Shared,
    cell: Cell,
    round: &Round,
    before: Option<Version>,
    limit: usize,
) -> Result<Page, ApiError> {
    let newest = app.live.version();
    app.history
        .wait_for(newest)
        .await
        .map_err(|error| no_answer(&error))?;
    // What came after the end of the round changed nothing.
    let end = round.closed.map_or(newest.next(), |closed| closed.version);
    let look = Look {
        round: round.round,
        region: Some(Region {
            x: cell.x,
            y: cell.y,
            width: 1,
            height: 1,
        }),
        player: None,
        before: before.unwrap_or(end).min(end),
        limit: limit + 1,
    };
    let found = app.history.look(look).await;
    let found = found.map_err(|error| no_answer(&error))?;
    Ok(Page {
        versions: found.versions,
        next_before: found.next_before,
        is_truncated: false,
    })
}

/// The history as far as the canvas itself knows it: what set the cell last. None when older
/// entries are asked for.
fn newest_alone(set_by: Version, before: Option<u64>) -> Option<Page> {
    let versions = Vec::from_iter((set_by > Version::ZERO).then_some(set_by));
    before.is_none().then_some(Page {
        versions,
        next_before: None,
        is_truncated: true,
    })
}

fn outside(x: i64, y: i64, size: Option<Size>) -> ApiError {
    match size {
        None => ApiError::new(
            ErrorCode::NoRound,
            "no round has been opened yet; wait until one is",
        ),
        Some(size) => {
            let (right, bottom) = (size.width - 1, size.height - 1);
            let message = format!(
                "cell ({x}, {y}) is outside the canvas; \
                 x goes from 0 to {right}, y from 0 to {bottom}"
            );
            ApiError::new(ErrorCode::OutOfBounds, message)
        }
    }
}

/// One event, from memory or from the log.
pub(super) async fn read_one(
    live: &LiveCanvas,
    version: Version,
) -> Result<Option<Recorded>, ApiError> {
    if let Some(event) = live.read(|state| state.recent.event_at(version)) {
        return Ok(Some(event));
    }
    let read: Result<_, ReadError> = live.store().read(version, 1).await;
    let events = read.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
    Ok(events.into_iter().next())
}

async fn names(
    app: &Shared,
    author: Option<PlayerId>,
    events: &[Recorded],
) -> Result<HashMap<PlayerId, String>, ApiError> {
    let mut ids: Vec<PlayerId> = events
        .iter()
        .filter_map(|event| event.event.painter())
        .collect();
    ids.extend(author);
    ids.sort();
    ids.dedup();
    let names = app.players.names_of(&ids).await;
    names.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))
}

/// The colour that an event gave a cell.
fn color_given(event: &Event, cell: Cell) -> Option<u8> {
    match event {
        Event::PlacementMade(made) => Some(made.color.0),
        Event::PlacementUndone(undone) => Some(undone.restored.color.0),
        Event::RegionErased(erased) => Some(erased.color.0),
        Event::CellsRestored(restored) => {
            // The last one counts when a cell is named twice.
            let mut named = restored.cells.iter().rev();
            named
                .find(|restored| restored.cell == cell)
                .map(|found| found.content.color.0)
        }
        Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::CanvasExpanded(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_)
        | Event::RegionProtected(_)
        | Event::RegionUnprotected(_)
        | Event::Announced(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_set_a_cell_is_told_before_its_history_is_read() {
        let set = newest_alone(Version(7), None).unwrap();
        assert_eq!(set.versions, [Version(7)]);
        assert!(set.is_truncated && set.next_before.is_none());
        let background = newest_alone(Version::ZERO, None).unwrap();
        assert!(background.versions.is_empty() && background.is_truncated);
        assert_eq!(newest_alone(Version(7), Some(7)), None);
    }
}
