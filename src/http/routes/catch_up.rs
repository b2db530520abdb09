//! "I have version V of round R": what brings a client to now.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use event_store::{RoundId, Version};
use projections::catch_up::{CatchUp, CatchUpError, KeptSnapshot, Load, Position, catch_up};
use projections::{Changes, Delta};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::media::{MSGPACK, prefers_json};
use crate::live::info::{CanvasInfo, SnapshotInfo, snapshot_url};
use crate::live::{LiveCanvas, frames};

/// Where a client stands.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CatchUpQuery {
    /// The newest version that the client has.
    after: u64,
    /// The round that this version belongs to.
    round: u32,
}

/// What brings a client to now, as JSON.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CatchUpJson {
    /// The cells that changed.
    Delta {
        /// The client's version.
        after: u64,
        /// The version that it has then.
        to: u64,
        /// Each changed cell as its index by rows and its colour.
        cells: Vec<(u32, u8)>,
    },
    /// A snapshot to load, and the cells that changed after it.
    Snapshot {
        /// The round.
        round: u32,
        /// Where the snapshot is.
        snapshot: SnapshotInfo,
        /// The version that the client has then.
        to: u64,
        /// Each changed cell as its index by rows and its colour.
        cells: Vec<(u32, u8)>,
    },
    /// The client's round is over: begin anew with this.
    Round {
        /// The canvas as it is now.
        info: Box<CanvasInfo>,
    },
}

/// What brings a client from its version to now: a delta, or a snapshot and a delta, or a new round
#[utoipa::path(
    get, path = "/canvases/{canvas}/catch-up",
    operation_id = "catch_up", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug"), CatchUpQuery),
    responses(
        (status = 200, description = "MessagePack frames as in the feed, or JSON by `Accept`",
            content((CatchUpJson = "application/json"), (String = "application/msgpack"))),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "no_round, version_ahead"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<CatchUpQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let position = Position {
        version: Version(query.after),
        round: RoundId(query.round),
    };
    let answer = decide(&app, live, position).await?;
    let mut response = match prefers_json(&headers) {
        true => Json(as_json(live, answer)).into_response(),
        false => as_frames(live, answer).into_response(),
    };
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    Ok(response)
}

/// Decides; makes a snapshot of now when none is near enough, which happens after a reshape or a
/// burst.
async fn decide(app: &Shared, live: &LiveCanvas, position: Position) -> Result<CatchUp, ApiError> {
    /// A second turn finds the snapshot that the first one made; a third is for a canvas that was
    /// reshaped in between.
    const MAX_TURNS: usize = 3;
    for _ in 0..MAX_TURNS {
        let newest = live.published().newest().map(|newest| KeptSnapshot {
            version: newest.version,
            bytes: newest.compressed_bytes(),
        });
        let decided =
            live.read(|state| catch_up(position, &state.canvas, state.recent.pool(), newest));
        let answer = decided.map_err(refused)?;
        let is_loadable = match &answer {
            CatchUp::Delta(_) | CatchUp::NewRound { .. } => true,
            CatchUp::Snapshot { load, .. } => load.is_kept,
        };
        if is_loadable {
            return Ok(answer);
        }
        // A crowd that comes at once shares the snapshot that the first of them makes.
        let _making = app.drawing.acquire().await.map_err(|error| {
            // The semaphore is only closed when the server stops.
            ApiError::fault(ErrorCode::Unavailable, &error)
        })?;
        let newest_now = live.published().newest().map(|newest| newest.version);
        if newest_now != newest.map(|newest| newest.version) {
            continue;
        }
        let published = live.publish_snapshot().await;
        published.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?;
    }
    let message = "the canvas changes faster than it can be told; try again";
    Err(ApiError::new(ErrorCode::Unavailable, message).retry_after_ms(1_000))
}

fn refused(error: CatchUpError) -> ApiError {
    match error {
        CatchUpError::NoRound => ApiError::new(
            ErrorCode::NoRound,
            "no round has been opened yet; wait until one is",
        ),
        CatchUpError::Future { version, head } => {
            let message =
                format!("the canvas is at version {head}, not yet at {version}; try again");
            ApiError::new(ErrorCode::VersionAhead, message).retry_after_ms(100)
        }
        CatchUpError::UnknownRound { round } => {
            let message = format!("the canvas has no round {round}; see the canvas's `round`");
            ApiError::new(ErrorCode::InvalidRequest, message)
        }
    }
}

fn as_frames(live: &LiveCanvas, answer: CatchUp) -> impl IntoResponse {
    let frame = match answer {
        CatchUp::Delta(delta) => frames::delta(&delta),
        CatchUp::Snapshot { round, load } => {
            let url = snapshot_url(live.slug(), load.snapshot);
            frames::snapshot(round, &url, &load.delta)
        }
        CatchUp::NewRound { .. } => frames::round(&live.info()),
    };
    ([(header::CONTENT_TYPE, MSGPACK)], frame)
}

fn as_json(live: &LiveCanvas, answer: CatchUp) -> CatchUpJson {
    let cells = |delta: &Delta| {
        let all = live
            .read(|state| state.canvas.size())
            .map_or(0, |size| size.cells());
        let changes = Changes::decode(&delta.bin, all).unwrap_or_default();
        let pair = |change: &projections::CellChange| (change.index, change.color.0);
        changes.as_slice().iter().map(pair).collect()
    };
    match answer {
        CatchUp::Delta(delta) => CatchUpJson::Delta {
            after: delta.after.0,
            to: delta.to.0,
            cells: cells(&delta),
        },
        CatchUp::Snapshot {
            round,
            load: Load {
                snapshot, delta, ..
            },
        } => CatchUpJson::Snapshot {
            round: round.0,
            snapshot: SnapshotInfo {
                version: snapshot.0,
                url: snapshot_url(live.slug(), snapshot),
            },
            to: delta.to.0,
            cells: cells(&delta),
        },
        CatchUp::NewRound { .. } => CatchUpJson::Round {
            info: Box::new(live.info()),
        },
    }
}
