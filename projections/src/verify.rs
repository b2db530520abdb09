//! The proof that what is stored beside the log agrees with it.

use event_store::{ReadError, Version};

use crate::canvas::{Canvas, OutOfOrder};
use crate::checkpoint::{CheckpointStore, CheckpointStoreError};
use crate::log_pages::{LogPages, Pages};
use crate::snapshot::{SnapshotStore, SnapshotStoreError};

/// What a refold of the log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The last version that was folded.
    pub version: Version,
    /// How many kept snapshots agree with the log.
    pub snapshots: usize,
    /// How many checkpoints agree with the log.
    pub checkpoints: usize,
    /// Where the refold ended because something does not agree; none when all does.
    pub disagreement: Option<Disagreement>,
}

/// The first version at which something stored does not agree with the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Its version.
    pub version: Version,
    /// The last version before it at which something stored does agree, or where the refold began.
    pub agrees_until: Version,
    /// What does not agree.
    pub what: Stored,
    /// How it does not: a sentence for the operator.
    pub why: String,
}

/// Something that is stored beside the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stored {
    /// A kept snapshot.
    Snapshot,
    /// A checkpoint.
    Checkpoint,
}

/// Why the proof could not be brought to an end.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The log could not be read.
    #[error("could not read the log to verify it")]
    Log(#[source] ReadError),
    /// The log gave events out of order: a fault of the engine.
    #[error("could not fold the log")]
    OutOfOrder(#[source] OutOfOrder),
    /// The snapshots could not be reached.
    #[error("could not read the kept snapshots")]
    Snapshots(#[source] SnapshotStoreError),
    /// The checkpoints could not be reached.
    #[error("could not read the checkpoints")]
    Checkpoints(#[source] CheckpointStoreError),
}

/// Refolds the log from `start` (the empty canvas for all of it) to its head, in bounded pages, and
/// compares every kept snapshot and checkpoint on the way with the canvas. Ends at the first that
/// does not agree. `progress` is told the version after every page, and the head.
///
/// # Errors
/// [`VerifyError`]; what does not agree is no error but the answer.
pub async fn verify<L: LogPages + ?Sized>(
    start: Canvas,
    log: &L,
    snapshots: &SnapshotStore,
    checkpoints: &CheckpointStore,
    mut progress: impl FnMut(Version, Version) + Send,
) -> Result<Verdict, VerifyError> {
    let head = log.newest().await.map_err(VerifyError::Log)?;
    let mut stored = stored_after(start.version(), snapshots, checkpoints).await?;
    let mut refold = Refold {
        agrees_until: start.version(),
        canvas: start,
        snapshots,
        checkpoints,
        agreeing: [0, 0],
    };
    let mut pages = Pages::between(log, refold.canvas.version(), head);
    while let Some(page) = pages.next().await.map_err(VerifyError::Log)? {
        for recorded in &page {
            let applied = refold
                .canvas
                .apply(recorded.version, recorded.at, &recorded.event);
            applied.map_err(VerifyError::OutOfOrder)?;
            while let Some((_, what)) = stored.pop_if(|(version, _)| *version == recorded.version) {
                if let Some(why) = refold.compare(what).await? {
                    return Ok(refold.verdict(Some((recorded.version, what, why))));
                }
            }
        }
        progress(refold.canvas.version(), head);
    }
    let beyond = stored.pop().map(|(version, what)| {
        (
            version,
            what,
            format!("it is newer than the log, which ends at version {head}"),
        )
    });
    Ok(refold.verdict(beyond))
}

/// What is stored of versions after `after`, the lowest version last.
async fn stored_after(
    after: Version,
    snapshots: &SnapshotStore,
    checkpoints: &CheckpointStore,
) -> Result<Vec<(Version, Stored)>, VerifyError> {
    let kept = snapshots.versions().await.map_err(VerifyError::Snapshots)?;
    let saved = checkpoints
        .versions()
        .await
        .map_err(VerifyError::Checkpoints)?;
    let kept = kept.into_iter().map(|version| (version, Stored::Snapshot));
    let saved = saved
        .into_iter()
        .map(|version| (version, Stored::Checkpoint));
    let mut stored: Vec<_> = kept
        .chain(saved)
        .filter(|(version, _)| *version > after)
        .collect();
    stored.sort_unstable_by(|one, other| other.cmp(one));
    Ok(stored)
}

struct Refold<'a> {
    canvas: Canvas,
    agrees_until: Version,
    snapshots: &'a SnapshotStore,
    checkpoints: &'a CheckpointStore,
    /// By [`Stored`].
    agreeing: [usize; 2],
}

impl Refold<'_> {
    /// Compares what is stored of the canvas's version, and says how it does not agree. What was
    /// deleted since it was listed is passed over.
    async fn compare(&mut self, what: Stored) -> Result<Option<String>, VerifyError> {
        let found = match what {
            Stored::Snapshot => self.compare_snapshot().await?,
            Stored::Checkpoint => self.compare_checkpoint().await?,
        };
        match found {
            Compared::Agrees => {
                self.agreeing[what as usize] += 1;
                self.agrees_until = self.canvas.version();
                Ok(None)
            }
            Compared::Gone => Ok(None),
            Compared::Differs(why) => Ok(Some(why)),
        }
    }

    async fn compare_snapshot(&self) -> Result<Compared, VerifyError> {
        let kept = match self.snapshots.get(self.canvas.version()).await {
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
        Ok(match self.canvas.snapshot() {
            Some(folded) if folded == kept => Compared::Agrees,
            Some(folded) => Compared::Differs(difference(folded.grid.cells(), kept.grid.cells())),
            None => Compared::Differs("the log has no round by then".to_owned()),
        })
    }

    async fn compare_checkpoint(&self) -> Result<Compared, VerifyError> {
        let version = self.canvas.version();
        let bytes = self
            .checkpoints
            .get(version)
            .await
            .map_err(VerifyError::Checkpoints)?;
        let Some(bytes) = bytes else {
            return Ok(Compared::Gone);
        };
        Ok(match Canvas::from_checkpoint(&bytes) {
            Ok(canvas) if canvas == self.canvas => Compared::Agrees,
            Ok(_) => Compared::Differs("its state is not the folded one".to_owned()),
            Err(error) => Compared::Differs(error.to_string()),
        })
    }

    fn verdict(self, disagreement: Option<(Version, Stored, String)>) -> Verdict {
        let agrees_until = self.agrees_until;
        Verdict {
            version: self.canvas.version(),
            snapshots: self.agreeing[Stored::Snapshot as usize],
            checkpoints: self.agreeing[Stored::Checkpoint as usize],
            disagreement: disagreement.map(|(version, what, why)| Disagreement {
                version,
                agrees_until,
                what,
                why,
            }),
        }
    }
}

enum Compared {
    Agrees,
    Gone,
    Differs(String),
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
