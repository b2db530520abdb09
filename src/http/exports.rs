//! Which exports run at this gateway, and what is known of them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use indexmap::IndexMap;
use parking_lot::Mutex;
use projections::PseudonymKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Shared;
use super::error::{ApiError, ErrorCode};
use crate::limits::{ConnectionGuard, ConnectionLimits};

/// The most exports at a time: each takes up to a core while its client keeps up, and some 10 MB.
pub const MAX_EXPORTS: usize = 4;

/// The most exports of one address at a time.
const MAX_EXPORTS_PER_CLIENT: u32 = 2;

const _: () = assert!((MAX_EXPORTS_PER_CLIENT as usize) < MAX_EXPORTS);

/// How long an export may take. A client that is slower goes on where it was, with `Range`.
pub(super) const EXPORT_MAX: Duration = Duration::from_secs(3_600);

/// How long a client is asked to wait for a place, in milliseconds.
const RETRY_AFTER_MS: u64 = 10_000;

/// The most exports whose length is remembered.
const MAX_KNOWN_LENGTHS: usize = 1_024;

/// The exports of a gateway.
pub struct Exports {
    /// What the players in them are called by.
    pub(super) pseudonyms: PseudonymKey,
    running: Arc<Semaphore>,
    clients: ConnectionLimits,
    /// How many bytes each has, by its tag, the oldest first. Without it a part of an export costs
    /// two runs.
    lengths: Mutex<IndexMap<String, u64>>,
}

impl Exports {
    /// No exports yet, under pseudonyms of this key.
    pub fn new(pseudonyms: PseudonymKey) -> Self {
        Self {
            pseudonyms,
            running: Arc::new(Semaphore::new(MAX_EXPORTS)),
            clients: ConnectionLimits::new(MAX_EXPORTS_PER_CLIENT),
            lengths: Mutex::default(),
        }
    }

    /// How many bytes the export of a tag has, when that is known.
    pub(super) fn length_of(&self, tag: &str) -> Option<u64> {
        self.lengths.lock().get(tag).copied()
    }

    /// Remembers how many bytes the export of a tag has.
    pub(super) fn has_length(&self, tag: String, bytes: u64) {
        let mut lengths = self.lengths.lock();
        if lengths.len() >= MAX_KNOWN_LENGTHS {
            lengths.shift_remove_index(0);
        }
        lengths.insert(tag, bytes);
    }
}

/// A place among the exports, for as long as it is kept.
pub(super) struct ExportSeat {
    _permit: OwnedSemaphorePermit,
    _client: ConnectionGuard,
    _running: Running,
}

/// Counts an export in the metrics.
struct Running;

impl Running {
    fn begin() -> Self {
        metrics::gauge!("canvas_exports").increment(1);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        metrics::gauge!("canvas_exports").decrement(1);
    }
}

impl FromRequestParts<Shared> for ExportSeat {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let full = |message: String| {
            ApiError::new(ErrorCode::TooManyExports, message).retry_after_ms(RETRY_AFTER_MS)
        };
        let client = app.addresses.client(&parts.extensions, &parts.headers);
        let guard = match client.is_exempt {
            true => Some(ConnectionGuard::exempt()),
            false => app.exports.clients.enter(client.address),
        };
        let guard = guard.ok_or_else(|| {
            full(format!(
                "{MAX_EXPORTS_PER_CLIENT} exports of yours run already; wait until one ends"
            ))
        })?;
        let running = Arc::clone(&app.exports.running);
        let permit = running.try_acquire_owned().map_err(|_full| {
            full(format!(
                "{MAX_EXPORTS} exports run already; try again later"
            ))
        })?;
        Ok(Self {
            _permit: permit,
            _client: guard,
            _running: Running::begin(),
        })
    }
}

#[cfg(test)]
mod tests {
    use event_store::CanvasSlug;

    use super::*;

    #[test]
    fn lengths_are_remembered_and_the_oldest_are_forgotten() {
        let key = PseudonymKey::of_canvas(&[1; 32], &CanvasSlug::default());
        let exports = Exports::new(key);
        for number in 0..=MAX_KNOWN_LENGTHS as u64 {
            exports.has_length(number.to_string(), number);
        }
        assert_eq!(exports.length_of("0"), None);
        assert_eq!(exports.length_of("1"), Some(1));
        assert_eq!(exports.lengths.lock().len(), MAX_KNOWN_LENGTHS);
    }
}
