//! The lawful answers "no" to a placement or an undo.

use event_store::{Cell, PaletteIndex, UnixMs, Version};

use crate::players::PlayerStatus;

/// Why a placement or an undo is not done. Nothing was appended, and no charge was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The player has no seat.
    NotPlaying {
        /// What the player has instead.
        status: PlayerStatus,
    },
    /// No round has been opened on the canvas yet.
    NoRound,
    /// The round is over.
    RoundClosed,
    /// A moderator has locked the canvas.
    CanvasLocked {
        /// Why, as the moderator put it; may be empty.
        reason: String,
    },
    /// The player is banned.
    Banned {
        /// When the ban ends; none for one that lasts until it is lifted.
        until: Option<UnixMs>,
        /// Why, as the moderator put it; may be empty.
        reason: String,
    },
    /// The cell lies outside the canvas.
    OutOfBounds {
        /// The cell.
        cell: Cell,
        /// The canvas's columns.
        width: u16,
        /// The canvas's rows.
        height: u16,
    },
    /// The round's mask closes the cell.
    NotOpen {
        /// The cell.
        cell: Cell,
    },
    /// A moderator protects the region that the cell is in.
    Protected {
        /// The cell.
        cell: Cell,
        /// Why, as the moderator put it; may be empty.
        reason: String,
    },
    /// The colour is not in the round's palette.
    NotInPalette {
        /// The colour.
        color: PaletteIndex,
        /// How many colours the palette has.
        colors: usize,
    },
    /// The cell has the colour already.
    Unchanged {
        /// The cell.
        cell: Cell,
    },
    /// The player has no charge left.
    CoolingDown {
        /// When there will be enough charges.
        ready_at: UnixMs,
    },
    /// The batch names a cell twice.
    RepeatedCell {
        /// The cell.
        cell: Cell,
    },
    /// The batch is larger than the rule's most charges: it could never be placed.
    BatchOverCharges {
        /// How many placements the batch has.
        placements: usize,
        /// The most charges a player can hold.
        max_charges: u16,
    },
    /// The placement to undo is not known: too long ago, or never made.
    UndoUnknown {
        /// The placement.
        placement: Version,
    },
    /// The placement to undo is another player's.
    NotYours {
        /// The placement.
        placement: Version,
    },
    /// The time to undo is over.
    UndoTooLate {
        /// When it ended.
        until: UnixMs,
    },
    /// Somebody has placed over the placement since.
    UndoOverwritten {
        /// The cell.
        cell: Cell,
    },
}
