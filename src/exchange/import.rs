//! The use case of an import: published files → events of a round.
//!
//! Nothing is appended before every line has been read and every row sorted, so a bad line costs
//! nothing but time. Then the log is asked which rows it has, and the others follow in order. The
//! same files, in the same order, into the same round add nothing the second time; an import that
//! was cut off goes on. Two imports of one file at the same time are kept apart only by the log's
//! window for known ids.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use event_store::{
    Append, AppendError, BoxError, Event, EventId, EventStore, Guard, ReadError, RoundId, UnixMs,
    Version,
};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use super::append::{AppendedRows, Appender, RowAppendError};
use super::bad_line::{BadLine, OnBadLine};
use super::input::{Source, SourceError};
use super::names::{NameSpool, PlayerNames};
use super::progress::{ImportPhase, Meter, OnProgress, rate};
use super::reading::{Reading, SkippedLines, SortedInput};
use super::recent::RecentPlacements;
use super::resume::{RowsPresent, SourceTag};
use super::row::ImportFormat;
use super::shape::RoundShape;
use super::sort::{SortLimits, Sorted};
use super::target::ImportRound;

/// Rows in one message from the sorted rows to the log, and messages that may wait.
const BATCH_ROWS: usize = 1_024;
const MAX_WAITING_BATCHES: usize = 8;

/// What is to be imported, and where to.
#[derive(Clone, Debug)]
pub struct Import {
    /// The sources, read in this order. Rows of one time keep the order in which they were read.
    pub sources: Vec<Source>,
    /// Their format.
    pub format: ImportFormat,
    /// What happens at a bad line.
    pub on_bad_line: OnBadLine,
    /// The round.
    pub round: ImportRound,
    /// The cell that a form with signed coordinates calls `0,0`; half of the round's size when
    /// there is none.
    pub middle: Option<(u16, u16)>,
    /// The memory that sorting takes.
    pub sort_limits: SortLimits,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportSummary {
    /// The round that the rows are in.
    pub round: RoundId,
    /// Rows read, bad ones included.
    pub rows_read: u64,
    /// Rows appended now.
    pub rows_appended: u64,
    /// Rows that the log had already.
    pub rows_already_there: u64,
    /// Rows that a fault of the log put behind later ones, none of them on the same cell.
    pub rows_out_of_order: u64,
    /// Lines left out.
    pub skipped: SkippedLines,
    /// Different players in the rows that fit.
    pub players: u64,
    /// The version of the first row appended now.
    pub first_version: Option<Version>,
    /// The version of the last row appended now.
    pub last_version: Option<Version>,
    /// How long everything took.
    pub seconds: f64,
    /// Rows read a second, over everything.
    pub rows_per_second: f64,
}

/// Why an import ended.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A source could not be read. Nothing was appended.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A line is bad, and [`OnBadLine::Stop`] was asked for. Nothing was appended.
    #[error("bad line")]
    BadLine(#[source] BadLine),
    /// A temporary file could not be written or read.
    #[error("could not sort rows")]
    Sort(#[source] io::Error),
    /// The names of the players could not be kept. Nothing was appended.
    #[error("could not keep names of imported players")]
    Names(#[source] BoxError),
    /// The log could not be asked which rows it has. Nothing was appended.
    #[error("could not look for imported rows in log")]
    Scan(#[source] ReadError),
    /// The round could not be opened. Nothing was appended.
    #[error("could not open round {round}")]
    OpenRound {
        /// The round.
        round: RoundId,
        /// The cause; a conflict when somebody else changed the canvas meanwhile.
        #[source]
        source: AppendError,
    },
    /// A row could not be appended. The import can be run again and goes on there.
    #[error(transparent)]
    Append(#[from] RowAppendError),
}

/// Ends the blocking half when the import's future is dropped.
#[derive(Default)]
pub(super) struct CancelOnDrop(pub(super) Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Imports. Keeps the rows' times; makes one player of each name ([`PlayerId::of_name`]) and gives
/// the names to `names` before the first row is appended.
///
/// Dropping the future leaves the log with a part of the rows; importing again adds the rest.
///
/// # Errors
/// [`ImportError`]; which of them leave the log as it was, each says.
///
/// [`PlayerId::of_name`]: event_store::PlayerId::of_name
pub async fn import(
    store: Arc<dyn EventStore>,
    names: &dyn PlayerNames,
    import: Import,
    on_progress: OnProgress,
) -> Result<ImportSummary, ImportError> {
    let began = Instant::now();
    let meter = Arc::new(Meter::new(on_progress));
    let shape = RoundShape::of(&import.round, import.format, import.middle);
    let input = read_sorted(&import, shape.clone(), meter.clone()).await?;
    let players = input.names.count();
    keep_names(names, input.names).await?;

    let present = scan(store.as_ref(), &import.round, input.tag, &meter).await?;
    let round = shape.round;
    let rows_total = input.sorted.count();
    let (batches, missing) = send_missing(input.sorted, present, shape);
    let transfer = Transfer {
        store: store.as_ref(),
        tag: input.tag,
        round: &import.round,
        rows_total,
        meter: &meter,
    };
    let appended = transfer.run(batches).await?;
    let rows_already_there = finished(missing.await).map_err(ImportError::Sort)?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(ImportSummary {
        round,
        rows_read: input.rows_read,
        rows_appended: appended.count,
        rows_already_there,
        rows_out_of_order: appended.out_of_order,
        skipped: input.skipped,
        players,
        first_version: appended.first,
        last_version: appended.last,
        seconds,
        rows_per_second: rate(input.rows_read, seconds),
    })
}

async fn read_sorted(
    import: &Import,
    shape: RoundShape,
    meter: Arc<Meter>,
) -> Result<SortedInput, ImportError> {
    let reading = Reading {
        sources: import.sources.clone(),
        format: import.format,
        on_bad_line: import.on_bad_line,
        shape,
        limits: import.sort_limits.clone(),
    };
    let cancel = CancelOnDrop::default();
    let cancelled = cancel.0.clone();
    finished(spawn_blocking(move || reading.run(&meter, &cancelled)).await)
}

async fn keep_names(names: &dyn PlayerNames, spool: NameSpool) -> Result<(), ImportError> {
    let mut spooled = spool.into_names().map_err(ImportError::Sort)?;
    loop {
        let batch = spooled.next_batch().map_err(ImportError::Sort)?;
        if batch.is_empty() {
            return Ok(());
        }
        names.remember(&batch).await.map_err(ImportError::Names)?;
    }
}

async fn scan(
    store: &dyn EventStore,
    round: &ImportRound,
    tag: SourceTag,
    meter: &Meter,
) -> Result<RowsPresent, ImportError> {
    match round {
        ImportRound::New { .. } => Ok(RowsPresent::none(tag)),
        ImportRound::Running(target) => {
            let report = |done, total| meter.report(ImportPhase::Scanning, done, Some(total));
            RowsPresent::scan(store, tag, target.opened, report)
                .await
                .map_err(ImportError::Scan)
        }
    }
}

/// A row that the log does not have: its number and its event.
struct MissingRow {
    number: u64,
    at: UnixMs,
    event: Event,
}

/// Sends the missing rows, in order. The task gives the number of those that are not missing.
fn send_missing(
    mut sorted: Sorted,
    present: RowsPresent,
    shape: RoundShape,
) -> (mpsc::Receiver<Vec<MissingRow>>, JoinHandle<io::Result<u64>>) {
    let (batches, receiver) = mpsc::channel(MAX_WAITING_BATCHES);
    let task = spawn_blocking(move || {
        let mut already_there = 0;
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for (number, record) in (0u64..).zip(sorted.rows()?) {
            let record = record?;
            let Ok(color) = shape.fit(record.place, record.color) else {
                continue;
            };
            if present.has(number) {
                already_there += 1;
                continue;
            }
            batch.push(MissingRow {
                number,
                at: record.at,
                event: shape.event(&record, color),
            });
            if batch.len() == BATCH_ROWS {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
                if batches.blocking_send(full).is_err() {
                    // The import has ended, and with it the reason to go on.
                    return Ok(already_there);
                }
            }
        }
        // As above: a receiver that is gone has its reason.
        let _ = batches.blocking_send(batch);
        Ok(already_there)
    });
    (receiver, task)
}

/// Takes missing rows to the log.
struct Transfer<'a> {
    store: &'a dyn EventStore,
    tag: SourceTag,
    round: &'a ImportRound,
    rows_total: u64,
    meter: &'a Meter,
}

impl Transfer<'_> {
    async fn run(
        &self,
        mut batches: mpsc::Receiver<Vec<MissingRow>>,
    ) -> Result<AppendedRows, ImportError> {
        let mut appender = Appender::new(self.store, RecentPlacements::default());
        let mut is_open = false;
        while let Some(batch) = batches.recv().await {
            for mut row in batch {
                if !is_open {
                    self.open_round(row.at).await?;
                    is_open = true;
                }
                appender.make_room(row.number, &row.event).await?;
                appender.on_ack().complete(&mut row.event);
                let append = Append {
                    id: self.tag.event_id(row.number),
                    guard: Guard::None,
                    at: row.at,
                    event: row.event,
                };
                appender.issue(row.number, append).await;
                let is_due = row.number.is_multiple_of(BATCH_ROWS as u64);
                is_due.then(|| self.report(row.number, appender.done().count));
            }
        }
        let done = appender.finish().await?;
        self.report(self.rows_total, done.count);
        Ok(done)
    }

    async fn open_round(&self, at: UnixMs) -> Result<(), ImportError> {
        let ImportRound::New { opened, admin } = self.round else {
            return Ok(());
        };
        let round = opened.round;
        let append = Append {
            id: EventId::derive(&[b"import opens round", &round.0.to_be_bytes()]),
            guard: Guard::LastOnSubject(*admin),
            at,
            event: Event::RoundOpened(opened.clone()),
        };
        let opened = self.store.append(append).await;
        opened.map_err(|source| ImportError::OpenRound { round, source })?;
        Ok(())
    }

    fn report(&self, rows: u64, appended: u64) {
        self.meter.rows_appended.store(appended, Ordering::Relaxed);
        let total = Some(self.rows_total);
        self.meter.report(ImportPhase::Appending, rows, total);
    }
}

/// The answer of a blocking task; its panic goes on in the caller.
pub(super) fn finished<T>(joined: Result<T, JoinError>) -> T {
    joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
