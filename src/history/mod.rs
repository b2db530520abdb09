//! Every moment of the log, from files: the canvas at any version, what happened to a cell or by a
//! player, and what the page loads.
//!
//! Each gateway cuts the log into the same segments; the one with the role `projector` writes them.
//! Where history has not come yet, or a file of it is damaged, the log itself has the answer:
//! whoever asks falls back to it.

mod at;
mod error;
mod follow;
mod load;
mod look;
mod manifest;
mod packing;
mod state;
mod without;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use event_store::{CanvasSlug, EventStore, Version};
use object_store::ObjectStore;
use parking_lot::RwLock;
use projections::history::{Entry, HistoryStore, Index};
use projections::snapshot::Kept;
use tokio::sync::{Mutex, watch};

pub use error::HistoryError;
pub use follow::FollowHistoryError;
pub use look::{Look, LookPage, MAX_SCANNED_SEGMENTS};
pub use manifest::{KeyframeJson, Manifest, MomentJson, OpenJson, RoundJson, SegmentJson};
pub use packing::{MAX_PACKING, Packing, PackingDone};

use load::{Loaded, in_background};
use state::State;

/// How long a request waits for history to read what this gateway has folded already.
const MAX_LAG: Duration = Duration::from_secs(1);

/// A history that is further behind than this is catching up, which takes longer than a moment.
const MAX_LAG_EVENTS: u64 = 20_000;

/// How old the file of the open segment may be, once it is no longer the newest: as long as caches
/// may keep it.
const OPEN_FILE_MAX_AGE: Duration = Duration::from_secs(1);

/// The history of a canvas, as far as this gateway has read.
pub struct History {
    log: Arc<dyn EventStore>,
    store: HistoryStore,
    /// None until what was stored before the start is read.
    state: RwLock<Option<State>>,
    loaded: Loaded,
    reached: watch::Sender<Version>,
    open_file: Mutex<Option<(Instant, OpenFile)>>,
}

/// The open segment in the form of a closed one. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OpenFile {
    /// The version of its first event.
    pub first: Version,
    /// The version of its last event.
    pub last: Version,
    /// The file.
    pub bytes: Bytes,
}

impl History {
    /// The history of `canvas`, nothing of it read yet: [`History::follow`] does that.
    pub fn new(log: Arc<dyn EventStore>, blobs: Arc<dyn ObjectStore>, canvas: &CanvasSlug) -> Self {
        Self {
            log,
            store: HistoryStore::new(blobs, canvas),
            state: RwLock::new(None),
            loaded: Loaded::new(),
            reached: watch::Sender::new(Version::ZERO),
            open_file: Mutex::new(None),
        }
    }

    /// The newest version that is in history; [`Version::ZERO`] until it is read.
    pub fn version(&self) -> Version {
        *self.reached.borrow()
    }

    /// Waits until history has `version`, when that can only be a moment.
    ///
    /// # Errors
    /// [`HistoryError::NotReached`] after a second, or at once when history is far behind;
    /// [`HistoryError::NotReady`].
    pub async fn wait_for(&self, version: Version) -> Result<(), HistoryError> {
        let mut reached = self.reached.subscribe();
        let now = *reached.borrow_and_update();
        self.read(|_| ())?;
        if now >= version {
            return Ok(());
        }
        let soon = tokio::time::timeout(MAX_LAG, reached.wait_for(|at| *at >= version));
        if version.events_since(now) <= MAX_LAG_EVENTS && matches!(soon.await, Ok(Ok(_))) {
            return Ok(());
        }
        let reached = self.version();
        Err(HistoryError::NotReached { version, reached })
    }

    /// Waits until history has `version`, however long that takes.
    pub async fn reach(&self, version: Version) {
        let mut reached = self.reached.subscribe();
        // The sender lives as long as `self`.
        let _ = reached.wait_for(|at| *at >= version).await;
    }

    /// The closed segments, and where the open one begins and ends; none until they are read.
    pub fn index(&self) -> Option<(Arc<Index>, OpenRange)> {
        let state = self.state.read();
        let state = state.as_ref()?;
        let packer = &state.packer;
        let range = OpenRange {
            round: packer.round().0,
            first: packer.open().first,
            last: packer.version(),
        };
        Some((Arc::clone(&state.index), range))
    }

    /// The file of a closed segment.
    ///
    /// # Errors
    /// [`HistoryError`]; [`HistoryError::NoSegment`] for a number that is not closed yet.
    pub async fn segment_file(&self, number: u32) -> Result<(Entry, Bytes), HistoryError> {
        let (index, _) = self.index().ok_or(HistoryError::NotReady)?;
        let entry = index.entry(number);
        let entry = entry.ok_or(HistoryError::NoSegment { number })?;
        let bytes = self.stored_segment(entry).await?;
        Ok((entry.clone(), bytes))
    }

    /// The open segment as a file, up to a second old; none when nothing happened since the last
    /// one was closed. It takes some 30 ms to make when it is full, so one is made at a time, and
    /// whoever asks meanwhile gets the same.
    ///
    /// # Errors
    /// [`HistoryError::NotReady`] and [`HistoryError::Work`].
    pub async fn open_file(&self) -> Result<Option<OpenFile>, HistoryError> {
        let mut made = self.open_file.lock().await;
        let (first, last) =
            self.read(|state| (state.packer.open().first, state.packer.version()))?;
        if last < first {
            return Ok(None);
        }
        if let Some((at, file)) = &*made
            && file.first == first
            && (file.last == last || at.elapsed() < OPEN_FILE_MAX_AGE)
        {
            return Ok(Some(file.clone()));
        }
        let Some(segment) = self.read(|state| state.packer.open_segment())? else {
            return Ok(None);
        };
        let (first, last) = (segment.first, segment.last());
        let encoded = in_background(move || segment.encode()).await?;
        let file = encoded.map(|(bytes, _)| OpenFile {
            first,
            last,
            bytes: bytes.into(),
        });
        *made = file.clone().map(|file| (Instant::now(), file));
        Ok(file)
    }

    /// The keyframe at a version.
    ///
    /// # Errors
    /// [`HistoryError`]; [`HistoryError::NoKeyframe`] where none is kept.
    pub async fn keyframe_file(&self, version: Version) -> Result<Kept, HistoryError> {
        let (index, _) = self.index().ok_or(HistoryError::NotReady)?;
        let none = HistoryError::NoKeyframe { version };
        let entry = index.holding(version).filter(|entry| entry.last == version);
        let Some(entry) = entry else {
            return Err(none);
        };
        self.store.stored_keyframe(entry).await?.ok_or(none)
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T, HistoryError> {
        let state = self.state.read();
        state.as_ref().map(look).ok_or(HistoryError::NotReady)
    }
}

/// Where the open segment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRange {
    /// Its round; 0 before the first.
    pub round: u32,
    /// The version of its first event, which may be yet to come.
    pub first: Version,
    /// The version of its last event; the one before `first` when there is none.
    pub last: Version,
}
