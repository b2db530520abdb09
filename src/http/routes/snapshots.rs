//! Snapshots: immutable, and compressed once.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use event_store::{RoundId, Version};

use crate::http::Shared;
use crate::http::conditional::is_known;
use crate::http::encoding::Encoding;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::Segments;
use crate::live::LiveCanvas;
use crate::live::info::snapshot_url;
use crate::live::published::{PublishedSnapshot, SnapshotEncoding};

/// A snapshot never changes: a cache may keep it for a year, the longest that caches honour.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// All cells at one version, in the form of `docs/FORMATS.md`, "Snapshot"
#[utoipa::path(
    get, path = "/canvases/{canvas}/snapshots/{version}",
    operation_id = "get_snapshot", tag = "canvas",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("version" = u64, Path, description = "A version of which a snapshot is kept"),
    ),
    responses(
        (status = 200, content_type = "application/octet-stream", description = "The snapshot; \
            `Content-Encoding` is zstd, br or gzip as the client accepts"),
        (status = 304, description = "The client has it"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, snapshot_not_found"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments((canvas, version)): Segments<(String, u64)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let version = Version(version);
    let etag = format!("\"{version}\"");
    if is_known(&headers, &etag) {
        return Ok(respond(StatusCode::NOT_MODIFIED, &etag, Body::empty()));
    }
    let snapshot = find(live, version).await?;
    let encoding = Encoding::accepted(&headers, &Encoding::ALL);
    let encoded = snapshot.encoded(snapshot_encoding(encoding)).await;
    let bytes = encoded.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?;
    let mut response = respond(StatusCode::OK, &etag, Body::from(bytes));
    encoding.set_headers(response.headers_mut());
    let media_type = HeaderValue::from_static("application/octet-stream");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    Ok(response)
}

/// Where the newest snapshot is
#[utoipa::path(
    get, path = "/canvases/{canvas}/snapshots/latest",
    operation_id = "get_latest_snapshot", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 307, description = "`Location` is the snapshot's own, immutable address"),
        (status = 304, description = "The newest is the one in `If-None-Match`"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, snapshot_not_found"),
    ),
)]
pub async fn latest(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let newest = live.published().newest().ok_or_else(|| {
        let message = "no round has been opened yet, so there is no snapshot; try again later";
        ApiError::new(ErrorCode::SnapshotNotFound, message)
    })?;
    let etag = format!("\"{}\"", newest.version);
    let status = match is_known(&headers, &etag) {
        true => StatusCode::NOT_MODIFIED,
        false => StatusCode::TEMPORARY_REDIRECT,
    };
    let mut response = respond(status, &etag, Body::empty());
    let headers = response.headers_mut();
    // A shared cache may answer a crowd for a second: guests ask every five.
    let brief = HeaderValue::from_static("public, max-age=1");
    headers.insert(header::CACHE_CONTROL, brief);
    if let Ok(location) = HeaderValue::from_str(&snapshot_url(live.slug(), newest.version)) {
        headers.insert(header::LOCATION, location);
    }
    Ok(response)
}

pub(super) fn respond(status: StatusCode, etag: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// The snapshot of a version, from memory or from where snapshots are kept.
async fn find(live: &LiveCanvas, version: Version) -> Result<Arc<PublishedSnapshot>, ApiError> {
    if let Some(published) = live.published().at(version) {
        return Ok(published);
    }
    let kept = live.snapshots().compressed(version).await;
    let kept = kept.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
    let kept = kept.ok_or_else(|| {
        let message = format!(
            "no snapshot of version {version} is kept; \
             `snapshots/latest` leads to one, `image.png?version={version}` draws any version"
        );
        ApiError::new(ErrorCode::SnapshotNotFound, message)
    })?;
    // The round is only told together with a snapshot that was just published.
    let round = RoundId::default();
    Ok(Arc::new(PublishedSnapshot::new(
        version,
        round,
        kept.compressed,
    )))
}

pub(super) fn snapshot_encoding(encoding: Encoding) -> SnapshotEncoding {
    match encoding {
        Encoding::Zstd => SnapshotEncoding::Zstd,
        Encoding::Brotli => SnapshotEncoding::Brotli,
        Encoding::Gzip => SnapshotEncoding::Gzip,
        Encoding::Identity => SnapshotEncoding::Identity,
    }
}
