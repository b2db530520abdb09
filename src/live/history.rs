//! Reading in after a start, beside the running canvas, what no checkpoint has: the history of
//! cells, and how players behaved.

use event_store::MAX_READ_EVENTS;
use projections::boot::BootError;
use projections::{Behaviour, Canvas, CellHistory};
use tokio_util::sync::CancellationToken;

use super::LiveCanvas;

impl LiveCanvas {
    /// Folds the whole log a second time, for the history of cells and the behaviour of players
    /// alone, and hands them over to the canvas once they have caught up with it.
    ///
    /// # Errors
    /// [`BootError`]; both then stay unavailable, and nothing else is affected.
    pub async fn read_history(&self, cancelled: CancellationToken) -> Result<(), BootError> {
        let mut canvas = Canvas::new();
        let mut folded = Some((CellHistory::of_empty_log(), Behaviour::default()));
        while !cancelled.is_cancelled() {
            let from = canvas.version().next();
            let page = self
                .store
                .read(from, MAX_READ_EVENTS)
                .await
                .map_err(BootError::Log)?;
            if let Some((history, behaviour)) = &mut folded {
                for event in &page {
                    let applied = canvas.apply(event.version, event.at, &event.event);
                    let applied = applied.map_err(BootError::OutOfOrder)?;
                    history.record(event.version, &event.event, &applied);
                    behaviour.record(event.at, &event.event, &applied);
                }
            }
            if page.len() < MAX_READ_EVENTS {
                let mut state = self.state.write();
                if state.canvas.version() == canvas.version() {
                    (state.history, state.behaviour) = folded.take().unzip();
                    return Ok(());
                }
            }
            // A page is some milliseconds of work; others come first.
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
