//! Keeping snapshots and checkpoints, so that nobody has to read the log from its start.

use std::sync::Arc;
use std::time::{Duration, Instant};

use event_store::{EventStore, ReadError, SubscribeError, Version};
use projections::snapshot::{Kept, SnapshotStoreError, THIN_BUCKET_VERSIONS};
use projections::{Canvas, CheckpointStore, OutOfOrder, Snapshot, SnapshotSchedule, SnapshotStore};
use tokio::sync::watch;
use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::LiveCanvas;
use super::published::PublishedSnapshot;

/// How often a process that does not make snapshots looks for those that another one made.
const LOOK_FOR_SNAPSHOTS: Duration = Duration::from_secs(1);

/// A checkpoint is written after this many events: folding so many takes a start some 50 ms.
const CHECKPOINT_EVENTS: u64 = 65_536;

/// A checkpoint is written this long after the last one when there was any event at all.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);

/// A snapshot that could not be kept is tried again after this long when there is none newer.
const KEEP_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Snapshots are thinned after this many new ones.
const THIN_EVERY: u32 = 64;

/// Why a snapshot or a checkpoint was not kept. Nothing is lost: the log holds everything.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// A snapshot could not be stored.
    #[error("could not keep snapshot")]
    Snapshot(#[from] SnapshotStoreError),
    /// A checkpoint could not be stored.
    #[error("could not keep checkpoint")]
    Checkpoint(#[from] projections::checkpoint::CheckpointStoreError),
    /// The work on another thread was given up.
    #[error("could not encode")]
    Encode(#[from] JoinError),
    /// The log could not be read.
    #[error("could not read the log")]
    Log(#[from] ReadError),
    /// The log could not be followed.
    #[error("could not follow the log")]
    Follow(#[from] SubscribeError),
    /// The log gave events out of order: a fault of the engine.
    #[error("log gave events out of order")]
    OutOfOrder(#[from] OutOfOrder),
}

impl LiveCanvas {
    /// Makes and serves a snapshot of the canvas as it is now, but does not keep it. A canvas
    /// without a round has none.
    ///
    /// # Errors
    /// [`ProjectorError::Encode`]
    pub async fn publish_snapshot(&self) -> Result<(), ProjectorError> {
        if let Some((snapshot, kept)) = self.encode_snapshot().await? {
            self.publish(&snapshot, &kept);
        }
        Ok(())
    }

    async fn encode_snapshot(&self) -> Result<Option<(Snapshot, Kept)>, ProjectorError> {
        let Some(snapshot) = self.read(|state| state.canvas.snapshot()) else {
            return Ok(None);
        };
        let encoded = spawn_blocking(move || {
            let kept = Kept::of(&snapshot.encode());
            (snapshot, kept)
        });
        Ok(Some(encoded.await?))
    }

    fn publish(&self, snapshot: &Snapshot, kept: &Kept) {
        let bytes = kept.compressed.clone();
        self.state.write().recent.set_snapshot_bytes(bytes.len());
        metrics::gauge!("canvas_snapshot_version").set(snapshot.version.0 as f64);
        metrics::gauge!("canvas_snapshot_bytes").set(bytes.len() as f64);
        let published = PublishedSnapshot::new(snapshot.version, snapshot.round, bytes);
        self.published.publish(published);
    }

    /// Keeps snapshots and checkpoints until cancelled, then a last checkpoint.
    pub async fn project(&self, every_events: u64, cancelled: CancellationToken) {
        let mut schedule = SnapshotSchedule::new(every_events);
        let mut checkpoint = (self.version(), Instant::now());
        let newest = watch::Sender::new(None);
        let keeping = keep_snapshots(self.snapshots.clone(), newest.subscribe());
        let snapshots = AbortOnDropHandle::new(tokio::spawn(keeping));
        let mut checkpoints: Option<AbortOnDropHandle<()>> = None;
        let mut versions = self.versions();
        loop {
            let now = Instant::now();
            let due = schedule.due_at(self.version(), now);
            let sleep_until = due.unwrap_or(now + CHECKPOINT_EVERY);
            tokio::select! {
                () = cancelled.cancelled() => break,
                _ = versions.changed(), if due.is_none_or(|due| due > now) => continue,
                () = tokio::time::sleep_until(sleep_until.into()) => {}
            }
            if due.is_some() {
                let begun = Instant::now();
                let version = self.version();
                let encoded = self.encode_snapshot().await;
                let cost = begun.elapsed();
                metrics::histogram!("canvas_snapshot_seconds").record(cost.as_secs_f64());
                schedule.taken(version, Instant::now(), cost);
                if let Some((snapshot, bytes)) =
                    log_failure(encoded, "could not make snapshot").flatten()
                {
                    self.publish(&snapshot, &bytes);
                    newest.send_replace(Some((snapshot.version, bytes)));
                }
            }
            let events = self.version().events_since(checkpoint.0);
            let is_old = events > 0 && checkpoint.1.elapsed() >= CHECKPOINT_EVERY;
            let is_free = checkpoints.as_ref().is_none_or(|last| last.is_finished());
            if (events >= CHECKPOINT_EVENTS || is_old) && is_free {
                checkpoint = (self.version(), Instant::now());
                let keeping = tokio::spawn(self.keep_checkpoint());
                checkpoints = Some(AbortOnDropHandle::new(keeping));
            }
        }
        drop(newest);
        for last in [Some(snapshots), checkpoints].into_iter().flatten() {
            let ended = last.await.map_err(ProjectorError::Encode);
            log_failure(ended, "could not end keeping");
        }
        if self.version() > checkpoint.0 {
            self.keep_checkpoint().await;
        }
    }

    /// Keeps a checkpoint of now.
    fn keep_checkpoint(&self) -> impl Future<Output = ()> + Send + use<> {
        let canvas = self.read(|state| state.canvas.clone());
        let checkpoints = self.checkpoints.clone();
        async move {
            let kept = keep_checkpoint(&checkpoints, canvas).await;
            log_failure(kept, "could not keep checkpoint");
        }
    }

    /// Serves the snapshots that another process keeps, until cancelled.
    pub async fn adopt_snapshots(&self, cancelled: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_FOR_SNAPSHOTS);
        loop {
            tokio::select! {
                () = cancelled.cancelled() => return,
                _ = look.tick() => {}
            }
            log_failure(self.adopt_newest().await, "could not look for snapshots");
        }
    }

    async fn adopt_newest(&self) -> Result<(), ProjectorError> {
        let known = self.published.newest().map(|newest| newest.version);
        let Some(newest) = self.snapshots.newest().await? else {
            return Ok(());
        };
        let is_reached = newest <= self.version();
        if is_reached
            && known.is_none_or(|known| known < newest)
            && let Some(snapshot) = self.snapshots.get(newest).await?
            && let Some(kept) = self.snapshots.compressed(newest).await?
        {
            self.publish(&snapshot, &kept);
        }
        Ok(())
    }
}

/// Keeps the newest snapshot there is, again and again, until there are no more to come. A blob
/// store that is slow or away holds up nobody else: what is newer by then is kept instead.
async fn keep_snapshots(
    snapshots: SnapshotStore,
    mut newest: watch::Receiver<Option<(Version, Kept)>>,
) {
    let (mut puts, mut is_kept) = (0u32, true);
    loop {
        let changed = match is_kept {
            true => newest.changed().await,
            false => {
                let newer = tokio::time::timeout(KEEP_AGAIN_AFTER, newest.changed());
                newer.await.unwrap_or(Ok(()))
            }
        };
        if changed.is_err() {
            return;
        }
        let Some((version, kept)) = newest.borrow_and_update().clone() else {
            continue;
        };
        let put = snapshots.put_kept(version, &kept).await;
        let put = log_failure(put.map_err(ProjectorError::from), "could not keep snapshot");
        is_kept = put.is_some();
        puts = puts.wrapping_add(1);
        if is_kept && puts.is_multiple_of(THIN_EVERY) {
            let thinned = snapshots.thin().await.map_err(ProjectorError::from);
            log_failure(thinned, "could not thin snapshots");
        }
    }
}

async fn keep_checkpoint(
    checkpoints: &CheckpointStore,
    canvas: Canvas,
) -> Result<(), ProjectorError> {
    let version = canvas.version();
    let bytes = spawn_blocking(move || canvas.to_checkpoint()).await?;
    Ok(checkpoints.put(version, bytes).await?)
}

fn log_failure<T>(result: Result<T, ProjectorError>, what: &str) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "{what}");
            metrics::counter!("canvas_projector_failures_total").increment(1);
            None
        }
    }
}

/// Folds what a bulk append has added, and keeps snapshots along it and checkpoints near its end,
/// so that the next start and any look into the past are quick. `progress` is told each version
/// reached.
///
/// # Errors
/// [`ProjectorError`]; what was kept by then stays and is used.
pub async fn prepare(
    store: &Arc<dyn EventStore>,
    snapshots: &SnapshotStore,
    checkpoints: &CheckpointStore,
    mut progress: impl FnMut(Version),
) -> Result<(), ProjectorError> {
    /// As far before the log's end as a starting gateway wants to begin.
    const BEFORE_END_EVENTS: u64 = 32_768;
    let last = store.last().await?;
    let before_end = Version(last.0.saturating_sub(BEFORE_END_EVENTS));
    let mut canvas = checkpoints.newest(last).await?.unwrap_or_default();
    // A subscription reads a long stretch faster than pages do. It may end ahead of `last`.
    let mut events = store.subscribe(canvas.version().next()).await?;
    while canvas.version() < last {
        for event in events.next().await? {
            canvas.apply(event.version, event.at, &event.event)?;
            let version = canvas.version();
            if version.0.is_multiple_of(THIN_BUCKET_VERSIONS)
                && let Some(snapshot) = canvas.snapshot()
            {
                snapshots.put(&snapshot).await?;
            }
            if version == before_end {
                keep_checkpoint(checkpoints, canvas.clone()).await?;
            }
        }
        progress(canvas.version());
    }
    if let Some(snapshot) = canvas.snapshot() {
        snapshots.put(&snapshot).await?;
    }
    keep_checkpoint(checkpoints, canvas).await
}
