//! What players do.

use serde::{Deserialize, Serialize};

use super::{Cell, PaletteIndex, PlayerId, RoundId, Version};

/// A player set a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementMade {
    /// The round that it belongs to; in a log position where another round runs it changes nothing.
    pub round: RoundId,
    /// Who.
    pub player: PlayerId,
    /// Where.
    pub cell: Cell,
    /// What.
    pub color: PaletteIndex,
}

/// What a cell holds, and who put it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellContent {
    /// The colour.
    pub color: PaletteIndex,
    /// Who set it; none for the round's background.
    pub author: Option<PlayerId>,
    /// The version that set it; [`Version::ZERO`] for the round's background.
    pub version: Version,
}

/// A player took back a placement of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementUndone {
    /// The round that it belongs to.
    pub round: RoundId,
    /// Who.
    pub player: PlayerId,
    /// The placement that is taken back.
    pub placement: Version,
    /// Where it was made.
    pub cell: Cell,
    /// What the cell returns to.
    pub restored: CellContent,
}
