//! Takes the events that a log does not have to it, under its own numbers.

use std::io;
use std::sync::atomic::Ordering;

use event_store::{Append, Event, EventStore, Guard, RoundId, UnixMs, Version};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::super::append::{Appender, RowAppendError};
use super::super::import::finished;
use super::super::progress::{ImportPhase, Meter};
use super::super::reading::SkippedLines;
use super::super::resume::{RowsPresent, SourceTag};
use super::present::Present;
use super::spool::Spooled;
use super::{EventImportError, EventImportSummary, TargetLog};

/// A message to the log is full with so many events, or with events of so many bytes; so many
/// messages may wait.
const BATCH_EVENTS: usize = 1_024;
const BATCH_BYTES: usize = 1 << 20;
const MAX_WAITING_BATCHES: usize = 8;

/// Takes events to a log.
pub(super) struct Transfer<'a> {
    pub(super) store: &'a dyn EventStore,
    pub(super) target: TargetLog,
    pub(super) replaces_round: bool,
    pub(super) meter: &'a Meter,
}

/// An event that the log does not have.
struct Missing {
    version: Version,
    at: UnixMs,
    event: Event,
    /// The round, by its number in the file, whose opening is the last one before the event.
    within: Option<RoundId>,
}

/// How the rounds of a file are numbered here.
#[derive(Clone, Copy)]
struct Rounds {
    in_file: RoundId,
    here: RoundId,
}

impl Rounds {
    /// The number here of a round of the file; numbers that no round can have stay so.
    fn here(self, in_file: RoundId) -> RoundId {
        let distance = i64::from(in_file.0) - i64::from(self.in_file.0);
        let here = i64::from(self.here.0) + distance;
        RoundId(u32::try_from(here.clamp(0, u32::MAX.into())).unwrap_or_default())
    }
}

impl Transfer<'_> {
    pub(super) async fn run(
        &self,
        spooled: Spooled,
        present: Present,
    ) -> Result<EventImportSummary, EventImportError> {
        let (tag, total) = (spooled.tag, spooled.count);
        let rounds = spooled.first_opening.map(|(_, in_file)| Rounds {
            in_file,
            here: present
                .first_round
                .unwrap_or(RoundId(self.target.last_round.0.saturating_add(1))),
        });
        let mut summary = EventImportSummary {
            first_round: rounds.map(|rounds| rounds.here),
            events_read: total,
            events_appended: 0,
            events_already_there: present.count,
            events_out_of_order: 0,
            skipped: SkippedLines::default(),
            first_version: None,
            last_version: None,
            seconds: 0.0,
            events_per_second: 0.0,
        };
        let (batches, reading) = send_missing(spooled, present.rows);
        let appender = Appender::new(self.store, present.versions);
        let appended = self.append(appender, batches, rounds, tag, total).await;
        let read = finished(reading.await);
        let appended = appended?;
        read.map_err(EventImportError::Spool)?;
        summary.events_appended = appended.count;
        summary.events_out_of_order = appended.out_of_order;
        summary.first_version = appended.first;
        summary.last_version = appended.last;
        Ok(summary)
    }

    async fn append(
        &self,
        mut appender: Appender<'_, super::versions::Versions>,
        mut batches: mpsc::Receiver<Vec<Missing>>,
        rounds: Option<Rounds>,
        tag: SourceTag,
        total: u64,
    ) -> Result<super::super::append::AppendedRows, EventImportError> {
        let failed = |error: RowAppendError| EventImportError::Append {
            version: Version(error.row),
            source: error.source,
        };
        let mut is_first = true;
        while let Some(batch) = batches.recv().await {
            for mut missing in batch {
                let guard = match std::mem::take(&mut is_first) {
                    true => self.check(&missing, rounds)?,
                    false => Guard::None,
                };
                appender
                    .make_room(missing.version.0, &missing.event)
                    .await
                    .map_err(failed)?;
                if appender.on_ack().is_full() {
                    return Err(EventImportError::TooManyGaps);
                }
                let versions = appender.on_ack();
                missing
                    .event
                    .renumber_versions(|version| versions.here(version));
                if let Some((round, rounds)) = missing.event.round().zip(rounds) {
                    missing.event.set_round(rounds.here(round));
                }
                let append = Append {
                    id: tag.event_id(missing.version.0),
                    guard,
                    at: missing.at,
                    event: missing.event,
                };
                appender.issue(missing.version.0, append).await;
            }
            self.report(appender.done().count, total);
        }
        let done = appender.finish().await.map_err(failed)?;
        self.report(done.count, total);
        Ok(done)
    }

    /// Whether the first missing event may be appended where the log is now, and under which guard.
    fn check(&self, first: &Missing, rounds: Option<Rounds>) -> Result<Guard, EventImportError> {
        let newest = self.target.last_round;
        let Some(rounds) = rounds else {
            return Ok(Guard::None);
        };
        match first.within.map(|round| rounds.here(round)) {
            Some(round) if round != newest => Err(EventImportError::RoundMovedOn { round, newest }),
            Some(_) => Ok(Guard::None),
            None if self.target.is_open && !self.replaces_round => {
                Err(EventImportError::RoundStillOpen { round: newest })
            }
            None => Ok(match &first.event {
                Event::RoundOpened(_) => Guard::LastOnSubject(self.target.admin),
                Event::PlacementMade(_)
                | Event::PlacementUndone(_)
                | Event::RoundClosed(_)
                | Event::CanvasExpanded(_)
                | Event::PaletteExtended(_)
                | Event::CooldownChanged(_)
                | Event::RegionErased(_)
                | Event::CellsRestored(_)
                | Event::PlayerBanned(_)
                | Event::PlayerUnbanned(_)
                | Event::CanvasLocked(_)
                | Event::CanvasUnlocked(_)
                | Event::RegionProtected(_)
                | Event::RegionUnprotected(_)
                | Event::Announced(_) => Guard::None,
            }),
        }
    }

    fn report(&self, appended: u64, total: u64) {
        self.meter.rows_appended.store(appended, Ordering::Relaxed);
        self.meter
            .report(ImportPhase::Appending, appended, Some(total));
    }
}

/// Sends the events that are missing, in order.
fn send_missing(
    mut spooled: Spooled,
    present: RowsPresent,
) -> (mpsc::Receiver<Vec<Missing>>, JoinHandle<io::Result<()>>) {
    let (batches, receiver) = mpsc::channel(MAX_WAITING_BATCHES);
    let task = spawn_blocking(move || {
        let mut batch = Vec::with_capacity(BATCH_EVENTS);
        let mut batch_bytes = 0;
        let mut within = None;
        for spooled in spooled.events()? {
            let (bytes, (version, at, event)) = spooled?;
            let before = within;
            if let Event::RoundOpened(opened) = &event {
                within = Some(opened.round);
            }
            if !present.has(version.0) {
                batch_bytes += bytes;
                batch.push(Missing {
                    version,
                    at,
                    event,
                    within: before,
                });
            }
            if batch.len() == BATCH_EVENTS || batch_bytes >= BATCH_BYTES {
                batch_bytes = 0;
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_EVENTS));
                if batches.blocking_send(full).is_err() {
                    // The import has ended, and with it the reason to go on.
                    return Ok(());
                }
            }
        }
        // As above: a receiver that is gone has its reason.
        let _ = batches.blocking_send(batch);
        Ok(())
    });
    (receiver, task)
}
