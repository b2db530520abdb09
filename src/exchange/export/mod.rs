//! The use case of an export: events → a published form, as a stream.

mod form;
mod names;
mod row;

use std::fmt;
use std::io;
use std::str::FromStr;

use event_store::{EventStore, MAX_READ_EVENTS, ReadError, Recorded, RoundId, Version};
use serde::Serialize;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::json::EventJson;
use super::names::NameLookup;
use super::row::{RowPlace, UnknownFormat};
use super::rplace2022;
use names::Names;
use row::{ExportRow, rows_of};

pub use names::NamesError;
pub use row::RoundInForce;

/// Text is handed on once there is this much of it.
const FLUSH_BYTES: usize = 256 * 1024;

/// A form that logs are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Reddit's dump of 2022, with its header: see [`rplace2022`]. An undo is a row of the same
    /// player with the restored colour, a roll-back one row a cell, a filled region a rectangle
    /// row.
    Rplace2022,
    /// The log of Pxls: tab-separated date, user, x, y, palette index and action, no header. A
    /// filled region is one line a cell.
    Pxls,
    /// Every event, of whatever kind, as one [`EventJson`] a line.
    Ndjson,
}

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        match name {
            "rplace2022" => Ok(Self::Rplace2022),
            "pxls" => Ok(Self::Pxls),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(UnknownFormat::new(name, "rplace2022, pxls, ndjson")),
        }
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rplace2022 => "rplace2022",
            Self::Pxls => "pxls",
            Self::Ndjson => "ndjson",
        })
    }
}

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct Export {
    /// The form.
    pub format: ExportFormat,
    /// The first version.
    pub from: Version,
    /// The last version; the log's newest at the start when there is none.
    pub to: Option<Version>,
    /// Only what happened while this round was open, its opening and closing included.
    pub round: Option<RoundId>,
    /// The round that is open right before `from`. Without it, rows before the first
    /// [`RoundOpened`](event_store::event::RoundOpened) have no colours and no round, and are left
    /// out.
    pub initial: Option<RoundInForce>,
}

/// What an export did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportSummary {
    /// Events read.
    pub events: u64,
    /// Rows written, the header not counted.
    pub rows: u64,
    /// Bytes written.
    pub bytes: u64,
}

/// Why an export ended.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log could not be read.
    #[error("could not read events to export")]
    Read(#[source] ReadError),
    /// The names of players could not be looked up.
    #[error(transparent)]
    Names(#[from] NamesError),
    /// What was written could not be handed on.
    #[error("could not write export")]
    Write(#[source] io::Error),
}

/// Exports. Reads page by page and holds one page and at most about 256 KiB of text.
/// `on_progress` is told after each page how many events were read and how many there are.
///
/// Dropping the future leaves `out` with a part of the rows.
///
/// # Errors
/// [`ExportError`]; `out` may have a part of the rows then.
pub async fn export(
    store: &dyn EventStore,
    names: &dyn NameLookup,
    export: Export,
    out: &mut (dyn AsyncWrite + Send + Unpin),
    on_progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<ExportSummary, ExportError> {
    let last = store.last().await.map_err(ExportError::Read)?;
    let end = export.to.map_or(last, |to| to.min(last));
    let mut next = export.from.max(Version(1));
    let total = end.next().events_since(next);
    let mut writer = Writer {
        format: export.format,
        only: export.round,
        open: export.initial,
        names: Names::new(names),
        text: String::new(),
        out,
        summary: ExportSummary::default(),
    };
    if export.format == ExportFormat::Rplace2022 {
        writer.text.push_str(rplace2022::HEADER);
        writer.text.push('\n');
    }
    while next <= end {
        let page = store
            .read(next, MAX_READ_EVENTS)
            .await
            .map_err(ExportError::Read)?;
        let page = &page[..page.partition_point(|recorded| recorded.version <= end)];
        let Some(newest) = page.last() else { break };
        next = newest.version.next();
        writer.write_page(page).await?;
        on_progress(total - end.next().events_since(next), total);
    }
    writer.finish().await
}

/// An export on its way.
struct Writer<'a> {
    format: ExportFormat,
    only: Option<RoundId>,
    open: Option<RoundInForce>,
    names: Names<'a>,
    text: String,
    out: &'a mut (dyn AsyncWrite + Send + Unpin),
    summary: ExportSummary,
}

impl Writer<'_> {
    async fn write_page(&mut self, page: &[Recorded]) -> Result<(), ExportError> {
        if self.format != ExportFormat::Ndjson {
            self.names.learn(page).await?;
        }
        let mut rows = Vec::new();
        for recorded in page {
            self.summary.events += 1;
            let before = self.open.as_ref().map(|open| open.round);
            RoundInForce::follow(&mut self.open, &recorded.event);
            let after = self.open.as_ref().map(|open| open.round);
            let is_asked = self.only.is_none() || self.only == before || self.only == after;
            if !is_asked {
                continue;
            }
            if self.format == ExportFormat::Ndjson {
                self.write_json(recorded).await?;
            } else if let Some(open) = &self.open {
                rows_of(recorded, open, &mut rows);
                for row in rows.drain(..) {
                    self.write_row(&row).await?;
                }
            }
        }
        Ok(())
    }

    async fn write_json(&mut self, recorded: &Recorded) -> Result<(), ExportError> {
        let line = serde_json::to_string(&EventJson::from(recorded))
            .expect("an event has no map keys, so it always has a JSON form");
        self.text.push_str(&line);
        self.text.push('\n');
        self.wrote_row().await
    }

    async fn write_row(&mut self, row: &ExportRow) -> Result<(), ExportError> {
        let Some(open) = &self.open else {
            return Ok(());
        };
        let name = self.names.of(row.actor);
        match (self.format, row.place) {
            (ExportFormat::Pxls, RowPlace::Cell(cell)) => {
                form::write_pxls(&mut self.text, row, cell, &name);
            }
            (ExportFormat::Pxls, RowPlace::Region(region)) => {
                let name = name.into_owned();
                for cell in region.clipped_to(open.size).cells() {
                    form::write_pxls(&mut self.text, row, cell, &name);
                    self.wrote_row().await?;
                }
                return Ok(());
            }
            (ExportFormat::Rplace2022 | ExportFormat::Ndjson, _) => {
                form::write_rplace2022(&mut self.text, row, &name, open);
            }
        }
        self.wrote_row().await
    }

    async fn wrote_row(&mut self) -> Result<(), ExportError> {
        self.summary.rows += 1;
        if self.text.len() >= FLUSH_BYTES {
            self.hand_on().await?;
        }
        Ok(())
    }

    async fn hand_on(&mut self) -> Result<(), ExportError> {
        let written = self.out.write_all(self.text.as_bytes()).await;
        written.map_err(ExportError::Write)?;
        self.summary.bytes += self.text.len() as u64;
        self.text.clear();
        Ok(())
    }

    async fn finish(mut self) -> Result<ExportSummary, ExportError> {
        self.hand_on().await?;
        self.out.flush().await.map_err(ExportError::Write)?;
        Ok(self.summary)
    }
}
