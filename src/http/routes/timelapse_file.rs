//! The file of a film.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::timelapses::find;
use crate::http::Shared;
use crate::http::byte_range::{ByteRange, may_be_partial};
use crate::http::conditional::is_known;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::Segments;
use crate::timelapse::Format;
use crate::timelapse::jobs::{Description, Known};

/// A film never changes: the same name is the same film.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The file of a film that is done
#[utoipa::path(
    get, path = "/canvases/{canvas}/timelapses/{id}/file",
    operation_id = "get_timelapse_file", tag = "canvas",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("id" = String, Path, description = "The film's name"),
    ),
    responses(
        (status = 200, content_type = "video/mp4", description = "The film, as video/mp4, \
            video/webm, image/gif or image/webp"),
        (status = 206, content_type = "video/mp4", description = "The part that `range` names"),
        (status = 304, description = "The client has it"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, timelapse_not_found"),
        (status = 409, body = ErrorBody, description = "timelapse_not_done"),
        (status = 416, body = ErrorBody, description = "range_not_satisfiable"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments((canvas, id)): Segments<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let Known::Finished(id, finished) = find(&app, &id).await? else {
        let message = "the film has no file; its status tells whether it will have one";
        return Err(ApiError::new(ErrorCode::TimelapseNotDone, message));
    };
    let etag = format!("\"{}\"", id.as_str());
    if is_known(&headers, &etag) {
        return Ok(with_tag(StatusCode::NOT_MODIFIED.into_response(), &etag));
    }
    let length = finished.bytes;
    let asked = ByteRange::of(&headers).filter(|_| may_be_partial(&headers, &etag));
    let range = match asked.map(|asked| asked.within(length)) {
        None => None,
        Some(Some(part)) => Some(part.first..part.last + 1),
        Some(None) => return Ok(outside(length)),
    };
    let opened = app.timelapses.shelf().open(&id, &finished, range.clone());
    let file = opened.await?.ok_or_else(|| {
        let message = "the film has just expired; ask again";
        ApiError::new(ErrorCode::TimelapseNotFound, message)
    })?;
    let sent = file.range.end - file.range.start;
    let body = Body::from_stream(file.into_stream());
    let mut response = with_tag(Response::new(body), &etag);
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let part = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        set(&mut response, header::CONTENT_RANGE, &part);
    }
    set(&mut response, header::CONTENT_LENGTH, &sent.to_string());
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    let media_type = finished.film.format().map(Format::media_type);
    let media_type = media_type.unwrap_or("application/octet-stream");
    set(&mut response, header::CONTENT_TYPE, media_type);
    let name = file_name(&canvas, &finished.film);
    let disposition = format!("attachment; filename=\"{name}\"");
    set(&mut response, header::CONTENT_DISPOSITION, &disposition);
    Ok(response)
}

/// What a browser calls the file. A slug has no characters that would end it.
fn file_name(canvas: &str, film: &Description) -> String {
    let Description {
        round,
        from_version,
        to_version,
        format,
        ..
    } = film;
    format!("{canvas}-{round}-v{from_version}-v{to_version}.{format}")
}

fn with_tag(mut response: Response, etag: &str) -> Response {
    set(&mut response, header::ETAG, etag);
    set(&mut response, header::CACHE_CONTROL, IMMUTABLE);
    response
}

fn outside(length: u64) -> Response {
    let message =
        format!("the file has {length} bytes; ask for a range that begins before its end");
    let mut response = ApiError::new(ErrorCode::RangeNotSatisfiable, message).into_response();
    let size = format!("bytes */{length}");
    set(&mut response, header::CONTENT_RANGE, &size);
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
