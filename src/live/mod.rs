//! The canvas as it is now, and everybody who watches it.
//!
//! One task reads the log and folds it (`follow`); nothing else changes the canvas, so what this
//! gateway appended comes to it the same way as what others did. A second task tells the sockets
//! what changed, in ticks (`feed`). A third keeps snapshots (`projector`).

mod behaviour;
pub mod fanout;
pub mod feed;
mod follow;
pub mod frames;
pub mod info;
pub mod online;
pub mod past;
pub mod projector;
pub mod published;
mod recent;
mod waiters;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use event_store::{
    Append, AppendError, Appended, CanvasSlug, EventStore, ReadError, Subject, UnixMs, Version,
};
use parking_lot::RwLock;
use projections::canvas::UndoWindow;
use projections::{Behaviour, Canvas, CheckpointStore, SnapshotStore};
use tokio::sync::{Notify, watch};

pub use follow::{BootError, FollowError, Parts, WARM_UP_EVENTS};
use info::{CanvasInfo, LimitsInfo};
use online::{Audience, Online};
use published::PublishedSnapshots;
pub use recent::Recent;
use waiters::Waiters;

/// How long a request waits for this gateway to read an event that the log already holds. Reading
/// takes milliseconds; longer means that the gateway has lost the log.
const MAX_LAG: Duration = Duration::from_secs(5);

/// What this gateway knows of the canvas, at one version.
pub struct State {
    /// The fold.
    pub canvas: Canvas,
    /// The placements that can be taken back.
    pub undo: UndoWindow,
    /// The newest events.
    pub recent: Recent,
    /// How each player places; none while the log is still being read after a start.
    pub behaviour: Option<Behaviour>,
    /// The newest version at which the grid's shape or palette changed: no delta goes across it.
    pub reshaped_at: Version,
    /// The newest version at which something changed that clients are told by a `Round` frame.
    pub info_changed_at: Version,
}

/// A canvas that is being followed.
pub struct LiveCanvas {
    slug: CanvasSlug,
    store: Arc<dyn EventStore>,
    snapshots: SnapshotStore,
    checkpoints: CheckpointStore,
    published: PublishedSnapshots,
    limits: LimitsInfo,
    state: RwLock<State>,
    applied: watch::Sender<Version>,
    waiters: Waiters,
    feed: feed::Feed,
    watching: Audience,
    playing: AtomicU32,
    queued: AtomicU32,
    bans_changed: Notify,
}

/// The gateway does not get to see what the log holds.
#[derive(Debug, thiserror::Error)]
#[error("gateway stands at version {reached}, and did not get to {wanted} in time")]
pub struct Lagging {
    /// Where it stands.
    pub reached: Version,
    /// Where it was to get.
    pub wanted: Version,
}

/// Why a gateway could not catch up with a subject.
#[derive(Debug, thiserror::Error)]
pub enum CatchUpFault {
    /// The log could not be asked.
    #[error("could not ask the log for its last event on a subject")]
    Log(#[source] ReadError),
    /// The gateway lags.
    #[error(transparent)]
    Lagging(#[from] Lagging),
}

impl LiveCanvas {
    /// The canvas's slug.
    pub fn slug(&self) -> &CanvasSlug {
        &self.slug
    }

    /// The log.
    pub fn store(&self) -> &dyn EventStore {
        &*self.store
    }

    /// Appends to the log, and measures how long that takes.
    ///
    /// # Errors
    /// As for [`EventStore::append`].
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let begun = Instant::now();
        let appended = self.store.append(append).await;
        metrics::histogram!("canvas_append_seconds").record(begun.elapsed().as_secs_f64());
        appended
    }

    /// The kept snapshots.
    pub fn snapshots(&self) -> &SnapshotStore {
        &self.snapshots
    }

    /// The newest snapshots, ready to be served.
    pub fn published(&self) -> &PublishedSnapshots {
        &self.published
    }

    /// The sockets.
    pub fn feed(&self) -> &feed::Feed {
        &self.feed
    }

    /// The readers of the event stream.
    pub fn watching(&self) -> &Audience {
        &self.watching
    }

    /// Looks at the state. `look` must be short: the fold waits for it.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.read())
    }

    /// The newest version that this gateway has folded.
    pub fn version(&self) -> Version {
        *self.applied.borrow()
    }

    /// Tells of every newer version.
    pub fn versions(&self) -> watch::Receiver<Version> {
        self.applied.subscribe()
    }

    /// What a client needs to know before it looks at a cell.
    pub fn info(&self) -> CanvasInfo {
        let snapshot = self.published.newest();
        self.read(|state| {
            info::describe(
                &self.slug,
                &state.canvas,
                snapshot.map(|snapshot| snapshot.version),
                self.limits,
                self.online(),
                UnixMs::now(),
            )
        })
    }

    /// How many people this gateway serves.
    pub fn online(&self) -> Online {
        Online {
            players: self.playing.load(Ordering::Relaxed),
            queued: self.queued.load(Ordering::Relaxed),
            watching: self.watching.count(),
        }
    }

    /// Notes how many play here and how many wait to.
    pub fn set_seats(&self, playing: u32, queued: u32) {
        self.playing.store(playing, Ordering::Relaxed);
        self.queued.store(queued, Ordering::Relaxed);
    }

    /// Told when somebody was banned, or a ban was lifted.
    pub fn bans_changed(&self) -> &Notify {
        &self.bans_changed
    }

    /// Waits until this gateway has folded `version`.
    ///
    /// # Errors
    /// [`Lagging`] after five seconds.
    pub async fn wait_for(&self, version: Version) -> Result<(), Lagging> {
        if self.version() >= version {
            return Ok(());
        }
        let reached = self.waiters.wait_for(version);
        if self.version() >= version {
            return Ok(());
        }
        match tokio::time::timeout(MAX_LAG, reached).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Lagging {
                reached: self.version(),
                wanted: version,
            }),
        }
    }

    /// Waits until this gateway has folded the newest event of `subject`.
    ///
    /// # Errors
    /// [`CatchUpFault`]
    pub async fn catch_up_with(&self, subject: Subject) -> Result<(), CatchUpFault> {
        let newest = self
            .store
            .last_on(subject)
            .await
            .map_err(CatchUpFault::Log)?;
        Ok(self.wait_for(newest).await?)
    }
}
