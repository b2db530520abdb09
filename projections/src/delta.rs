//! The changed cells between two versions, and their bytes (`docs/FORMATS.md`, "Delta").

use event_store::{PaletteIndex, Version};

use crate::grid::CellChange;

/// The longest distance in a delta, in bytes of LEB128: the largest canvas has 2^26 cells
/// ([`MAX_SIDE`](event_store::event::MAX_SIDE) squared), and 4 bytes hold 28 bits.
const MAX_DISTANCE_BYTES: usize = 4;

const _: () = {
    let cells = event_store::event::MAX_SIDE as u64 * event_store::event::MAX_SIDE as u64;
    assert!(cells <= 1 << (7 * MAX_DISTANCE_BYTES));
};

/// The most bytes that one changed cell takes: a distance and a colour.
pub const MAX_CHANGE_BYTES: usize = MAX_DISTANCE_BYTES + 1;

/// Changed cells, sorted by index, each there once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<CellChange>);

/// The changed cells from one version to a later one, as they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The version that the reader must have.
    pub after: Version,
    /// The version that the reader has then; it may be equal to `after`.
    pub to: Version,
    /// The bytes of the [`Changes`] between them.
    pub bin: Vec<u8>,
}

impl Delta {
    /// The delta of a reader who has everything.
    pub fn nothing_after(version: Version) -> Self {
        Self {
            after: version,
            to: version,
            bin: Vec::new(),
        }
    }
}

/// Bytes that are no delta of the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// The bytes end inside a change.
    #[error("delta ends inside a change")]
    Truncated,
    /// A distance takes more than 4 bytes, or more bytes than it needs.
    #[error("delta has a distance at byte {offset} that is not in the shortest form")]
    Distance {
        /// Where the distance begins.
        offset: usize,
    },
    /// A cell that comes a second time.
    #[error("delta names cell {index} twice")]
    Repeated {
        /// Its place by rows.
        index: u32,
    },
    /// A cell that the canvas does not have.
    #[error("delta names cell {index} of a canvas of {cells} cells")]
    Outside {
        /// Its place by rows.
        index: u64,
        /// How many cells there are.
        cells: usize,
    },
}

impl Changes {
    /// The sum of `writes`, which are in the order in which they happened: the last write to a cell
    /// wins.
    pub fn coalesce(mut writes: Vec<CellChange>) -> Self {
        // The sort is stable, so the last write of a cell is the last of its run.
        writes.sort_by_key(|write| write.index);
        writes.dedup_by(|later, kept| {
            let same_cell = later.index == kept.index;
            if same_cell {
                *kept = *later;
            }
            same_cell
        });
        Self(writes)
    }

    /// The changes, by index.
    pub fn as_slice(&self) -> &[CellChange] {
        &self.0
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes: for each change the LEB128 of its index's distance from the index before (for the
    /// first, from 0), then the colour. At most [`MAX_CHANGE_BYTES`] each.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 3);
        let mut before = 0;
        for change in &self.0 {
            let mut distance = change.index - before;
            before = change.index;
            while distance >= 0x80 {
                bytes.push(distance as u8 | 0x80);
                distance >>= 7;
            }
            bytes.push(distance as u8);
            bytes.push(change.color.0);
        }
        bytes
    }

    /// The changes of some bytes, for a canvas of `cells` cells. Memory is bounded by the bytes.
    ///
    /// # Errors
    /// [`DeltaError`] for everything that [`Changes::encode`] does not write; no input makes it
    /// panic.
    pub fn decode(bytes: &[u8], cells: usize) -> Result<Self, DeltaError> {
        let mut changes = Vec::with_capacity(bytes.len() / 2);
        let mut offset = 0;
        let mut before: Option<u32> = None;
        while offset < bytes.len() {
            let (distance, length) = read_distance(bytes, offset)?;
            let index = u64::from(before.unwrap_or(0)) + u64::from(distance);
            let within = u32::try_from(index).ok().filter(|_| index < cells as u64);
            let index = within.ok_or(DeltaError::Outside { index, cells })?;
            if before == Some(index) {
                return Err(DeltaError::Repeated { index });
            }
            let color = *bytes.get(offset + length).ok_or(DeltaError::Truncated)?;
            changes.push(CellChange {
                index,
                color: PaletteIndex(color),
            });
            before = Some(index);
            offset += length + 1;
        }
        Ok(Self(changes))
    }
}

/// The distance that begins at `offset`, and how many bytes it takes.
fn read_distance(bytes: &[u8], offset: usize) -> Result<(u32, usize), DeltaError> {
    let mut distance = 0;
    for place in 0..MAX_DISTANCE_BYTES {
        let byte = *bytes.get(offset + place).ok_or(DeltaError::Truncated)?;
        distance |= u32::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            let is_shortest = byte != 0 || place == 0;
            return is_shortest
                .then_some((distance, place + 1))
                .ok_or(DeltaError::Distance { offset });
        }
    }
    Err(DeltaError::Distance { offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(index: u32, color: u8) -> CellChange {
        CellChange {
            index,
            color: PaletteIndex(color),
        }
    }

    #[test]
    fn the_last_write_to_a_cell_wins() {
        let writes = vec![
            change(5, 1),
            change(2, 1),
            change(5, 2),
            change(2, 9),
            change(5, 3),
        ];
        assert_eq!(
            Changes::coalesce(writes).as_slice(),
            [change(2, 9), change(5, 3)]
        );
    }

    #[test]
    fn the_bytes_are_those_of_the_documentation() {
        let changes = Changes::coalesce(vec![change(0, 7), change(1, 31), change(301, 0)]);
        assert_eq!(changes.encode(), [0x00, 7, 0x01, 31, 0xac, 0x02, 0]);
    }

    #[test]
    fn bytes_that_are_no_delta_are_refused() {
        let refused = |bytes: &[u8]| Changes::decode(bytes, 1_000_000).expect_err("refused");
        assert_eq!(refused(&[0x01]), DeltaError::Truncated);
        assert_eq!(refused(&[0x81]), DeltaError::Truncated);
        assert_eq!(
            refused(&[0x81, 0x00, 1]),
            DeltaError::Distance { offset: 0 }
        );
        assert_eq!(
            refused(&[0x03, 1, 0xff, 0xff, 0xff, 0xff, 0x01, 1]),
            DeltaError::Distance { offset: 2 }
        );
        assert_eq!(
            refused(&[0x03, 1, 0x00, 2]),
            DeltaError::Repeated { index: 3 }
        );
        assert_eq!(
            refused(&[0xff, 0xff, 0xff, 0x7f, 1]),
            DeltaError::Outside {
                index: (1 << 28) - 1,
                cells: 1_000_000
            }
        );
    }
}
