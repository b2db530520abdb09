//! The packed form of a commit group: for each event its id (16 bytes), the length of its encoding
//! (LEB128) and its encoding (`event::encode`), one after the other.

use crate::error::ReadError;
use crate::event::{self, EventId, Version};
use crate::store::Recorded;

/// The most events in one group. The writer never waits for a group to fill: this only bounds how
/// many of those that wait go out together.
pub(super) const MAX_GROUP_EVENTS: usize = 4_096;

/// The most bytes in one group before it is closed; one more event of the greatest size fits.
pub(super) const MAX_GROUP_BYTES: usize = 4 << 20;

/// Why a group's bytes cannot be read.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("checksum of commit group does not match")]
    Checksum,
    #[error("commit group is truncated")]
    Truncated,
    #[error("commit group has {found} events, expected {expected}")]
    Count { found: u64, expected: u64 },
    #[error("commit group begins at version {found}")]
    Gap { found: Version },
}

/// A stored row, as its columns.
pub(super) type GroupColumns = (i64, i64, Vec<u8>, Vec<u8>);

/// A stored row.
pub(super) struct GroupRow {
    pub(super) first_version: i64,
    pub(super) event_count: i64,
    pub(super) checksum: Vec<u8>,
    pub(super) events: Vec<u8>,
}

/// The checksum kept beside a group.
pub(super) fn checksum(events: &[u8]) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(&blake3::hash(events).as_bytes()[..8]);
    short
}

/// Adds one encoded event to a group.
pub(super) fn pack(group: &mut Vec<u8>, id: EventId, encoded: &[u8]) {
    group.extend_from_slice(&id.0);
    let mut length = encoded.len();
    while length >= 0x80 {
        group.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    group.push(length as u8);
    group.extend_from_slice(encoded);
}

impl From<GroupColumns> for GroupRow {
    fn from((first_version, event_count, checksum, events): GroupColumns) -> Self {
        Self {
            first_version,
            event_count,
            checksum,
            events,
        }
    }
}

impl GroupRow {
    /// The first event's version.
    pub(super) fn first(&self) -> Version {
        Version(self.first_version.unsigned_abs())
    }

    /// The version after the last event's.
    pub(super) fn end(&self) -> Version {
        self.first().plus(self.event_count.unsigned_abs())
    }

    /// The events of the group from version `from` on, at most `limit`.
    pub(super) fn unpack_into(
        &self,
        from: Version,
        limit: usize,
        into: &mut Vec<Recorded>,
    ) -> Result<(), ReadError> {
        let corrupt = |version, damage: Damage| ReadError::Corrupt {
            version,
            source: Box::new(damage),
        };
        let expected = into
            .last()
            .map_or(from.max(Version(1)), |last| last.version.next());
        if !(self.first()..self.end()).contains(&expected) {
            let found = self.first();
            return Err(corrupt(expected, Damage::Gap { found }));
        }
        if self.checksum != checksum(&self.events) {
            return Err(corrupt(self.first(), Damage::Checksum));
        }
        let mut rest = self.events.as_slice();
        let mut version = self.first();
        while version < self.end() && into.len() < limit {
            let (id, encoded) =
                split_event(&mut rest).ok_or_else(|| corrupt(version, Damage::Truncated))?;
            if version >= expected {
                let (at, event) = event::decode(encoded)
                    .map_err(|source| ReadError::undecodable(version, source))?;
                into.push(Recorded {
                    version,
                    at,
                    id,
                    event,
                });
            }
            version = version.next();
        }
        if version == self.end() && !rest.is_empty() {
            let expected = self.event_count.unsigned_abs();
            let found = expected + 1;
            return Err(corrupt(self.first(), Damage::Count { found, expected }));
        }
        Ok(())
    }
}

/// Takes one event's id and encoding off the front of packed bytes.
fn split_event<'a>(rest: &mut &'a [u8]) -> Option<(EventId, &'a [u8])> {
    let (id, after_id) = rest.split_first_chunk::<16>()?;
    let mut after = after_id;
    let mut length = 0usize;
    for shift in (0..28).step_by(7) {
        let (byte, tail) = after.split_first()?;
        after = tail;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let (encoded, tail) = after.split_at_checked(length)?;
            *rest = tail;
            return Some((EventId(*id), encoded));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{CanvasUnlocked, Event, UnixMs};

    fn row(count: u8) -> GroupRow {
        let event = Event::CanvasUnlocked(CanvasUnlocked {
            by: None,
            reason: "x".repeat(200),
        });
        let mut events = Vec::new();
        for number in 0..count {
            let at = UnixMs(i64::from(number));
            pack(
                &mut events,
                EventId([number; 16]),
                &event::encode(at, &event),
            );
        }
        GroupRow {
            first_version: 5,
            event_count: i64::from(count),
            checksum: checksum(&events).to_vec(),
            events,
        }
    }

    fn unpack(row: &GroupRow, from: u64, limit: usize) -> Result<Vec<u64>, ReadError> {
        let mut events = Vec::new();
        row.unpack_into(Version(from), limit, &mut events)?;
        Ok(events.iter().map(|event| event.version.0).collect())
    }

    #[test]
    fn a_group_gives_back_the_asked_part() {
        assert_eq!(unpack(&row(4), 5, 10).expect("whole"), [5, 6, 7, 8]);
        assert_eq!(unpack(&row(4), 7, 10).expect("tail"), [7, 8]);
        assert_eq!(unpack(&row(4), 6, 2).expect("middle"), [6, 7]);
    }

    #[test]
    fn a_group_that_does_not_hold_the_asked_version_is_a_gap() {
        for from in [4, 9] {
            let error = unpack(&row(4), from, 10).expect_err("gap");
            assert!(matches!(error, ReadError::Corrupt { version, .. } if version.0 == from));
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        for at in 0..row(2).events.len() {
            let mut row = row(2);
            row.events[at] ^= 1;
            assert!(unpack(&row, 5, 10).is_err(), "byte {at}");
        }
    }

    #[test]
    fn truncated_bytes_with_a_right_checksum_are_found() {
        let whole = row(2);
        for length in 0..whole.events.len() {
            let events = whole.events[..length].to_vec();
            let cut = GroupRow {
                checksum: checksum(&events).to_vec(),
                events,
                ..row(2)
            };
            assert!(unpack(&cut, 5, 10).is_err(), "length {length}");
        }
    }
}
