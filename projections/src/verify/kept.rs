//! Kept snapshots and checkpoints against the folded canvas.

use event_store::Version;

use super::{Fault, Shelves, Stored, VerifyError};
use crate::canvas::Canvas;
use crate::checkpoint::CheckpointStore;
use crate::snapshot::{SnapshotStore, SnapshotStoreError};

/// What is kept of versions that are yet to be folded.
pub(super) struct KeptCheck {
    /// The lowest version last.
    left: Vec<(Version, Kind)>,
    stores: (SnapshotStore, CheckpointStore),
    repair: bool,
    /// How many snapshots agree.
    pub(super) snapshots: usize,
    /// How many checkpoints agree.
    pub(super) checkpoints: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Snapshot,
    Checkpoint,
}

enum Compared {
    Agrees,
    /// Deleted since it was listed: others may be at work.
    Gone,
    Differs(String),
}

impl KeptCheck {
    /// What is kept of versions after `after`.
    pub(super) async fn after(
        after: Version,
        shelves: &Shelves,
        repair: bool,
    ) -> Result<Self, VerifyError> {
        let kept = shelves.snapshots.versions().await;
        let kept = kept.map_err(VerifyError::Snapshots)?.into_iter();
        let saved = shelves.checkpoints.versions().await;
        let saved = saved.map_err(VerifyError::Checkpoints)?.into_iter();
        let mut left: Vec<_> = kept
            .map(|version| (version, Kind::Snapshot))
            .chain(saved.map(|version| (version, Kind::Checkpoint)))
            .filter(|(version, _)| *version > after)
            .collect();
        left.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Self {
            left,
            stores: (shelves.snapshots.clone(), shelves.checkpoints.clone()),
            repair,
            snapshots: 0,
            checkpoints: 0,
        })
    }

    /// Compares the next thing that is kept of the canvas's version; none when there is nothing
    /// more.
    pub(super) async fn compare_next(
        &mut self,
        canvas: &Canvas,
    ) -> Result<Option<Vec<Fault>>, VerifyError> {
        let version = canvas.version();
        let due = self.left.pop_if(|(due, _)| *due == version);
        let Some((_, kind)) = due else {
            return Ok(None);
        };
        let compared = match kind {
            Kind::Snapshot => self.compare_snapshot(canvas).await?,
            Kind::Checkpoint => self.compare_checkpoint(canvas).await?,
        };
        let why = match (compared, kind) {
            (Compared::Differs(why), _) => why,
            (Compared::Gone, _) => return Ok(Some(Vec::new())),
            (Compared::Agrees, Kind::Snapshot) => {
                self.snapshots += 1;
                return Ok(Some(Vec::new()));
            }
            (Compared::Agrees, Kind::Checkpoint) => {
                self.checkpoints += 1;
                return Ok(Some(Vec::new()));
            }
        };
        if self.repair {
            self.mend(kind, canvas).await?;
        }
        let what = Stored::from(kind);
        Ok(Some(vec![Fault { version, what, why }]))
    }

    /// What is kept of a version that the log does not reach.
    pub(super) fn beyond(&self, head: Version) -> Option<Fault> {
        self.left.last().map(|(version, kind)| Fault {
            version: *version,
            what: Stored::from(*kind),
            why: format!("it is newer than the log, which ends at version {head}"),
        })
    }

    async fn compare_snapshot(&self, canvas: &Canvas) -> Result<Compared, VerifyError> {
        let kept = match self.stores.0.get(canvas.version()).await {
            Ok(kept) => kept,
            Err(error @ SnapshotStoreError::Unavailable(_)) => {
                return Err(VerifyError::Snapshots(error));
            }
            Err(
                error @ (SnapshotStoreError::Damaged { .. } | SnapshotStoreError::Mismatch { .. }),
            ) => return Ok(Compared::Differs(error.to_string())),
        };
        let Some(kept) = kept else {
            return Ok(Compared::Gone);
        };
        Ok(match canvas.snapshot() {
            Some(folded) if folded == kept => Compared::Agrees,
            Some(folded) => Compared::Differs(difference(folded.grid.cells(), kept.grid.cells())),
            None => Compared::Differs("the log has no round by then".to_owned()),
        })
    }

    async fn compare_checkpoint(&self, folded: &Canvas) -> Result<Compared, VerifyError> {
        let bytes = self.stores.1.get(folded.version()).await;
        let Some(bytes) = bytes.map_err(VerifyError::Checkpoints)? else {
            return Ok(Compared::Gone);
        };
        Ok(match Canvas::from_checkpoint(&bytes) {
            Ok(canvas) if canvas == *folded => Compared::Agrees,
            Ok(_) => Compared::Differs("its state is not the folded one".to_owned()),
            Err(error) => Compared::Differs(error.to_string()),
        })
    }

    async fn mend(&self, kind: Kind, canvas: &Canvas) -> Result<(), VerifyError> {
        match (kind, canvas.snapshot()) {
            (Kind::Snapshot, Some(snapshot)) => {
                let put = self.stores.0.put(&snapshot).await;
                put.map(|_| ()).map_err(VerifyError::Snapshots)
            }
            (Kind::Snapshot, None) => {
                let deleted = self.stores.0.delete(canvas.version()).await;
                deleted.map_err(VerifyError::Snapshots)
            }
            (Kind::Checkpoint, _) => {
                let put = self.stores.1.put(canvas.version(), canvas.to_checkpoint());
                put.await.map_err(VerifyError::Checkpoints)
            }
        }
    }
}

impl From<Kind> for Stored {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Snapshot => Self::Snapshot,
            Kind::Checkpoint => Self::Checkpoint,
        }
    }
}

fn difference(folded: &[u8], kept: &[u8]) -> String {
    let differing = folded
        .iter()
        .zip(kept)
        .filter(|(folded, kept)| folded != kept)
        .count();
    if folded.len() != kept.len() {
        format!(
            "it has {} cells, the folded canvas {}",
            kept.len(),
            folded.len()
        )
    } else if differing == 0 {
        "its round, size or time is not the folded one's".to_owned()
    } else {
        format!("{differing} of its cells are not the folded canvas's")
    }
}
