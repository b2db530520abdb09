//! Which rows of a source a log has already, so that an import can go on where an earlier one
//! ended.
//!
//! An imported event's id is the *source tag* (eight bytes of a digest over all rows and the round)
//! and the row's number, big-endian. The log itself is therefore the only record of how far an
//! import came.

use std::collections::BTreeSet;

use event_store::{EventId, EventStore, MAX_READ_EVENTS, ReadError, RoundId, Version};

use super::record::Record;

/// Two rows on their way to the log at the same time have numbers less than this apart.
///
/// What makes resuming exact in constant memory: a row this far below the greatest one in the log
/// was acked before that one was sent. A program with a smaller number could therefore miss rows
/// that an import by this one left out: it may rise, and never fall.
pub(super) const ROWS_IN_DOUBT: u64 = 4_096;

const TAG_BYTES: usize = 8;

/// Stands for all rows of a source, in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceTag([u8; TAG_BYTES]);

impl SourceTag {
    /// The hasher that [`SourceTag::of`] ends, after each row in order was given to it.
    pub(super) fn hasher(round: RoundId) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_derive_key("pixelwars import source tag 1");
        hasher.update(&round.0.to_be_bytes());
        hasher
    }

    pub(super) fn add(hasher: &mut blake3::Hasher, record: &Record) {
        hasher.update(&record.canonical_bytes());
    }

    pub(super) fn of(hasher: &blake3::Hasher) -> Self {
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&hasher.finalize().as_bytes()[..TAG_BYTES]);
        Self(tag)
    }

    /// The id of the event of row number `row`.
    pub(super) fn event_id(self, row: u64) -> EventId {
        let mut id = [0; 16];
        id[..TAG_BYTES].copy_from_slice(&self.0);
        id[TAG_BYTES..].copy_from_slice(&row.to_be_bytes());
        EventId(id)
    }

    /// The row number of an event of this source.
    pub(super) fn row_of(self, id: EventId) -> Option<u64> {
        let (tag, row) = id.0.split_at(TAG_BYTES);
        let row = row.try_into().ok().map(u64::from_be_bytes)?;
        (tag == self.0).then_some(row)
    }
}

/// The rows of one source that a log has.
#[derive(Debug)]
pub(super) struct RowsPresent {
    tag: SourceTag,
    /// Those less than [`ROWS_IN_DOUBT`] below the greatest.
    recent: BTreeSet<u64>,
}

impl RowsPresent {
    pub(super) fn none(tag: SourceTag) -> Self {
        Self {
            tag,
            recent: BTreeSet::new(),
        }
    }

    /// Reads the log from `from` up to its present end. `on_page` is told how many events were
    /// read so far, and how many there are.
    pub(super) async fn scan(
        store: &dyn EventStore,
        tag: SourceTag,
        from: Version,
        on_page: impl Fn(u64, u64),
    ) -> Result<Self, ReadError> {
        let mut present = Self::none(tag);
        let end = store.last().await?;
        let mut next = from.max(Version(1));
        let total = end.next().events_since(next);
        while next <= end {
            let page = store.read(next, MAX_READ_EVENTS).await?;
            let Some(last) = page.last() else { break };
            next = last.version.next();
            page.iter().for_each(|recorded| present.note(recorded.id));
            on_page(total - end.next().events_since(next), total);
        }
        Ok(present)
    }

    pub(super) fn note(&mut self, id: EventId) {
        let Some(row) = self.tag.row_of(id) else {
            return;
        };
        self.recent.insert(row);
        while let (Some(least), Some(greatest)) = (self.recent.first(), self.recent.last())
            && greatest - least >= ROWS_IN_DOUBT
        {
            self.recent.pop_first();
        }
    }

    /// Whether the log has the row, or had all it needs of it: a row that did not fit
    /// the round when its neighbours were imported is not asked for again.
    pub(super) fn has(&self, row: u64) -> bool {
        let is_settled = |greatest: &u64| row.saturating_add(ROWS_IN_DOUBT) <= *greatest;
        self.recent.contains(&row) || self.recent.last().is_some_and(is_settled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_missing_near_the_end_are_known_and_earlier_ones_are_there() {
        let tag = SourceTag(*b"one file");
        let mut present = RowsPresent::none(tag);
        assert!(!present.has(0));
        // Row 9_000 was sent with 8_999, which the log never got.
        for row in (0..8_999).chain([9_000]) {
            present.note(tag.event_id(row));
        }
        present.note(SourceTag(*b"another!").event_id(20_000));
        assert!((0..8_999).all(|row| present.has(row)));
        assert!(!present.has(8_999));
        assert!(present.has(9_000));
        assert!(!present.has(9_001));
        assert!(present.recent.len() as u64 <= ROWS_IN_DOUBT);
        // A later import appended it, behind 9_000.
        present.note(tag.event_id(8_999));
        assert!(present.has(8_999));
    }

    #[test]
    fn hostile_row_numbers_do_no_harm() {
        let tag = SourceTag([7; 8]);
        let mut present = RowsPresent::none(tag);
        present.note(tag.event_id(u64::MAX));
        assert!(present.has(u64::MAX));
        assert!(present.has(0));
    }
}
