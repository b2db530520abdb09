//! The first half of an import, which blocks: sources → sorted rows and the names in them.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use event_store::PlayerId;
use serde::Serialize;

use super::bad_line::{BadLine, BadLineReason, Fault, OnBadLine};
use super::import::ImportError;
use super::input::{Line, Source};
use super::names::NameSpool;
use super::progress::{ImportPhase, Meter};
use super::resume::SourceTag;
use super::row::{ImportFormat, Row};
use super::shape::RoundShape;
use super::sort::{SortLimits, Sorted, Sorter};

/// The most bad lines that a summary shows; the others are only counted.
pub const MAX_SHOWN_BAD_LINES: usize = 10;

/// Progress is told, and a cancelled import noticed, once in this many rows.
const ROWS_PER_REPORT: u64 = 8_192;

/// The lines that were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SkippedLines {
    /// How many.
    pub count: u64,
    /// How many by [`BadLineReason::name`].
    pub by_reason: BTreeMap<&'static str, u64>,
    /// What is wrong with the first [`MAX_SHOWN_BAD_LINES`], one sentence each.
    pub first: Vec<String>,
}

/// What is to be read.
pub(super) struct Reading {
    pub(super) sources: Vec<Source>,
    pub(super) format: ImportFormat,
    pub(super) on_bad_line: OnBadLine,
    pub(super) shape: RoundShape,
    pub(super) limits: SortLimits,
}

/// What was read.
pub(super) struct SortedInput {
    pub(super) sorted: Sorted,
    pub(super) tag: SourceTag,
    pub(super) names: NameSpool,
    pub(super) rows_read: u64,
    pub(super) skipped: SkippedLines,
}

struct Collected {
    sorter: Sorter,
    names: NameSpool,
    rows_read: u64,
    skipped: SkippedLines,
}

impl Reading {
    /// Reads and sorts everything. Ends early, with whatever error, once `cancelled` is set: nobody
    /// waits for the answer then.
    pub(super) fn run(
        self,
        meter: &Meter,
        cancelled: &AtomicBool,
    ) -> Result<SortedInput, ImportError> {
        let mut collected = Collected {
            sorter: Sorter::new(self.limits.clone()),
            names: NameSpool::new(),
            rows_read: 0,
            skipped: SkippedLines::default(),
        };
        let sizes: Option<Vec<u64>> = self.sources.iter().map(Source::stored_bytes).collect();
        let bytes_total = sizes.map(|sizes| sizes.iter().sum());
        let bytes_read = Arc::new(AtomicU64::new(0));
        let report = |rows_read: u64| {
            meter.rows_read.store(rows_read, Ordering::Relaxed);
            let done = bytes_read.load(Ordering::Relaxed);
            meter.report(ImportPhase::Reading, done, bytes_total);
        };
        for source in &self.sources {
            let mut lines = source.open(bytes_read.clone())?;
            let name = lines.source_name().to_owned();
            while let Some(line) = lines.next_line()? {
                let is_row = self.take(line, &name, &mut collected)?;
                if is_row && collected.rows_read.is_multiple_of(ROWS_PER_REPORT) {
                    stop_if(cancelled)?;
                    report(collected.rows_read);
                }
            }
        }
        report(collected.rows_read);
        self.sort(collected, meter, cancelled)
    }

    /// Takes one line; says whether it is a row, good or bad.
    fn take(
        &self,
        line: Line<'_>,
        source_name: &str,
        collected: &mut Collected,
    ) -> Result<bool, ImportError> {
        let is_header = line.number == 1 && self.format.is_header(line.bytes);
        if is_header || line.bytes.is_empty() {
            return Ok(false);
        }
        collected.rows_read += 1;
        let parsed = if line.is_too_long {
            Err(Fault::new(BadLineReason::TooLong, line.bytes))
        } else {
            self.format.parse(line.bytes)
        };
        let skip = |collected: &mut Collected, fault: Fault| {
            self.skip(fault.in_line(source_name, line.number), collected)
        };
        match parsed {
            Err(fault) => skip(collected, fault)?,
            Ok(row) => {
                let fitted = self.shape.fit(row.place, row.color);
                collected
                    .add(row, fitted.is_ok())
                    .map_err(ImportError::Sort)?;
                if let Err(fault) = fitted {
                    skip(collected, fault)?;
                }
            }
        }
        Ok(true)
    }

    fn skip(&self, bad: BadLine, collected: &mut Collected) -> Result<(), ImportError> {
        match self.on_bad_line {
            OnBadLine::Stop => Err(ImportError::BadLine(bad)),
            OnBadLine::Skip => {
                collected.skipped.add(&bad);
                Ok(())
            }
        }
    }

    fn sort(
        &self,
        collected: Collected,
        meter: &Meter,
        cancelled: &AtomicBool,
    ) -> Result<SortedInput, ImportError> {
        let mut sorted = collected.sorter.finish();
        let total = Some(sorted.count());
        let mut hasher = SourceTag::hasher(self.shape.round);
        for (row, record) in (0u64..).zip(sorted.rows().map_err(ImportError::Sort)?) {
            SourceTag::add(&mut hasher, &record.map_err(ImportError::Sort)?);
            if row.is_multiple_of(ROWS_PER_REPORT) {
                stop_if(cancelled)?;
                meter.report(ImportPhase::Sorting, row, total);
            }
        }
        Ok(SortedInput {
            tag: SourceTag::of(&hasher),
            sorted,
            names: collected.names,
            rows_read: collected.rows_read,
            skipped: collected.skipped,
        })
    }
}

impl Collected {
    /// A row that does not fit the round is sorted too: so every row's number depends on the
    /// sources alone, and not on what the palette was when they were imported.
    fn add(&mut self, row: Row<'_>, does_fit: bool) -> io::Result<()> {
        if does_fit {
            self.names.add(PlayerId::of_name(row.name), row.name)?;
        }
        self.sorter.push(&row)
    }
}

impl SkippedLines {
    pub(super) fn add(&mut self, bad: &BadLine) {
        self.count += 1;
        *self.by_reason.entry(bad.reason.name()).or_default() += 1;
        if self.first.len() < MAX_SHOWN_BAD_LINES {
            self.first.push(bad.to_string());
        }
    }
}

fn stop_if(cancelled: &AtomicBool) -> Result<(), ImportError> {
    if cancelled.load(Ordering::Relaxed) {
        return Err(ImportError::Sort(io::ErrorKind::Interrupted.into()));
    }
    Ok(())
}
