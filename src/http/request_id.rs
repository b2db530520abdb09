//! A number for every request, in its log lines, its error body and its `x-request-id` header.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

/// The header that carries the id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request that this task serves; empty outside of one.
pub fn current() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Middleware: makes the id, opens the request's span and sets the header. An id that a client
/// sends is not taken over: it would let strangers write into the log.
pub async fn with_request_id(request: Request, next: Next) -> Response {
    let id = new_id();
    let span = tracing::debug_span!("request", request.id = %id, method = %request.method());
    let header = HeaderValue::from_str(&id);
    let served = REQUEST_ID.scope(id, next.run(request));
    let mut response = served.instrument(span).await;
    if let Ok(header) = header {
        response.headers_mut().insert(X_REQUEST_ID, header);
    }
    response
}

/// 64 random bits in hexadecimal: enough to find a request, not meant to be secret.
fn new_id() -> String {
    let bits = getrandom::u64().unwrap_or_default();
    format!("{bits:016x}")
}
