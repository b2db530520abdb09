//! Files of history, decoded and kept for a while.

use std::sync::Arc;

use event_store::UnixMs;
use projections::history::segment::{Other, Placed};
use projections::history::{
    Entry, HistoryStore, HistoryStoreError, Keyframe, Pseudonyms, open_keyframe, open_segment,
};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::{History, HistoryError};

/// The most bytes of decoded segments that are kept, about: some 35 of them.
const MAX_SEGMENT_BYTES: u64 = 48 << 20;

/// The most bytes of keyframes that are kept, about: a hundred of a million cells.
const MAX_KEYFRAME_BYTES: u64 = 96 << 20;

/// The most bytes of pseudonyms of rounds that are over, about: a million players.
const MAX_PLAYER_BYTES: u64 = 24 << 20;

/// About how many files are kept, for the caches' own tables.
const EXPECTED_FILES: usize = 64;

/// A segment, without who placed.
pub(super) struct LoadedSegment {
    pub(super) times: Vec<UnixMs>,
    pub(super) placements: Vec<Placed>,
    pub(super) others: Vec<Other>,
}

/// How many bytes something takes in memory, about.
trait Weigh {
    fn weight(&self) -> usize;
}

impl Weigh for LoadedSegment {
    fn weight(&self) -> usize {
        size_of_val(&self.times[..])
            + size_of_val(&self.placements[..])
            + size_of_val(&self.others[..])
    }
}

impl Weigh for Keyframe {
    fn weight(&self) -> usize {
        self.field.grid.cells().len()
    }
}

impl Weigh for Pseudonyms {
    fn weight(&self) -> usize {
        self.given() as usize * 24
    }
}

#[derive(Clone)]
struct Bytes;

impl<T: Weigh> Weighter<u64, Arc<T>> for Bytes {
    fn weight(&self, _: &u64, item: &Arc<T>) -> u64 {
        item.weight() as u64 + 1
    }
}

/// The decoded files: segments and pseudonyms by number of segment and round, keyframes by version.
pub(super) struct Loaded {
    segments: Cache<u64, Arc<LoadedSegment>, Bytes>,
    keyframes: Cache<u64, Arc<Keyframe>, Bytes>,
    players: Cache<u64, Arc<Pseudonyms>, Bytes>,
}

impl Loaded {
    pub(super) fn new() -> Self {
        Self {
            segments: Cache::with_weighter(EXPECTED_FILES, MAX_SEGMENT_BYTES, Bytes),
            keyframes: Cache::with_weighter(EXPECTED_FILES, MAX_KEYFRAME_BYTES, Bytes),
            players: Cache::with_weighter(EXPECTED_FILES, MAX_PLAYER_BYTES, Bytes),
        }
    }
}

impl History {
    /// A closed segment.
    pub(super) async fn segment(&self, entry: &Entry) -> Result<Arc<LoadedSegment>, HistoryError> {
        let load = async {
            let bytes = self.stored_segment(entry).await?;
            let entry = entry.clone();
            let decoded = in_background(move || decode(&entry, &bytes)).await?;
            Ok(Arc::new(decoded?))
        };
        let key = u64::from(entry.number);
        self.loaded.segments.get_or_insert_async(&key, load).await
    }

    /// A segment's file, from memory when it was closed a moment ago.
    pub(crate) async fn stored_segment(&self, entry: &Entry) -> Result<bytes::Bytes, HistoryError> {
        let recent = self.read(|state| state.recent_file(entry.number))?;
        match recent {
            Some(bytes) => Ok(bytes),
            None => Ok(self.store.stored_segment(entry).await?),
        }
    }

    /// The keyframe at the end of a closed segment; none before the first round.
    pub(super) async fn keyframe(
        &self,
        entry: &Entry,
    ) -> Result<Option<Arc<Keyframe>>, HistoryError> {
        if let Some(keyframe) = self.loaded.keyframes.get(&entry.last.0) {
            return Ok(Some(keyframe));
        }
        let Some(kept) = self.store.stored_keyframe(entry).await? else {
            return Ok(None);
        };
        let of = entry.clone();
        let decoded = in_background(move || open_keyframe(&of, &kept)).await??;
        let keyframe = Arc::new(decoded);
        let loaded = &self.loaded.keyframes;
        loaded.insert(entry.last.0, Arc::clone(&keyframe));
        Ok(Some(keyframe))
    }

    /// The pseudonyms of a round that is over.
    pub(super) async fn players_of_round(
        &self,
        round: u32,
        entries: &[Entry],
    ) -> Result<Arc<Pseudonyms>, HistoryError> {
        let load = async {
            let pseudonyms = pseudonyms(&self.store, round, entries).await?;
            Ok::<_, HistoryError>(Arc::new(pseudonyms))
        };
        let key = u64::from(round);
        self.loaded.players.get_or_insert_async(&key, load).await
    }
}

/// The pseudonyms that the closed segments of a round gave out.
pub(super) async fn pseudonyms(
    store: &HistoryStore,
    round: u32,
    entries: &[Entry],
) -> Result<Pseudonyms, HistoryStoreError> {
    let mut pseudonyms = Pseudonyms::default();
    let mut before = None;
    for entry in entries.iter().filter(|entry| entry.round.0 == round) {
        pseudonyms.give(store.players(entry, before).await?);
        before = Some(entry);
    }
    Ok(pseudonyms)
}

fn decode(entry: &Entry, bytes: &[u8]) -> Result<LoadedSegment, HistoryError> {
    let segment = open_segment(entry, bytes)?;
    let damaged = |source| HistoryStoreError::damaged_segment(entry, source);
    Ok(LoadedSegment {
        times: segment.times().map_err(damaged)?,
        placements: segment.placements().map_err(damaged)?,
        others: segment.others().map_err(damaged)?,
    })
}

/// Runs some milliseconds of work on a thread for such work.
pub(super) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, HistoryError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(HistoryError::Work)
}
