//! The use case of an export: events → a published form, as a stream.
//!
//! An [`ExportPlan`] says what exactly it holds; [`export`] reads the log and writes. The same plan
//! gives the same bytes every time, so that a download can go on where it broke off.

mod form;
mod format;
mod plan;
mod region;
mod round_in_force;
mod row;
mod sink;
mod who;
mod writer;

use std::io;

use event_store::{EventStore, ReadError, RoundId, Version};
use serde::Serialize;

pub use format::ExportFormat;
pub use plan::{ExportPlan, ExportRequest, PlanError};
pub use sink::ExportSink;
pub use who::{NamesError, Who};
use writer::Writer;

/// How many events are read at a time.
const PAGE_EVENTS: usize = 1_000;

/// What an export did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportSummary {
    /// The only round, if there is only one.
    pub round: Option<RoundId>,
    /// The first version.
    pub first_version: Version,
    /// The last version: what follows begins right after it.
    pub last_version: Version,
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

/// Exports. Reads page by page and holds one page, the round's mask and some 64 KiB of text.
/// `on_progress` is told after each page how many events were read and how many there are.
///
/// Dropping the future leaves `out` with a part of the rows.
///
/// # Errors
/// [`ExportError`]; `out` may have a part of the rows then.
pub async fn export(
    store: &dyn EventStore,
    who: Who<'_>,
    plan: ExportPlan,
    out: &mut dyn ExportSink,
    on_progress: &(dyn Fn(u64, u64) + Send + Sync),
) -> Result<ExportSummary, ExportError> {
    let (mut next, end) = (plan.first, plan.last);
    let total = end.next().events_since(next);
    let mut writer = Writer::new(plan, who, out);
    while next <= end {
        let limit = usize::try_from(end.next().events_since(next)).unwrap_or(PAGE_EVENTS);
        let page = store.read(next, limit.min(PAGE_EVENTS)).await;
        let page = page.map_err(ExportError::Read)?;
        let Some(newest) = page.last() else { break };
        next = newest.version.next();
        writer.write_page(page).await?;
        on_progress(total - end.next().events_since(next), total);
    }
    writer.finish().await
}
