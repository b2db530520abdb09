//! What is stored beside a log.

use std::sync::Arc;

use event_store::{CanvasSlug, Event};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use projections::history::HistoryStore;
use projections::verify::Shelves;
use projections::{CheckpointStore, SnapshotStore};

use crate::support::{Log, closed, opened, placed, size};

/// An object store in a folder of its own, and what is kept in it.
pub(crate) struct Shelf {
    pub(crate) blobs: Arc<dyn ObjectStore>,
    pub(crate) snapshots: SnapshotStore,
    pub(crate) checkpoints: CheckpointStore,
    pub(crate) history: HistoryStore,
    _folder: tempfile::TempDir,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let local = LocalFileSystem::new_with_prefix(folder.path()).expect("a store");
        let blobs: Arc<dyn ObjectStore> = Arc::new(local);
        let canvas = CanvasSlug::default();
        Self {
            snapshots: SnapshotStore::new(Arc::clone(&blobs), &canvas),
            checkpoints: CheckpointStore::new(Arc::clone(&blobs), &canvas),
            history: HistoryStore::new(Arc::clone(&blobs), &canvas),
            blobs,
            _folder: folder,
        }
    }

    /// A shelf with a snapshot and a checkpoint of each of these versions.
    pub(crate) async fn of(log: &Log, versions: &[usize]) -> Self {
        let shelf = Self::new();
        for version in versions {
            let canvas = log.canvas_after(*version);
            let snapshot = canvas.snapshot().expect("a round");
            shelf.snapshots.put(&snapshot).await.expect("kept");
            let saved = shelf
                .checkpoints
                .put(canvas.version(), canvas.to_checkpoint())
                .await;
            saved.expect("saved");
        }
        shelf
    }

    pub(crate) fn shelves(&self) -> Shelves {
        Shelves {
            snapshots: self.snapshots.clone(),
            checkpoints: self.checkpoints.clone(),
            history: self.history.clone(),
        }
    }

    pub(crate) async fn read(&self, name: &str) -> Vec<u8> {
        let found = self.blobs.get(&Path::from(name)).await.expect("there");
        found.bytes().await.expect("read").to_vec()
    }

    pub(crate) async fn write(&self, name: &str, bytes: Vec<u8>) {
        let put = self.blobs.put(&Path::from(name), bytes.into()).await;
        put.expect("put");
    }

    /// Flips all bits of the byte at a place; from the end when there are not so many.
    pub(crate) async fn damage(&self, name: &str, at: usize) {
        let mut bytes = self.read(name).await;
        let at = at % bytes.len();
        bytes[at] ^= 0xff;
        self.write(name, bytes).await;
    }
}

/// Three rounds: 40 placements, a closed round, 20 placements, a pause, a third round of 5
/// placements.
pub(crate) fn three_rounds() -> Log {
    let mut log = Log::with_round(size(5, 4));
    for number in 0..40u16 {
        log.append(placed(
            1,
            u64::from(number % 3),
            (number % 5, number % 4),
            (number % 7) as u8,
        ));
    }
    log.append(closed(1));
    log.append(Event::RoundOpened(opened(2, size(4, 4))));
    for number in 0..20u16 {
        log.append(placed(2, 1, (number % 4, number % 3), (number % 7) as u8));
    }
    log.append(Event::RoundOpened(opened(3, size(3, 3))));
    for number in 0..5u16 {
        log.append(placed(3, 1, (number % 3, 1), (number % 7) as u8));
    }
    log
}
