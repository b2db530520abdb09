//! Closed segments on their way to files, while the log is read on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use projections::history::{Closed, Packed};
use tokio::task::JoinHandle;

use super::HistoryError;

/// How many segments may be on their way at once: two keep two cores busy.
pub const MAX_PACKING: usize = 2;

/// The closed segments that are made into files, oldest first: at most [`MAX_PACKING`].
#[derive(Default)]
pub struct Packing {
    queue: VecDeque<(Instant, JoinHandle<Packed>)>,
}

/// A segment as files, not said yet what it follows.
pub struct PackingDone {
    /// When it was closed.
    pub begun: Instant,
    /// The files.
    pub packed: Packed,
}

impl Packing {
    /// Begins with the next segment. When that fills the queue, [`oldest`](Self::oldest) is to be
    /// awaited before the next one.
    pub fn begin(&mut self, closed: Arc<Closed>) {
        let work = tokio::task::spawn_blocking(move || Packed::of(&closed));
        self.queue.push_back((Instant::now(), work));
    }

    /// Whether as many are on their way as may be.
    pub fn is_full(&self) -> bool {
        self.queue.len() >= MAX_PACKING
    }

    /// Whether none is on its way.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes out the oldest when it is done; never returns while there is none. Cancel safe.
    ///
    /// # Errors
    /// [`HistoryError::Work`]
    pub async fn oldest(&mut self) -> Result<PackingDone, HistoryError> {
        let Some((begun, work)) = self.queue.front_mut() else {
            return std::future::pending().await;
        };
        let (begun, packed) = (*begun, work.await.map_err(HistoryError::Work)?);
        self.queue.pop_front();
        Ok(PackingDone { begun, packed })
    }
}
