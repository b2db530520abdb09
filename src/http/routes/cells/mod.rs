//! One cell: what it holds, who set it, and everything that it held in a round.

mod answer;
mod found;
mod moment;

use axum::Json;
use axum::extract::State;
use event_store::event::Size;
use event_store::{Cell, PlayerId, RoundId, Version};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};

pub use answer::{CellJson, PlayerJson};
pub(super) use found::read_one;

use found::{Page, Sought};
use moment::{Coordinates, Shown};

/// How many entries a page of a cell's history has when the client does not say.
const DEFAULT_LIMIT: usize = 20;

/// The most entries in a page: each is read from the log on its own.
const MAX_LIMIT: usize = 100;

/// Which moment of a cell, and which part of its history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CellQuery {
    /// The cell at the end of this round; of the newest when left out.
    round: Option<u32>,
    /// The cell right after this version; now, or at the end of `round`, when left out.
    version: Option<u64>,
    /// Only entries of versions before this one.
    before: Option<u64>,
    /// The most entries, 1 to 100; 20 when left out.
    limit: Option<usize>,
}

/// A cell as somebody saw it.
pub(super) struct CellThen {
    /// Where.
    pub(super) cell: Cell,
    /// The version that showed it.
    pub(super) version: Version,
    /// In which round.
    pub(super) round: RoundId,
    /// How large the canvas was.
    pub(super) size: Size,
    /// Who had set it; none for nobody, and where it cannot be found out.
    pub(super) author: Option<PlayerId>,
}

/// The cell right after `version`; the newest when there is none.
pub(super) async fn cell_then(
    app: &Shared,
    x: i64,
    y: i64,
    version: Option<u64>,
) -> Result<CellThen, ApiError> {
    let query = CellQuery {
        round: None,
        version,
        before: None,
        limit: None,
    };
    let shown = Shown::of(app, Coordinates { x, y }, &query).await?;
    let newest = Version(shown.end.0.saturating_sub(1));
    Ok(CellThen {
        cell: shown.cell,
        version: version.map_or(newest, Version),
        round: shown.round.round,
        size: shown.size,
        author: shown.content.author,
    })
}

/// A cell with who set it, and its history in the round: now, at a round's end, or at any version
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
        (status = 404, body = ErrorBody, description = "canvas_not_found, round_not_found, \
            version_not_found"),
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
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit is {limit}; use 1 to {MAX_LIMIT}");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let shown = Shown::of(&app, Coordinates { x, y }, &query).await?;
    let set_by = match shown.content.version {
        Version::ZERO => None,
        version => read_one(live, version).await?,
    };
    let set_at = set_by.as_ref().map(|event| event.at);
    // One more than asked for tells what the last one found.
    let sought = Sought {
        before: query.before.map_or(shown.end, Version),
        limit: limit + 1,
    };
    let page = match sought.look(&app, &shown).await {
        Ok(page) => page,
        Err(_) if shown.is_now && query.before.is_none() => Page::newest_alone(set_by),
        Err(error) => return Err(error),
    };
    let names = answer::names(&app, shown.content.author, &page.events).await?;
    Ok(Json(CellJson::of(&shown, set_at, &page, limit, &names)))
}
