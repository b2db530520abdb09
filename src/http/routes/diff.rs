//! What is different between two versions.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use event_store::{PaletteIndex, Region};
use projections::at::CanvasAt;
use projections::{CellChange, Changes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::past::{canvas_at, reached};
use crate::http::region::parse_region;

/// Two versions never change any more.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Which versions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The version to compare with.
    from: u64,
    /// The version whose canvas counts; it may be the older one.
    to: u64,
    /// Only this part, `x,y,width,height` in cells.
    region: Option<String>,
}

/// How two versions differ.
#[derive(Serialize, ToSchema)]
pub struct DiffJson {
    /// The version compared with.
    pub from: u64,
    /// The version whose canvas counts.
    pub to: u64,
    /// That canvas's round.
    pub round: u32,
    /// That canvas's columns.
    pub width: u16,
    /// That canvas's rows.
    pub height: u16,
    /// How many of its cells hold another palette index than at `from`, or did not exist then.
    pub changed: u32,
    /// The smallest region with all of them; null when there is none.
    #[schema(required = true)]
    pub region: Option<RegionJson>,
}

/// A rectangle of cells.
#[derive(Serialize, ToSchema)]
pub struct RegionJson {
    /// The leftmost column.
    pub x: u16,
    /// The topmost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// The cells that differ between two versions: how many and where, or, with `Accept:
/// application/octet-stream`, each with its colour at `to`, in the form of `docs/FORMATS.md`,
/// "Delta"
#[utoipa::path(
    get, path = "/canvases/{canvas}/diff",
    operation_id = "get_diff", tag = "history",
    params(("canvas" = String, Path, description = "The canvas's slug"), DiffQuery),
    responses(
        (status = 200, content(
            (DiffJson = "application/json"), (Vec<u8> = "application/octet-stream"),
        )),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, version_not_found"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<DiffQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let region = query.region.as_deref().map(parse_region).transpose()?;
    let (from, to) = (reached(&app, query.from)?, reached(&app, query.to)?);
    let _drawing = app.drawing.acquire().await.map_err(|error| {
        // The semaphore is only closed when the server stops.
        ApiError::fault(ErrorCode::Unavailable, &error)
    })?;
    let (from, to) = (canvas_at(&app, from).await?, canvas_at(&app, to).await?);
    let wants_bytes = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes() == b"application/octet-stream");
    let compare = move || {
        let changes = changes(&from, &to, region);
        match wants_bytes {
            true => Changes::coalesce(changes).encode().into_response(),
            false => Json(describe(&from, &to, &changes)).into_response(),
        }
    };
    let compared = tokio::task::spawn_blocking(compare).await;
    let mut response = compared.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, IMMUTABLE);
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn changes(from: &CanvasAt, to: &CanvasAt, region: Option<Region>) -> Vec<CellChange> {
    let size = to.grid.size();
    let whole = Region {
        x: 0,
        y: 0,
        width: size.width,
        height: size.height,
    };
    let region = region.unwrap_or(whole).clipped_to(size);
    let is_same_shape = from.grid.size() == size;
    let changed = region.cells().filter_map(|cell| {
        let index = size.index_of(cell)?;
        let color = to.grid.color_at(index)?;
        let before = match is_same_shape {
            true => from.grid.color_at(index),
            false => from.grid.color(cell),
        };
        let before = before.unwrap_or(PaletteIndex::NOT_OPEN);
        (before != color).then_some(CellChange { index, color })
    });
    changed.collect()
}

fn describe(from: &CanvasAt, to: &CanvasAt, changes: &[CellChange]) -> DiffJson {
    let size = to.grid.size();
    let cells = changes
        .iter()
        .filter_map(|change| size.cell_at(change.index));
    let bounds = cells.fold(None, |bounds: Option<[u16; 4]>, cell| {
        let [left, top, right, bottom] = bounds.unwrap_or([cell.x, cell.y, cell.x, cell.y]);
        let (left, right) = (left.min(cell.x), right.max(cell.x));
        Some([left, top.min(cell.y), right, bottom.max(cell.y)])
    });
    DiffJson {
        from: from.version.0,
        to: to.version.0,
        round: to.round.0,
        width: size.width,
        height: size.height,
        // The largest canvas has 2^26 cells.
        changed: changes.len() as u32,
        region: bounds.map(|[left, top, right, bottom]| RegionJson {
            x: left,
            y: top,
            width: right - left + 1,
            height: bottom - top + 1,
        }),
    }
}
