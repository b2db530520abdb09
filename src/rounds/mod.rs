//! Opening and closing rounds.

mod close;
mod open;

pub use close::{CloseError, close_round};
pub use open::{OpenRoundError, RoundPlan, open_round};

use event_store::{EventStore, ReadError, Version};
use projections::Canvas;
use projections::boot::BootError;

/// How often a round is opened or closed anew after another admin was faster.
const MAX_ATTEMPTS: usize = 4;

/// Folds what the log holds beyond the canvas.
async fn catch_up(canvas: &mut Canvas, store: &dyn EventStore) -> Result<Version, CatchUpError> {
    let last = store.last().await.map_err(CatchUpError::Log)?;
    let reached = projections::boot::advance(canvas, store, last, |_| {}).await;
    reached.map_err(CatchUpError::Fold)
}

/// Why the canvas could not be brought to the log's end.
#[derive(Debug, thiserror::Error)]
pub enum CatchUpError {
    /// The log could not be reached.
    #[error("could not ask the log for its end")]
    Log(#[source] ReadError),
    /// The log could not be folded.
    #[error("could not fold the log")]
    Fold(#[source] BootError),
}
