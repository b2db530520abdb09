//! Reading in after a start, beside the running canvas, how players behaved: no checkpoint has it.

use event_store::MAX_READ_EVENTS;
use projections::boot::BootError;
use projections::{Behaviour, Canvas};
use tokio_util::sync::CancellationToken;

use super::LiveCanvas;

impl LiveCanvas {
    /// Folds the whole log a second time, for the behaviour of players alone, and hands it over to
    /// the canvas once it has caught up with it.
    ///
    /// # Errors
    /// [`BootError`]; it then stays unavailable, and nothing else is affected.
    pub async fn read_behaviour(&self, cancelled: CancellationToken) -> Result<(), BootError> {
        let mut canvas = Canvas::new();
        let mut folded = Some(Behaviour::default());
        while !cancelled.is_cancelled() {
            let from = canvas.version().next();
            let page = self
                .store
                .read(from, MAX_READ_EVENTS)
                .await
                .map_err(BootError::Log)?;
            if let Some(behaviour) = &mut folded {
                for event in &page {
                    let applied = canvas.apply(event.version, event.at, &event.event);
                    let applied = applied.map_err(BootError::OutOfOrder)?;
                    behaviour.record(event.at, &event.event, &applied);
                }
            }
            if page.len() < MAX_READ_EVENTS {
                let mut state = self.state.write();
                if state.canvas.version() == canvas.version() {
                    state.behaviour = folded.take();
                    return Ok(());
                }
            }
            // A page is some milliseconds of work; others come first.
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
