//! The canvas as a picture.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use event_store::{Region, Version};
use projections::at::CanvasAt;
use projections::image::{self, ImageError};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::past::{canvas_at, reached, version_at};
use crate::http::region::parse_region;
use crate::http::timestamp::parse_rfc3339;

/// Which picture.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImageQuery {
    /// The version to show; now when neither this nor `time` is given.
    version: Option<u64>,
    /// The moment to show, RFC 3339.
    time: Option<String>,
    /// The part to show, `x,y,width,height` in cells; all when left out.
    region: Option<String>,
    /// Pixels per cell, 1 to 32; 1 when left out.
    scale: Option<u16>,
}

/// The canvas, or a part of it, at any version or time, as an indexed PNG
#[utoipa::path(
    get, path = "/canvases/{canvas}/image.png",
    operation_id = "get_image", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug"), ImageQuery),
    responses(
        (status = 200, content_type = "image/png", description = "Cells that are not open are \
            transparent; the header `x-canvas-version` is the version shown"),
        (status = 400, body = ErrorBody, description = "invalid_request, image_too_large"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, version_not_found"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<ImageQuery>,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let region = query.region.as_deref().map(parse_region).transpose()?;
    let scale = query.scale.unwrap_or(1);
    let wanted = wanted_version(&app, &query).await?;
    let _drawing = app.drawing.acquire().await.map_err(|error| {
        // The semaphore is only closed when the server stops.
        ApiError::fault(ErrorCode::Unavailable, &error)
    })?;
    let newest = live.version();
    let version = wanted.unwrap_or(newest);
    let shown = canvas_at(&app, version).await?;
    let drawn = tokio::task::spawn_blocking(move || draw(&shown, region, scale)).await;
    let png = drawn.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))??;
    // At the log's end, a time still means whatever happens until then.
    let is_final = query.version.is_some() || wanted.is_some_and(|version| version < newest);
    let caching = match is_final {
        true => "public, max-age=31536000, immutable",
        false => "public, max-age=1",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (
            HeaderName::from_static("x-canvas-version"),
            HeaderValue::from(version.0),
        ),
    ];
    Ok((headers, png).into_response())
}

/// The version asked for; none for now.
async fn wanted_version(app: &App, query: &ImageQuery) -> Result<Option<Version>, ApiError> {
    match (query.version, &query.time) {
        (Some(_), Some(_)) => {
            let message = "give either `version` or `time`, not both";
            Err(ApiError::new(ErrorCode::InvalidRequest, message))
        }
        (None, None) => Ok(None),
        (Some(version), None) => reached(app, version).map(Some),
        (None, Some(time)) => {
            let at = parse_rfc3339(time).ok_or_else(|| {
                let message = format!("`{time}` is not a time; write 2022-04-04T00:53:51Z");
                ApiError::new(ErrorCode::InvalidRequest, message)
            })?;
            Ok(Some(version_at(app, at).await?))
        }
    }
}

fn draw(shown: &CanvasAt, region: Option<Region>, scale: u16) -> Result<Vec<u8>, ApiError> {
    image::png(&shown.grid, &shown.palette, region, scale).map_err(|error| match error {
        ImageError::Encode(_) => ApiError::fault(ErrorCode::Internal, &error),
        ImageError::Pixels { .. } => {
            let message = format!("{error}; ask for a smaller region or scale");
            ApiError::new(ErrorCode::ImageTooLarge, message)
        }
        ImageError::Scale { .. } | ImageError::Region { .. } => {
            ApiError::new(ErrorCode::InvalidRequest, error.to_string())
        }
    })
}
