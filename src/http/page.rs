//! The page that is built into the program.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::error::{ApiError, ErrorCode};
use super::security_headers::page_policy;

/// What `npm run build` left in `web/dist`. Debug builds read the folder when asked, release builds
/// carry it.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Page;

/// Said instead of the page when it was not built.
const NOT_BUILT: &str = "The page is not built into this program. Run `make web`, or use the HTTP \
    interface: /docs\n";

/// Serves a file of the page; every path without a file extension is the page itself.
pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    if path.starts_with("api/") {
        let message = format!("there is no /{path}; see /docs for what there is");
        return ApiError::new(ErrorCode::NotFound, message).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let message = "this path can only be read";
        return ApiError::new(ErrorCode::MethodNotAllowed, message).into_response();
    }
    let is_file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    let name = if is_file { path.as_str() } else { "index.html" };
    let mut response = match Page::get(name) {
        Some(file) => found(name, &file),
        None if is_file => {
            let message = format!("there is no /{path}");
            return ApiError::new(ErrorCode::NotFound, message).into_response();
        }
        None => (StatusCode::OK, NOT_BUILT).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, page_policy(&path));
    response
}

fn found(name: &str, file: &rust_embed::EmbeddedFile) -> Response {
    // Vite puts a hash of the content into the names below assets/, so those never change.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(file.data.clone().into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(media_type) = HeaderValue::from_str(file.metadata.mimetype()) {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    response
}
