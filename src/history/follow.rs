//! Reading the log into history, and writing its files.

use std::sync::Arc;
use std::time::Duration;

use event_store::{ReadError, Recorded, SubscribeError, Version};
use projections::OutOfOrder;
use projections::history::{
    Closed, Entry, HistoryStoreError, Index, IndexError, Packer, Pseudonyms,
};
use tokio_util::sync::CancellationToken;

use super::load::pseudonyms;
use super::packing::{Packing, PackingDone};
use super::state::State;
use super::{History, HistoryError};

/// The first wait before history is tried again after a fault; it doubles up to [`MAX_WAIT`].
const MIN_WAIT: Duration = Duration::from_millis(500);

/// The longest wait after a fault.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Why history does not go on. Nothing is lost: the log holds everything.
#[derive(Debug, thiserror::Error)]
pub enum FollowHistoryError {
    /// The log could not be followed.
    #[error("could not follow the log into history")]
    Follow(#[from] SubscribeError),
    /// The log could not be read.
    #[error("could not read the log into history")]
    Log(#[from] ReadError),
    /// The log gave events out of order: a fault of the engine.
    #[error("log gave events out of order")]
    OutOfOrder(#[from] OutOfOrder),
    /// A file could not be written or read.
    #[error(transparent)]
    Store(#[from] HistoryStoreError),
    /// The index does not go on where it should: a fault of this program.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The work on another thread was given up.
    #[error(transparent)]
    Work(#[from] HistoryError),
}

impl History {
    /// Reads the log into history until cancelled; a projector writes the files. Faults are waited
    /// out.
    pub async fn follow(self: &Arc<Self>, is_projector: bool, cancelled: CancellationToken) {
        let mut wait = MIN_WAIT;
        while !cancelled.is_cancelled() {
            let began_at = self.version();
            let followed = cancelled.run_until_cancelled(self.follow_once(is_projector));
            let Some(Err(error)) = followed.await else {
                return;
            };
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "history stands at version {}, and is tried again",
                self.version()
            );
            metrics::counter!("canvas_history_failures_total").increment(1);
            if self.version() > began_at {
                wait = MIN_WAIT;
            }
            cancelled
                .run_until_cancelled(tokio::time::sleep(wait))
                .await;
            wait = (wait * 2).min(MAX_WAIT);
            // What was taken since the last closed segment is read again.
            *self.state.write() = None;
        }
    }

    async fn follow_once(self: &Arc<Self>, is_projector: bool) -> Result<(), FollowHistoryError> {
        self.load().await?;
        let mut events = self.log.subscribe(self.version().next()).await?;
        let mut packing = Packing::default();
        loop {
            tokio::select! {
                page = events.next() => self.take(&page?, is_projector, &mut packing).await?,
                packed = packing.oldest() => self.add(packed?, is_projector).await?,
            }
        }
    }

    /// Reads the log into history up to `last` and writes the files. `progress` is told each
    /// version reached.
    ///
    /// # Errors
    /// [`FollowHistoryError`]; what was written by then stays and is used.
    pub async fn write_until(
        self: &Arc<Self>,
        last: Version,
        mut progress: impl FnMut(Version),
    ) -> Result<(), FollowHistoryError> {
        self.load().await?;
        if self.version() >= last {
            return Ok(());
        }
        let mut events = self.log.subscribe(self.version().next()).await?;
        let mut packing = Packing::default();
        while self.version() < last {
            self.take(&events.next().await?, true, &mut packing).await?;
            progress(self.version());
        }
        while !packing.is_empty() {
            self.add(packing.oldest().await?, true).await?;
        }
        Ok(())
    }

    /// Takes the next events.
    async fn take(
        self: &Arc<Self>,
        events: &[Recorded],
        is_projector: bool,
        packing: &mut Packing,
    ) -> Result<(), FollowHistoryError> {
        let mut rest = events;
        while !rest.is_empty() {
            let (taken, closed) = self.push(rest)?;
            rest = &rest[taken..];
            let Some(closed) = closed else { continue };
            packing.begin(closed);
            if packing.is_full() {
                self.add(packing.oldest().await?, is_projector).await?;
            }
        }
        Ok(())
    }

    /// Takes events up to the first that closes a segment; says how many, and what it closed.
    fn push(
        &self,
        events: &[Recorded],
    ) -> Result<(usize, Option<Arc<Closed>>), FollowHistoryError> {
        let mut state = self.state.write();
        let state = state.as_mut().ok_or(HistoryError::NotReady)?;
        let mut pushed = (0, None);
        for event in events {
            pushed.1 = state.push(event)?;
            pushed.0 += 1;
            if pushed.1.is_some() {
                break;
            }
        }
        let version = state.packer.version();
        self.reached.send_replace(version);
        metrics::gauge!("canvas_history_version").set(version.0 as f64);
        Ok(pushed)
    }

    /// Adds a segment to history: its files first, then the index that names them.
    async fn add(&self, done: PackingDone, is_projector: bool) -> Result<(), FollowHistoryError> {
        let before = self.read(|state| state.index.entries().last().cloned())?;
        let packed = done.packed.following(before.as_ref());
        if is_projector {
            self.store.put_files(&packed).await?;
        }
        let index = {
            let mut state = self.state.write();
            let state = state.as_mut().ok_or(HistoryError::NotReady)?;
            state.add(&packed)?;
            Arc::clone(&state.index)
        };
        if is_projector {
            self.store.put_index(&index).await?;
        }
        let seconds = done.begun.elapsed().as_secs_f64();
        metrics::histogram!("canvas_history_segment_seconds").record(seconds);
        metrics::counter!("canvas_history_segments_total").increment(1);
        Ok(())
    }

    /// Reads what is stored, so that it can be asked for; only once.
    ///
    /// # Errors
    /// [`FollowHistoryError`] when the log or the files cannot be reached; of damaged ones history
    /// has what comes before them.
    pub async fn load(&self) -> Result<(), FollowHistoryError> {
        if self.state.read().is_some() {
            return Ok(());
        }
        let mut index = self.stored_index().await?;
        let packer = self.packer_after(&mut index).await?;
        self.reached.send_replace(packer.version());
        tracing::info!(
            canvas.version = packer.version().0,
            "history has {} segments, up to version {}",
            index.entries().len(),
            packer.version()
        );
        *self.state.write() = Some(State::new(index, packer));
        Ok(())
    }

    /// The stored index, as far as it is of this log.
    async fn stored_index(&self) -> Result<Index, FollowHistoryError> {
        let mut index = match self.store.index().await {
            Ok(index) => index.unwrap_or_default(),
            Err(error @ HistoryStoreError::Unavailable { .. }) => return Err(error.into()),
            Err(error) => {
                warn_of(&error, "history is made anew from the log");
                Index::default()
            }
        };
        let last = self.log.last().await?;
        let beyond = index.entries().iter().find(|entry| entry.last > last);
        if let Some(number) = beyond.map(|entry| entry.number) {
            tracing::warn!("the log ends before segment {number} of history; it is made anew");
            index.truncate(number);
        }
        if let Some(entry) = index.entries().last() {
            let event = self.log.read(entry.last, 1).await?;
            if event.first().map(|event| event.at) != Some(entry.ended_at) {
                tracing::warn!("the stored history is of another log; it is made anew");
                index.truncate(0);
            }
        }
        Ok(index)
    }

    /// The packer that goes on after the last segment whose files are whole; the index is cut to
    /// that.
    async fn packer_after(&self, index: &mut Index) -> Result<Packer, FollowHistoryError> {
        while let Some(entry) = index.entries().last().cloned() {
            match self.packer_after_entry(index, &entry).await {
                Ok(packer) => return Ok(packer),
                Err(error) => match error.broken_file() {
                    None => return Err(error.into()),
                    Some(_) => {
                        warn_of(&error, "history is made anew from the file on");
                        index.truncate(entry.number);
                    }
                },
            }
        }
        Ok(Packer::of_empty_log())
    }

    async fn packer_after_entry(
        &self,
        index: &Index,
        entry: &Entry,
    ) -> Result<Packer, HistoryStoreError> {
        let keyframe = self.store.keyframe(entry).await?;
        let players: Pseudonyms = pseudonyms(&self.store, entry.round.0, index.entries()).await?;
        Ok(Packer::after(entry.last, entry.round, keyframe, players))
    }
}

fn warn_of(error: &HistoryStoreError, what: &str) {
    let error = error as &dyn std::error::Error;
    tracing::warn!(error, "{what}");
    metrics::counter!("canvas_history_failures_total").increment(1);
}
