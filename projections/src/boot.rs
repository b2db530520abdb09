//! The canvas that a starting process goes on from.

use event_store::{ReadError, Version};

use crate::canvas::{Canvas, OutOfOrder};
use crate::checkpoint::{CheckpointStore, CheckpointStoreError};
use crate::log_pages::{LogPages, Pages};

/// Why a canvas could not be brought to the head of its log.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The log could not be read.
    #[error("could not read the log to fold the canvas")]
    Log(#[source] ReadError),
    /// The checkpoints could not be reached.
    #[error("could not load a checkpoint of the canvas")]
    Checkpoints(#[source] CheckpointStoreError),
    /// The log gave events out of order: a fault of the engine.
    #[error("could not fold the log")]
    OutOfOrder(#[source] OutOfOrder),
}

/// A log of at most this many events is folded from zero rather than begun at its very end: that
/// takes some 100 ms.
const QUICK_FOLD_EVENTS: u64 = 200_000;

/// The canvas to go on from, with the event after its [`Canvas::version`]: that of the newest good
/// checkpoint of this log that lies at least `behind` events before the log's end, so that folding
/// the rest warms up what lives beside the canvas (the pool, the undo window). Where there is none,
/// a short log is folded from zero, and a long one from its newest good checkpoint.
///
/// A checkpoint is of this log when the log reaches it and has an event of the same time there;
/// after a restore of an older backup, or with another log in its place, it is not used.
///
/// # Errors
/// [`BootError::Log`] and [`BootError::Checkpoints`].
pub async fn load<L: LogPages + ?Sized>(
    log: &L,
    checkpoints: &CheckpointStore,
    behind: u64,
) -> Result<Canvas, BootError> {
    let head = log.newest().await.map_err(BootError::Log)?;
    let before_end = Version(head.0.saturating_sub(behind));
    let mut newest = checkpoints
        .newest(before_end)
        .await
        .map_err(BootError::Checkpoints)?;
    if newest.is_none() && head.0 > QUICK_FOLD_EVENTS {
        newest = checkpoints
            .newest(head)
            .await
            .map_err(BootError::Checkpoints)?;
    }
    let Some(canvas) = newest.filter(|canvas| canvas.version() > Version::ZERO) else {
        return Ok(Canvas::new());
    };
    let page = log
        .page(canvas.version(), 1)
        .await
        .map_err(BootError::Log)?;
    if page.first().is_some_and(|event| event.at == canvas.at()) {
        return Ok(canvas);
    }
    tracing::warn!(
        canvas.version = canvas.version().0,
        "the checkpoint {} is of another log, the canvas is folded from zero",
        canvas.version()
    );
    Ok(Canvas::new())
}

/// Folds the events after the canvas's version up to and including `to` into it, in bounded pages,
/// and returns the version reached: less than `to` only where the log ends before it. `progress` is
/// told the version after every page.
///
/// # Errors
/// [`BootError::Log`] and [`BootError::OutOfOrder`]; the canvas then stands at the last event
/// applied.
pub async fn advance<L: LogPages + ?Sized>(
    canvas: &mut Canvas,
    log: &L,
    to: Version,
    mut progress: impl FnMut(Version) + Send,
) -> Result<Version, BootError> {
    let mut pages = Pages::between(log, canvas.version(), to);
    while let Some(page) = pages.next().await.map_err(BootError::Log)? {
        for recorded in &page {
            canvas
                .apply(recorded.version, recorded.at, &recorded.event)
                .map_err(BootError::OutOfOrder)?;
        }
        progress(canvas.version());
    }
    Ok(canvas.version())
}
