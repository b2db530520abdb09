//! A connection that stays open: a socket of the feed, or an event stream.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Shared;
use super::error::{ApiError, ErrorCode};
use crate::limits::ConnectionGuard;

/// How long a client with too many connections is asked to wait, in milliseconds.
const RETRY_AFTER_MS: u64 = 10_000;

/// A place among the long-lived connections of the request's client, for as long as it is kept.
pub struct LongConnection(pub ConnectionGuard);

impl FromRequestParts<Shared> for LongConnection {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let client = app.addresses.client(&parts.extensions, &parts.headers);
        if client.is_exempt {
            return Ok(Self(ConnectionGuard::exempt()));
        }
        let entered = app.limits.connections.enter(client.address);
        entered.map(Self).ok_or_else(|| {
            metrics::counter!("canvas_connections_refused_total").increment(1);
            let message = "your network has as many open connections as it may; close one first";
            ApiError::new(ErrorCode::TooManyConnections, message).retry_after_ms(RETRY_AFTER_MS)
        })
    }
}
