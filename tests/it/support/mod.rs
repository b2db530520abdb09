//! What these tests stand on.

pub(crate) mod actor;
pub(crate) mod answer;
pub(crate) mod board;
pub(crate) mod browser;
pub(crate) mod decoded;
pub(crate) mod fake_oidc;
pub(crate) mod feed;
pub(crate) mod films;
pub(crate) mod postgres;
pub(crate) mod public_files;
pub(crate) mod s3_server;
pub(crate) mod sse;
pub(crate) mod story;
pub(crate) mod test_app;

use std::time::{Duration, Instant};

/// How long a test waits for anything before it fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until `look` finds something, and fails at [`DEADLINE`].
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
