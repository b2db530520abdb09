//! A number for every request, in its log lines, its error body and its `x-request-id` header.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
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

/// Makes the id, opens the request's span, lets it be served and sets the header. An id that a
/// client sends is not taken over: it would let strangers write into the log.
pub async fn with_request_id<F: Future<Output = Response>>(
    request: Request,
    serve: impl FnOnce(Request) -> F,
) -> Response {
    let id = new_id();
    let span = tracing::debug_span!("request", request.id = %id, method = %request.method());
    let header = HeaderValue::from_str(&id);
    let served = REQUEST_ID.scope(id, serve(request));
    let mut response = served.instrument(span).await;
    if let Ok(header) = header {
        response.headers_mut().insert(X_REQUEST_ID, header);
    }
    response
}

/// 64 bits in hexadecimal: enough to find a request, not meant to be secret. They count from a
/// random start and are mixed as in SplitMix64 (Steele, Lea and Flood, 2014): asking the system for
/// random bits would be a system call a request.
fn new_id() -> String {
    static NEXT: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(getrandom::u64().unwrap_or_default()));
    let mut bits = NEXT.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    format!("{:016x}", bits ^ (bits >> 31))
}
