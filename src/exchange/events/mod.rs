//! The use case of importing whole events: our own `ndjson`, or a board that becomes a round.
//!
//! Nothing is appended before every line has been read. Then the log is asked which events it has,
//! and the others follow in order, under the numbers of this log: rounds are moved behind those
//! that it has, and the versions that events name become those that the events got here. Into an
//! empty log, a whole file therefore gives the same versions again.
//!
//! An imported event's id is a digest of all of them and its version in the file: importing again
//! adds nothing, and an import that was cut off goes on.

mod error;
mod present;
mod spool;
mod transfer;
mod versions;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use event_store::{EventStore, RoundId, Version};
use serde::Serialize;
use tokio::task::spawn_blocking;

pub use error::EventImportError;
use present::Present;
pub(super) use spool::{Spool, Spooled};
use transfer::Transfer;

use super::bad_line::{BadLine, BadLineReason, Fault, OnBadLine};
use super::import::{CancelOnDrop, finished};
use super::input::{Line, Source};
use super::json::EventJson;
use super::progress::{ImportPhase, Meter, OnProgress, rate};
use super::reading::SkippedLines;

/// The longest line of an event, in bytes. The longest that this program writes has about 1.6 MB:
/// [`MAX_RESTORED_CELLS`](event_store::event::MAX_RESTORED_CELLS) at 95 bytes each.
pub const MAX_EVENT_LINE_BYTES: usize = 4 * 1024 * 1024;

/// Progress is told, and a cancelled import noticed, once in this many lines.
const LINES_PER_REPORT: u64 = 8_192;

/// The log that events are imported into, as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetLog {
    /// Its newest round; 0 when it has none.
    pub last_round: RoundId,
    /// Whether that round runs.
    pub is_open: bool,
    /// The last version on the admin subject: if somebody else opens a round meanwhile, an import
    /// that would open one ends with a conflict.
    pub admin: Version,
}

/// What is to be imported, and how.
#[derive(Clone, Debug)]
pub struct EventImport {
    /// The sources, read in this order, as one log.
    pub sources: Vec<Source>,
    /// What happens at a bad line.
    pub on_bad_line: OnBadLine,
    /// Whether a round that runs may be ended by the first one of the file.
    pub replaces_round: bool,
}

/// What an import of events did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventImportSummary {
    /// The round that the first one of the file became; none when the file opens none.
    pub first_round: Option<RoundId>,
    /// Events read, bad lines not counted.
    pub events_read: u64,
    /// Events appended now.
    pub events_appended: u64,
    /// Events that the log had already.
    pub events_already_there: u64,
    /// Events that a fault of the log put behind later ones, none of them on the same cell.
    pub events_out_of_order: u64,
    /// Lines left out.
    pub skipped: SkippedLines,
    /// The version of the first event appended now.
    pub first_version: Option<Version>,
    /// The version of the last event appended now.
    pub last_version: Option<Version>,
    /// How long everything took.
    pub seconds: f64,
    /// Events read a second, over everything.
    pub events_per_second: f64,
}

/// Imports files of our own form.
///
/// Dropping the future leaves the log with a part of the events; importing again adds the rest.
///
/// # Errors
/// [`EventImportError`]; which of them leave the log as it was, each says.
pub async fn import_events(
    store: Arc<dyn EventStore>,
    import: EventImport,
    target: TargetLog,
    on_progress: OnProgress,
) -> Result<EventImportSummary, EventImportError> {
    let began = Instant::now();
    let meter = Arc::new(Meter::new(on_progress));
    let cancel = CancelOnDrop::default();
    let (cancelled, reading_meter) = (cancel.0.clone(), meter.clone());
    let (sources, on_bad_line) = (import.sources, import.on_bad_line);
    let read = spawn_blocking(move || read(&sources, on_bad_line, &reading_meter, &cancelled));
    let (spooled, skipped) = finished(read.await)?;
    let appended = append_spooled(
        store.as_ref(),
        spooled,
        target,
        import.replaces_round,
        &meter,
    );
    let mut summary = appended.await?;
    summary.skipped = skipped;
    let seconds = began.elapsed().as_secs_f64();
    summary.seconds = seconds;
    summary.events_per_second = rate(summary.events_read, seconds);
    Ok(summary)
}

/// Appends what a log does not have of some events.
pub(super) async fn append_spooled(
    store: &dyn EventStore,
    spooled: Spooled,
    target: TargetLog,
    replaces_round: bool,
    meter: &Meter,
) -> Result<EventImportSummary, EventImportError> {
    let report = |done, total| meter.report(ImportPhase::Scanning, done, Some(total));
    let present = Present::scan(store, &spooled, report).await?;
    let transfer = Transfer {
        store,
        target,
        replaces_round,
        meter,
    };
    transfer.run(spooled, present).await
}

/// Reads every line. Ends early, with whatever error, once `cancelled` is set.
fn read(
    sources: &[Source],
    on_bad_line: OnBadLine,
    meter: &Meter,
    cancelled: &AtomicBool,
) -> Result<(Spooled, SkippedLines), EventImportError> {
    let sizes: Option<Vec<u64>> = sources.iter().map(Source::stored_bytes).collect();
    let bytes_total = sizes.map(|sizes| sizes.iter().sum());
    let bytes_read = Arc::new(AtomicU64::new(0));
    let mut spool = Spool::new().map_err(EventImportError::Spool)?;
    let mut skipped = SkippedLines::default();
    let mut lines_read = 0u64;
    for source in sources {
        let mut lines = source.open_with(bytes_read.clone(), MAX_EVENT_LINE_BYTES)?;
        let name = lines.source_name().to_owned();
        while let Some(line) = lines.next_line()? {
            if !line.bytes.is_empty() {
                let number = line.number;
                let taken = take(line, &mut spool)?;
                taken.or_else(|fault| {
                    skip(fault.in_line(&name, number), on_bad_line, &mut skipped)
                })?;
            }
            lines_read += 1;
            if lines_read.is_multiple_of(LINES_PER_REPORT) {
                if cancelled.load(Ordering::Relaxed) {
                    let interrupted = std::io::ErrorKind::Interrupted.into();
                    return Err(EventImportError::Spool(interrupted));
                }
                meter.rows_read.store(lines_read, Ordering::Relaxed);
                let done = bytes_read.load(Ordering::Relaxed);
                meter.report(ImportPhase::Reading, done, bytes_total);
            }
        }
    }
    let spooled = spool.finish().map_err(EventImportError::Spool)?;
    Ok((spooled, skipped))
}

fn skip(
    bad: BadLine,
    on_bad_line: OnBadLine,
    skipped: &mut SkippedLines,
) -> Result<(), EventImportError> {
    match on_bad_line {
        OnBadLine::Stop => Err(EventImportError::BadLine(bad)),
        OnBadLine::Skip => {
            skipped.add(&bad);
            Ok(())
        }
    }
}

/// Takes one line; the inner error is the line's fault.
fn take(line: Line<'_>, spool: &mut Spool) -> Result<Result<(), Fault>, EventImportError> {
    if line.is_too_long {
        return Ok(Err(Fault::new(BadLineReason::TooLong, line.bytes)));
    }
    let (version, at, event) = match parse_event(line.bytes) {
        Ok(parsed) => parsed,
        Err(fault) => return Ok(Err(fault)),
    };
    let fault = |reason| Ok(Err(Fault::new(reason, line.bytes)));
    if version <= spool.last() {
        return fault(BadLineReason::VersionOrder);
    }
    if event.round().is_some() && !spool.has_opening() && !spool.opens(&event) {
        return fault(BadLineReason::RoundNotOpened);
    }
    let pushed = spool.push(version, at, &event);
    pushed.map(Ok).map_err(EventImportError::Spool)
}

/// Reads one line.
pub(super) fn parse_event(line: &[u8]) -> Result<spool::FileEvent, Fault> {
    let not_an_event = |why: String| Fault::new(BadLineReason::Event, why.as_bytes());
    let json: EventJson =
        serde_json::from_slice(line).map_err(|error| not_an_event(error.to_string()))?;
    let (version, at, event) = json
        .into_event()
        .map_err(|error| not_an_event(error.to_string()))?;
    let bytes = event_store::event::encode(at, &event).len();
    if bytes > event_store::MAX_EVENT_BYTES {
        return Err(Fault::new(BadLineReason::TooLong, line));
    }
    Ok((version, at, event))
}
