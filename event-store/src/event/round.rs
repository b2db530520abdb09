//! The life of a round, and the rules that it runs by.

use serde::{Deserialize, Serialize};

use super::{Palette, PaletteIndex, Rgb, RoundId, Size};

/// The longest title of a round, in bytes of UTF-8.
pub const MAX_TITLE_BYTES: usize = 200;

/// The cooldown of a round as a bucket of charges: a placement takes one, and one comes back every
/// `regain_ms` until there are `max_charges`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CooldownRule {
    /// The most charges a player can hold, at least 1. A classic canvas has 1.
    pub max_charges: u16,
    /// Milliseconds until a spent charge is back; 0 for no cooldown at all.
    pub regain_ms: u32,
}

/// A round began: everything about the canvas starts anew, but versions go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundOpened {
    /// The round's number: the previous round's plus 1.
    pub round: RoundId,
    /// The canvas's size.
    pub size: Size,
    /// The colours that may be placed.
    pub palette: Palette,
    /// The colour of every open cell at the start.
    pub background: PaletteIndex,
    /// The cooldown in force.
    pub cooldown: CooldownRule,
    /// Which cells are open; all when there is no mask.
    pub mask: Option<Mask>,
    /// The round's name, at most [`MAX_TITLE_BYTES`] long; may be empty.
    pub title: String,
}

/// A round ended: its canvas stays as it is and takes no more placements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundClosed {
    /// Which one.
    pub round: RoundId,
}

/// The canvas grew to the right and downwards; what was there keeps its coordinates, and new
/// cells are open and have the round's background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanvasExpanded {
    /// Which round's.
    pub round: RoundId,
    /// The new size; no side shorter than before.
    pub size: Size,
}

/// The palette got more colours, after those it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaletteExtended {
    /// Which round's.
    pub round: RoundId,
    /// The new colours.
    pub colors: Vec<Rgb>,
}

/// The cooldown rule changed. A player's spent charges stay spent; what is left of their wait is
/// rescaled to the new rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CooldownChanged {
    /// Which round's.
    pub round: RoundId,
    /// The rule from now on.
    pub cooldown: CooldownRule,
}

/// Which cells of a canvas are open: one bit a cell by rows, the first cell in the lowest bit of
/// the first byte, 1 = open; compressed with zstd to fit an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mask(#[serde(with = "serde_bytes")] Vec<u8>);

/// A mask that does not fit its canvas.
#[derive(Debug, thiserror::Error)]
pub enum MaskError {
    /// The bytes are not zstd.
    #[error("could not decompress mask")]
    Compression(#[source] std::io::Error),
    /// The mask is for another number of cells.
    #[error("mask has {found} bytes, expected {expected}")]
    Length {
        /// Decompressed bytes found.
        found: usize,
        /// Bytes for a canvas of the size.
        expected: usize,
    },
}

impl Mask {
    /// The mask in which the cells are open for which `open` is true, in order by rows.
    ///
    /// # Panics
    /// Never in practice: compressing into memory does not fail.
    pub fn new(open: impl IntoIterator<Item = bool>) -> Self {
        let mut bits = Vec::new();
        for (index, open) in open.into_iter().enumerate() {
            if index % 8 == 0 {
                bits.push(0u8);
            }
            if open && let Some(last) = bits.last_mut() {
                *last |= 1 << (index % 8);
            }
        }
        Self(zstd::bulk::compress(&bits, 9).expect("compressing into memory does not fail"))
    }

    /// A mask as it was stored, which may fit no canvas: [`Mask::open_cells`] tells.
    pub const fn from_compressed(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The mask as it is stored: the zstd frame of one bit a cell.
    pub fn compressed(&self) -> &[u8] {
        &self.0
    }

    /// For each cell by rows, whether it is open.
    ///
    /// # Errors
    /// When the mask does not decompress to exactly one bit a cell of `size`. Memory is bounded by
    /// the size, whatever the bytes claim.
    pub fn open_cells(&self, size: Size) -> Result<Vec<bool>, MaskError> {
        let expected = size.cells().div_ceil(8);
        let bits = zstd::bulk::decompress(&self.0, expected).map_err(MaskError::Compression)?;
        if bits.len() != expected {
            return Err(MaskError::Length {
                found: bits.len(),
                expected,
            });
        }
        let is_open = |index: usize| bits[index / 8] & (1 << (index % 8)) != 0;
        Ok((0..size.cells()).map(is_open).collect())
    }
}
