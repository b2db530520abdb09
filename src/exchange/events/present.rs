//! Which of a file's events a log has.

use event_store::{Event, EventStore, MAX_READ_EVENTS, RoundId, Version};

use super::super::resume::RowsPresent;
use super::EventImportError;
use super::spool::Spooled;
use super::versions::Versions;

/// Which of a file's events a log has, and under which numbers.
#[derive(Debug)]
pub(super) struct Present {
    pub(super) rows: RowsPresent,
    pub(super) versions: Versions,
    /// What the first round of the file has become.
    pub(super) first_round: Option<RoundId>,
    pub(super) count: u64,
}

impl Present {
    /// Reads the whole log. `on_page` is told how many events were read, and how many there are.
    pub(super) async fn scan(
        store: &dyn EventStore,
        spooled: &Spooled,
        on_page: impl Fn(u64, u64),
    ) -> Result<Self, EventImportError> {
        let mut present = Self {
            rows: RowsPresent::none(spooled.tag),
            versions: Versions::default(),
            first_round: None,
            count: 0,
        };
        let end = store.last().await.map_err(EventImportError::Scan)?;
        let mut next = Version(1);
        while next <= end {
            let page = store.read(next, MAX_READ_EVENTS).await;
            let page = page.map_err(EventImportError::Scan)?;
            let Some(last) = page.last() else { break };
            next = last.version.next();
            for recorded in &page {
                let Some(in_file) = spooled.tag.row_of(recorded.id).map(Version) else {
                    continue;
                };
                present.rows.note(recorded.id);
                present.versions.insert(in_file, recorded.version);
                present.count += 1;
                let is_first = spooled.first_opening.is_some_and(|(at, _)| at == in_file);
                if let (true, Event::RoundOpened(opened)) = (is_first, &recorded.event) {
                    present.first_round = Some(opened.round);
                }
            }
            on_page(next.0 - 1, end.0);
        }
        Ok(present)
    }
}
