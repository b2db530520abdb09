//! Where a refold begins.

use event_store::Version;

use super::{Shelves, VerifyError};
use crate::boot::{self, BootError};
use crate::canvas::Canvas;
use crate::history::{HistoryStore, HistoryStoreError, Index, Keyframe, Packer, Pseudonyms};
use crate::log_pages::LogPages;

/// The state that a refold goes on from.
#[derive(Clone, Debug, Default)]
pub struct Start {
    pub(super) canvas: Canvas,
    pub(super) packer: Packer,
    /// The segments before.
    pub(super) before: Index,
}

impl Start {
    /// Before the first event.
    pub fn of_empty_log() -> Self {
        Self::default()
    }

    /// The last version before the first one that is refolded.
    pub fn version(&self) -> Version {
        self.canvas.version()
    }

    /// Before the segment that holds `version`, or after the last one when none does yet. What
    /// comes before is trusted: the newest checkpoint, the index, and who has which pseudonym.
    ///
    /// Where pseudonyms of the round are missing, it is before the round; without an index, or with
    /// one of another log, before the first event.
    ///
    /// # Errors
    /// [`VerifyError`] for what could not be reached.
    pub async fn before<L: LogPages + ?Sized>(
        version: Version,
        log: &L,
        shelves: &Shelves,
    ) -> Result<Self, VerifyError> {
        let mut index = match shelves.history.index().await {
            Ok(Some(index)) => index,
            Ok(None) | Err(HistoryStoreError::Index(_)) => return Ok(Self::default()),
            Err(error) => return Err(VerifyError::History(error)),
        };
        let version = version.max(Version(1));
        let holding = index.holding(version).map(|entry| entry.number);
        if let Some(number) = holding {
            index.truncate(number);
        }
        let pseudonyms = match pseudonyms_after(&index, &shelves.history).await? {
            Some(pseudonyms) => pseudonyms,
            None => {
                let round = index.entries().last().map(|entry| entry.round);
                let mut entries = index.entries().iter();
                let first = entries.find(|entry| Some(entry.round) == round);
                let first = first.map_or(1, |entry| entry.number);
                index.truncate(first);
                // The next segment begins a round, and with it pseudonyms begin anew.
                Pseudonyms::default()
            }
        };
        let canvas = canvas_at(index.last(), log, shelves).await?;
        if canvas.version() < index.last() {
            return Ok(Self::default());
        }
        Ok(Self::of(canvas, index, pseudonyms))
    }

    fn of(canvas: Canvas, before: Index, pseudonyms: Pseudonyms) -> Self {
        let round = before.entries().last().map(|entry| entry.round);
        let keyframe = canvas.field().map(|field| Keyframe {
            version: canvas.version(),
            at: canvas.at(),
            field: field.clone(),
        });
        let round = round.unwrap_or_default();
        Self {
            packer: Packer::after(canvas.version(), round, keyframe, pseudonyms),
            canvas,
            before,
        }
    }
}

/// The pseudonyms of the newest round of an index; none when not all are known.
async fn pseudonyms_after(
    index: &Index,
    history: &HistoryStore,
) -> Result<Option<Pseudonyms>, VerifyError> {
    let mut pseudonyms = Pseudonyms::default();
    let Some(last) = index.entries().last() else {
        return Ok(Some(pseudonyms));
    };
    let mut before = None;
    for entry in index.entries() {
        if entry.round == last.round {
            match history.players(entry, before).await {
                Ok(players) => pseudonyms.give(players),
                Err(error) if error.broken_file().is_some() => return Ok(None),
                Err(error) => return Err(VerifyError::History(error)),
            }
        }
        before = Some(entry);
    }
    Ok((pseudonyms.given() == last.players).then_some(pseudonyms))
}

async fn canvas_at<L: LogPages + ?Sized>(
    version: Version,
    log: &L,
    shelves: &Shelves,
) -> Result<Canvas, VerifyError> {
    let kept = shelves.checkpoints.newest(version).await;
    let mut canvas = kept.map_err(VerifyError::Checkpoints)?.unwrap_or_default();
    match boot::advance(&mut canvas, log, version, |_| {}).await {
        Ok(_) => Ok(canvas),
        Err(BootError::Log(error)) => Err(VerifyError::Log(error)),
        Err(BootError::OutOfOrder(error)) => Err(VerifyError::OutOfOrder(error)),
        Err(BootError::Checkpoints(error)) => Err(VerifyError::Checkpoints(error)),
    }
}
