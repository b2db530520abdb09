//! Health, metrics and the description of the interface.

use std::fmt::Write as _;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use crate::http::openapi::document;
use crate::http::{Shared, error::ApiError, error::ErrorCode};

/// How far a gateway may lag behind the log and still be ready, in events.
const MAX_READY_LAG_EVENTS: u64 = 100_000;

/// The interface as OpenAPI
pub async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}

/// Says that the process runs.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// Says whether the gateway can serve: the log answers, and the canvas is near its end.
pub async fn readyz(State(app): State<Shared>) -> Result<&'static str, ApiError> {
    let not_ready =
        |message: &str| ApiError::new(ErrorCode::Unavailable, message).retry_after_ms(1_000);
    if app.stopping.is_cancelled() {
        return Err(not_ready("the server stops"));
    }
    let last = app.live.store().last().await.map_err(|error| {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "log does not answer"
        );
        not_ready("the log cannot be reached")
    })?;
    if last.events_since(app.live.version()) > MAX_READY_LAG_EVENTS {
        return Err(not_ready("the canvas is still being folded"));
    }
    Ok("ok\n")
}

/// The metrics, in Prometheus's text format
pub async fn metrics(State(app): State<Shared>) -> Response {
    let media_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (StatusCode::OK, media_type, app.metrics.render()).into_response()
}

/// The interface as a page, made from the OpenAPI document.
pub async fn docs() -> Html<String> {
    let document = serde_json::to_value(document()).unwrap_or_default();
    Html(as_page(&document))
}

fn as_page(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content='width=device-width'><title>Pixel Wars: HTTP interface</title>\
         <h1>Pixel Wars: HTTP interface</h1>\
         <p>For programs: <a href=/api/v1/openapi.json>openapi.json</a></p>",
    );
    let text = |value: &Value| escape(value.as_str().unwrap_or_default());
    let _ = write!(page, "<p>{}</p>", text(&document["info"]["description"]));
    let paths = document["paths"].as_object();
    for (path, operations) in paths.into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let method = escape(&method.to_uppercase());
            let (path, summary) = (escape(path), text(&operation["summary"]));
            let _ = write!(
                page,
                "<h2><code>{method} /api/v1{path}</code></h2><p>{summary}</p><ul>"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let (name, about) = (text(&parameter["name"]), text(&parameter["description"]));
                let place = text(&parameter["in"]);
                let _ = write!(page, "<li><code>{name}</code> ({place}): {about}</li>");
            }
            for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
                let (status, about) = (escape(status), text(&answer["description"]));
                let _ = write!(page, "<li><b>{status}</b> {about}</li>");
            }
            page.push_str("</ul>");
        }
    }
    page
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
