//! The files that history is made of, and what to know before loading one.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event_store::{CanvasSlug, RoundId, Version};

use super::snapshots::{IMMUTABLE, respond, snapshot_encoding};
use crate::history::Manifest;
use crate::http::Shared;
use crate::http::conditional::is_known;
use crate::http::encoding::Encoding;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::Segments;
use crate::http::past::no_answer;
use crate::live::published::PublishedSnapshot;

/// What changes with every event; a shared cache may answer a crowd for a second.
const BRIEF: HeaderValue = HeaderValue::from_static("public, max-age=1");

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The path of a canvas's history on this server.
fn base(canvas: &CanvasSlug) -> String {
    format!("/api/v1/canvases/{canvas}/history")
}

/// The rounds of the canvas, and the files that hold every event: see `docs/FORMATS.md`, "Segment"
#[utoipa::path(
    get, path = "/canvases/{canvas}/history",
    operation_id = "get_history", tag = "history",
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = Manifest),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready"),
    ),
)]
pub async fn manifest(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let known = app.history.index();
    let (index, open) = known.ok_or_else(|| no_answer(&crate::history::HistoryError::NotReady))?;
    let rounds = live.read(|state| state.canvas.rounds().to_vec());
    let base = base(live.slug());
    let manifest = Manifest::new(live.slug(), &rounds, &index, open, &base);
    Ok(([(header::CACHE_CONTROL, BRIEF)], Json(manifest)).into_response())
}

/// A closed segment: events that never change, in the form of `docs/FORMATS.md`, "Segment"
#[utoipa::path(
    get, path = "/canvases/{canvas}/history/segments/{number}",
    operation_id = "get_segment", tag = "history",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("number" = u32, Path, description = "The segment's number"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", description = "The file, as it \
            is stored; the `ETag` is the hash of its content"),
        (status = 304, description = "The client has it"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, segment_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn segment(
    State(app): State<Shared>,
    Segments((canvas, number)): Segments<(String, u32)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let found = app.history.segment_file(number).await;
    let (entry, bytes) = found.map_err(|error| no_answer(&error))?;
    let etag = format!("\"{}\"", entry.hash.to_hex());
    if is_known(&headers, &etag) {
        return Ok(respond(StatusCode::NOT_MODIFIED, &etag, Body::empty()));
    }
    let mut response = respond(StatusCode::OK, &etag, Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, OCTETS);
    Ok(response)
}

/// The events since the last closed segment, in the same form; provisional: pseudonyms of players
/// who are new to the round may be others once it is closed
#[utoipa::path(
    get, path = "/canvases/{canvas}/history/segments/open",
    operation_id = "get_open_segment", tag = "history",
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, content_type = "application/octet-stream", description = "The header \
            `x-canvas-version` is the version of the last event"),
        (status = 304, description = "Nothing happened since the client asked"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, segment_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready"),
    ),
)]
pub async fn open_segment(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let found = app.history.open_file().await;
    let file = found.map_err(|error| no_answer(&error))?.ok_or_else(|| {
        let message = "nothing happened since the last segment was closed";
        ApiError::new(ErrorCode::SegmentNotFound, message)
    })?;
    let etag = format!("\"{}\"", blake3::hash(&file.bytes).to_hex());
    let is_known = is_known(&headers, &etag);
    let (status, body) = match is_known {
        true => (StatusCode::NOT_MODIFIED, Body::empty()),
        false => (StatusCode::OK, Body::from(file.bytes)),
    };
    let mut response = respond(status, &etag, body);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, BRIEF);
    headers.insert(
        HeaderName::from_static("x-canvas-version"),
        HeaderValue::from(file.last.0),
    );
    if !is_known {
        headers.insert(header::CONTENT_TYPE, OCTETS);
    }
    Ok(response)
}

/// The canvas at the end of a closed segment, in the form of `docs/FORMATS.md`, "Keyframe"
#[utoipa::path(
    get, path = "/canvases/{canvas}/history/keyframes/{version}",
    operation_id = "get_keyframe", tag = "history",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("version" = u64, Path, description = "The last version of a closed segment"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", description = "The keyframe; \
            `Content-Encoding` is zstd, br or gzip as the client accepts"),
        (status = 304, description = "The client has it"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, keyframe_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn keyframe(
    State(app): State<Shared>,
    Segments((canvas, version)): Segments<(String, u64)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let version = Version(version);
    let found = app.history.keyframe_file(version).await;
    let kept = found.map_err(|error| no_answer(&error))?;
    let encoding = Encoding::accepted(&headers, &Encoding::ALL);
    // Equal content in another encoding is another representation.
    let etag = format!(
        "\"{}-{}\"",
        kept.hash.to_hex(),
        encoding.name().unwrap_or("plain")
    );
    if is_known(&headers, &etag) {
        return Ok(respond(StatusCode::NOT_MODIFIED, &etag, Body::empty()));
    }
    let file = PublishedSnapshot::new(version, RoundId::default(), kept.compressed);
    let encoded = file.encoded(snapshot_encoding(encoding)).await;
    let bytes = encoded.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?;
    let mut response = respond(StatusCode::OK, &etag, Body::from(bytes));
    encoding.set_headers(response.headers_mut());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, OCTETS);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
    Ok(response)
}
