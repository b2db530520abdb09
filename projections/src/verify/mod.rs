//! The proof that what is stored beside the log agrees with it.

mod difference;
mod history;
mod kept;
mod start;

use event_store::{ReadError, Recorded, Version};

use crate::canvas::{Canvas, OutOfOrder};
use crate::checkpoint::{CheckpointStore, CheckpointStoreError};
use crate::history::{File, HistoryStore, HistoryStoreError, Packer};
use crate::log_pages::{LogPages, Pages};
use crate::snapshot::{SnapshotStore, SnapshotStoreError};

pub use difference::first_difference;
pub use start::Start;

use history::HistoryCheck;
use kept::KeptCheck;

/// What is stored beside a log.
#[derive(Clone, Debug)]
pub struct Shelves {
    /// The kept snapshots.
    pub snapshots: SnapshotStore,
    /// The checkpoints.
    pub checkpoints: CheckpointStore,
    /// The files of history.
    pub history: HistoryStore,
}

/// What a refold of the log found.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The last version that was folded.
    pub version: Version,
    /// The canvas at that version.
    pub canvas: Canvas,
    /// How many kept snapshots agree with the log.
    pub snapshots: usize,
    /// How many checkpoints agree with the log.
    pub checkpoints: usize,
    /// How many segments agree with the log, each with its keyframe, its players and its entry in
    /// the index.
    pub segments: usize,
    /// The last version in a segment that was looked at; what follows is in no closed segment yet.
    pub segmented: Version,
    /// What did not agree and was made anew, in the order of versions; empty without leave to.
    pub mended: Vec<Disagreement>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A kept snapshot.
    Snapshot,
    /// A checkpoint.
    Checkpoint,
    /// A file of history.
    History(File),
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
    #[error("could not read or write the kept snapshots")]
    Snapshots(#[source] SnapshotStoreError),
    /// The checkpoints could not be reached.
    #[error("could not read or write the checkpoints")]
    Checkpoints(#[source] CheckpointStoreError),
    /// The files of history could not be reached.
    #[error("could not read or write the files of history")]
    History(#[source] HistoryStoreError),
}

/// Something that does not agree, and from which version on.
#[derive(Debug)]
struct Fault {
    version: Version,
    what: Stored,
    why: String,
}

/// Refolds the log from `start` to its head, in bounded pages, and compares with it every kept
/// snapshot, every checkpoint and every file of history on the way. Ends at the first that does not
/// agree; with `repair` that one is made anew of the log instead, and the refold goes on.
/// `progress` is told the version after every page, and the head.
///
/// With `repair` nobody else may write history meanwhile, and all closed segments of the log are in
/// it afterwards. What is newer than the log is never mended: the log may have lost its end.
///
/// # Errors
/// [`VerifyError`]; what does not agree is no error but the answer.
pub async fn verify<L: LogPages + ?Sized>(
    start: Start,
    log: &L,
    shelves: &Shelves,
    repair: bool,
    mut progress: impl FnMut(Version, Version) + Send,
) -> Result<Verdict, VerifyError> {
    // What is stored is listed before the log's end is asked for: others may go on meanwhile.
    let mut refold = Refold::of(start, shelves, repair).await?;
    let head = log.newest().await.map_err(VerifyError::Log)?;
    let mut pages = Pages::between(log, refold.canvas.version(), head);
    while let Some(page) = pages.next().await.map_err(VerifyError::Log)? {
        for recorded in &page {
            if refold.disagreement.is_some() {
                return Ok(refold.verdict());
            }
            refold.take(recorded).await?;
        }
        progress(refold.canvas.version(), head);
    }
    if refold.disagreement.is_none() {
        refold.end().await?;
    }
    Ok(refold.verdict())
}

struct Refold {
    canvas: Canvas,
    packer: Packer,
    kept: KeptCheck,
    history: HistoryCheck,
    repair: bool,
    agrees_until: Version,
    mended: Vec<Disagreement>,
    disagreement: Option<Disagreement>,
}

impl Refold {
    async fn of(start: Start, shelves: &Shelves, repair: bool) -> Result<Self, VerifyError> {
        let version = start.canvas.version();
        let kept = KeptCheck::after(version, shelves, repair).await?;
        let (history, damaged) = HistoryCheck::of(&start, shelves, repair).await?;
        let mut refold = Self {
            canvas: start.canvas,
            packer: start.packer,
            kept,
            history,
            repair,
            agrees_until: version,
            mended: Vec::new(),
            disagreement: None,
        };
        refold.settle(damaged);
        Ok(refold)
    }

    async fn take(&mut self, recorded: &Recorded) -> Result<(), VerifyError> {
        let closed = self.packer.push(recorded);
        if let Some(closed) = closed.map_err(VerifyError::OutOfOrder)? {
            let last = closed.segment.last();
            let faults = self.history.compare(&closed).await?;
            self.settle_agreeing(last, faults);
        }
        let applied = self
            .canvas
            .apply(recorded.version, recorded.at, &recorded.event);
        applied.map_err(VerifyError::OutOfOrder)?;
        while self.disagreement.is_none()
            && let Some(compared) = self.kept.compare_next(&self.canvas).await?
        {
            self.settle_agreeing(recorded.version, compared);
        }
        Ok(())
    }

    /// Ends what goes over the whole log.
    async fn end(&mut self) -> Result<(), VerifyError> {
        let head = self.canvas.version();
        let faults = self.history.end().await?;
        self.settle(faults);
        let beyond = self.kept.beyond(head);
        let beyond = beyond.or_else(|| self.history.beyond(head));
        if self.disagreement.is_none() {
            self.disagreement = beyond.map(|fault| self.disagreement_of(fault));
        }
        Ok(())
    }

    /// As [`Refold::settle`]; without a fault everything agrees up to `version`.
    fn settle_agreeing(&mut self, version: Version, faults: Vec<Fault>) {
        if faults.is_empty() {
            self.agrees_until = self.agrees_until.max(version);
        }
        self.settle(faults);
    }

    /// Ends the refold at the first of `faults`, or keeps in mind that they are mended.
    fn settle(&mut self, faults: Vec<Fault>) {
        let mut faults = faults.into_iter().map(|fault| self.disagreement_of(fault));
        if self.repair {
            let mended: Vec<Disagreement> = faults.collect();
            self.mended.extend(mended);
        } else if let Some(first) = faults.next() {
            self.disagreement.get_or_insert(first);
        }
    }

    fn disagreement_of(&self, fault: Fault) -> Disagreement {
        let before = Version(fault.version.0.saturating_sub(1));
        Disagreement {
            version: fault.version,
            agrees_until: self.agrees_until.min(before),
            what: fault.what,
            why: fault.why,
        }
    }

    fn verdict(self) -> Verdict {
        Verdict {
            version: self.canvas.version(),
            snapshots: self.kept.snapshots,
            checkpoints: self.kept.checkpoints,
            segments: self.history.segments,
            segmented: self.history.segmented(),
            canvas: self.canvas,
            mended: self.mended,
            disagreement: self.disagreement,
        }
    }
}
