//! The canvas at a moment of the past.

use event_store::{EventStore, ReadError, UnixMs, Version};
use projections::at::{AtError, CanvasAt, canvas_at};

use super::LiveCanvas;

impl LiveCanvas {
    /// The canvas right after `version`.
    ///
    /// # Errors
    /// [`AtError`]
    pub async fn at(&self, version: Version) -> Result<CanvasAt, AtError> {
        let rounds = self.read(|state| state.canvas.rounds().to_vec());
        canvas_at(&*self.store, &self.snapshots, &rounds, version).await
    }
}

/// The newest version of a log whose event happened at `at` or before; [`Version::ZERO`] when all
/// happened later. Some 20 reads for a million events.
///
/// In a log whose times do not rise, because old events were imported behind newer ones, the answer
/// is one of the places where the times pass `at`.
///
/// # Errors
/// As for [`EventStore::read`].
pub async fn version_at(store: &dyn EventStore, at: UnixMs) -> Result<Version, ReadError> {
    let (mut before, mut after) = (Version::ZERO, store.last().await?.next());
    while before.next() < after {
        let middle = Version(before.0 + (after.0 - before.0) / 2);
        let event = store.read(middle, 1).await?;
        match event.first() {
            Some(event) if event.at <= at => before = middle,
            Some(_) | None => after = middle,
        }
    }
    Ok(before)
}
