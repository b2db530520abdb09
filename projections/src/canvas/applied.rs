//! What applying an event did.

use event_store::event::CellContent;

use crate::grid::CellChange;

/// What an event changed, for those that tell others: the feed, the pool, the undo window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Nothing that anybody sees; the version moved on, and the player's last version.
    Ignored,
    /// A placement set a cell.
    Placed {
        /// The cell and its colour.
        change: CellChange,
        /// What it held before.
        previous: CellContent,
    },
    /// An undo set a cell.
    Undone {
        /// The cell and its colour.
        change: CellChange,
    },
    /// Cells were erased or restored, in this order; at least one. A cell may be there twice, the
    /// last one counts.
    Repainted(Vec<CellChange>),
    /// A round began: everything about the canvas is new.
    RoundOpened,
    /// The round ended.
    RoundClosed,
    /// The canvas grew: indexes by rows mean other cells than before.
    Expanded,
    /// The palette got more colours.
    PaletteExtended,
    /// Another cooldown rule is in force.
    CooldownChanged,
    /// A ban was set, changed or lifted.
    BanChanged,
    /// The canvas was locked or unlocked.
    LockChanged,
    /// A region was protected, or its protection ended.
    ProtectionChanged,
    /// Everybody is told something, or nothing any more.
    Announced,
}

impl Applied {
    /// The cells that got a colour, in order.
    pub fn cells(&self) -> &[CellChange] {
        match self {
            Self::Placed { change, .. } | Self::Undone { change } => std::slice::from_ref(change),
            Self::Repainted(changes) => changes,
            Self::Ignored
            | Self::RoundOpened
            | Self::RoundClosed
            | Self::Expanded
            | Self::PaletteExtended
            | Self::CooldownChanged
            | Self::BanChanged
            | Self::LockChanged
            | Self::ProtectionChanged
            | Self::Announced => &[],
        }
    }

    /// Whether a reader needs more than changed cells to follow: the shape of the grid or the
    /// palette is another one, so no delta goes across this event.
    pub fn breaks_deltas(&self) -> bool {
        match self {
            Self::RoundOpened | Self::Expanded | Self::PaletteExtended => true,
            Self::Ignored
            | Self::Placed { .. }
            | Self::Undone { .. }
            | Self::Repainted(_)
            | Self::RoundClosed
            | Self::CooldownChanged
            | Self::BanChanged
            | Self::LockChanged
            | Self::ProtectionChanged
            | Self::Announced => false,
        }
    }
}
