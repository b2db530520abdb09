//! How far an import is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What an import is busy with; each phase counts something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPhase {
    /// Reads lines; counts stored (compressed) bytes.
    Reading,
    /// Goes through the sorted rows once; counts rows.
    Sorting,
    /// Looks which rows the log has; counts its events.
    Scanning,
    /// Appends; counts rows, those that were there already included.
    Appending,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImportProgress {
    /// What it is busy with.
    pub phase: ImportPhase,
    /// How much of the phase is done, in the phase's unit.
    pub done: u64,
    /// How much there is; `None` when that is not known.
    pub total: Option<u64>,
    /// Rows read so far, bad ones included.
    pub rows_read: u64,
    /// Rows appended so far.
    pub rows_appended: u64,
    /// `done` a second since the phase began.
    pub per_second: f64,
}

/// Is told of progress, several times a second, from several threads. Must not block.
pub type OnProgress = Arc<dyn Fn(ImportProgress) + Send + Sync>;

/// Tells of progress.
pub(super) struct Meter {
    on_progress: OnProgress,
    began: parking_lot::Mutex<(ImportPhase, Instant)>,
    pub(super) rows_read: AtomicU64,
    pub(super) rows_appended: AtomicU64,
}

impl Meter {
    pub(super) fn new(on_progress: OnProgress) -> Self {
        Self {
            on_progress,
            began: parking_lot::Mutex::new((ImportPhase::Reading, Instant::now())),
            rows_read: AtomicU64::new(0),
            rows_appended: AtomicU64::new(0),
        }
    }

    pub(super) fn report(&self, phase: ImportPhase, done: u64, total: Option<u64>) {
        let elapsed = {
            let mut began = self.began.lock();
            if began.0 != phase {
                *began = (phase, Instant::now());
            }
            began.1.elapsed()
        };
        (self.on_progress)(ImportProgress {
            phase,
            done,
            total,
            rows_read: self.rows_read.load(Ordering::Relaxed),
            rows_appended: self.rows_appended.load(Ordering::Relaxed),
            per_second: rate(done, elapsed.as_secs_f64()),
        });
    }
}

/// `count` a second; 0 when no time has passed.
#[expect(
    clippy::cast_precision_loss,
    reason = "a rate for people needs no 53 bits"
)]
pub(super) fn rate(count: u64, seconds: f64) -> f64 {
    if seconds > 0.0 {
        count as f64 / seconds
    } else {
        0.0
    }
}
