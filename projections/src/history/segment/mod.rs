//! A stretch of the log in columns: what history is served from (`docs/FORMATS.md`, "Segment").
//!
//! Placements are sorted by where they are, which puts cells and colours that belong together side
//! by side; a permutation tells in which order they happened. Each column is compressed on its own,
//! so that a reader opens only those it needs.

mod decode;
mod encode;
mod leb128;
mod ranks;
mod sections;
mod turns;

use event_store::event::MAX_SIDE;
use event_store::{Cell, Event, PaletteIndex, RoundId, UnixMs, Version};

pub use decode::SegmentFile;
pub use sections::Header;
pub use turns::order_of_players;

/// The most events in a segment; one that is full has exactly so many.
pub const SEGMENT_EVENTS: usize = 1 << 16;

/// The most bytes of a section before compression: 65,536 events that are no placements, most of
/// them of the largest kind, do not fit; the segment then ends early.
pub const MAX_SECTION_BYTES: usize = 32 << 20;

/// The most bytes of a segment file that a reader takes.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// A player of one round: a number that says nothing about accounts. The first is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub u32);

/// A placement that changed the canvas, by a player whom files know by a [`Pseudonym`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<Player = Pseudonym> {
    /// Where.
    pub cell: Cell,
    /// What.
    pub color: PaletteIndex,
    /// Who.
    pub player: Player,
}

/// An event that is no placement, or one that changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its place in the segment, from 0.
    pub offset: u32,
    /// What happened. In a file every player is a [`Pseudonym`]: the number of its id.
    pub event: Event,
}

/// Consecutive events of one round, in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The version of the first event.
    pub first: Version,
    /// The round that they belong to; 0 before the first.
    pub round: RoundId,
    /// How many pseudonyms were given out in the round before.
    pub players_before: u32,
    /// When each event happened; as many as there are events.
    pub times: Vec<UnixMs>,
    /// The placements, by version.
    pub placements: Vec<Placed>,
    /// All else, by version.
    pub others: Vec<Other>,
}

/// Bytes that are no segment that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// Does not begin with `PXSG`.
    #[error("segment does not begin with PXSG")]
    Magic,
    /// Another format than 1.
    #[error("segment format {found} is unknown")]
    Format {
        /// The format.
        found: u8,
    },
    /// Shorter or longer than its header says.
    #[error("segment has {found} bytes, expected {expected}")]
    Length {
        /// Bytes found.
        found: usize,
        /// Bytes that there should be.
        expected: usize,
    },
    /// The header's numbers do not fit together.
    #[error("segment has a header whose numbers do not fit together")]
    Header,
    /// A section does not decompress to the length that the header says.
    #[error("could not decompress section `{section}` of segment")]
    Compression {
        /// The section's name.
        section: &'static str,
    },
    /// A section does not hold what it should.
    #[error("section `{section}` of segment does not hold what it should")]
    Section {
        /// The section's name.
        section: &'static str,
    },
}

impl Segment {
    /// The version of the last event; the one before the first when there is none.
    pub fn last(&self) -> Version {
        Version(self.first.0 + self.times.len() as u64 - 1)
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// What happened, in order, each with its place in the segment from 0.
    pub fn steps(&self) -> impl Iterator<Item = (u32, Step<'_>)> {
        steps(&self.placements, &self.others)
    }
}

/// One event of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a, Player = Pseudonym> {
    /// A placement: set the cell.
    Placed(Placed<Player>),
    /// Anything else: fold it.
    Other(&'a Event),
}

/// Placements and others in the order of versions, each with its place in the segment from 0.
pub fn steps<'a, Player: Copy>(
    placements: &'a [Placed<Player>],
    others: &'a [Other],
) -> impl Iterator<Item = (u32, Step<'a, Player>)> {
    let mut placements = placements.iter();
    let mut others = others.iter().peekable();
    (0u32..).map_while(move |offset| {
        let step = match others.next_if(|other| other.offset == offset) {
            Some(other) => Step::Other(&other.event),
            None => Step::Placed(*placements.next()?),
        };
        Some((offset, step))
    })
}

/// The order of cells in a segment: by tiles of 32×32.
fn key_of(cell: Cell) -> u32 {
    let (x, y) = (u32::from(cell.x), u32::from(cell.y));
    (y >> 5) << 18 | (x >> 5) << 10 | (y & 31) << 5 | (x & 31)
}

/// The cell of a key; none when no canvas is so large.
fn cell_of(key: u64) -> Option<Cell> {
    let key = u32::try_from(key).ok()?;
    let (tile_y, tile_x) = (key >> 18, key >> 10 & 255);
    let y = u16::try_from(tile_y << 5 | key >> 5 & 31).ok()?;
    let x = u16::try_from(tile_x << 5 | key & 31).ok()?;
    (y < MAX_SIDE).then_some(Cell { x, y })
}

const _: () = assert!(MAX_SIDE as u32 == 256 << 5);
