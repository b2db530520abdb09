//! What canvases there are, and what a client needs to know of one.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::extract::Segments;
use crate::live::info::CanvasInfo;

/// The canvases of a deployment.
#[derive(Serialize, ToSchema)]
pub struct CanvasList {
    /// Each canvas as it is now.
    pub canvases: Vec<CanvasInfo>,
}

/// The canvases
#[utoipa::path(
    get, path = "/canvases",
    operation_id = "list_canvases", tag = "canvas",
    responses((status = 200, body = CanvasList)),
)]
pub async fn list(State(app): State<Shared>) -> Json<CanvasList> {
    Json(CanvasList {
        canvases: vec![app.live.info()],
    })
}

/// One canvas: its round, size, palette, rules and newest snapshot
#[utoipa::path(
    get, path = "/canvases/{canvas}",
    operation_id = "get_canvas", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = CanvasInfo),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
) -> Result<Json<CanvasInfo>, ApiError> {
    Ok(Json(app.canvas(&canvas)?.info()))
}
