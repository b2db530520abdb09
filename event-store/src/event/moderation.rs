//! What moderators and admins do. None of it rewrites history: each is an event of its own.

use serde::{Deserialize, Serialize};

use super::{Cell, CellContent, PaletteIndex, PlayerId, Region, RoundId, UnixMs, Version};

/// The longest reason, in bytes of UTF-8.
pub const MAX_REASON_BYTES: usize = 500;

/// The longest announcement, in bytes of UTF-8.
pub const MAX_ANNOUNCEMENT_BYTES: usize = 1_000;

/// The most cells in one [`CellsRestored`]; a greater roll-back is several events. At 32 bytes a
/// cell at most, an event stays under [`MAX_EVENT_BYTES`](crate::MAX_EVENT_BYTES).
pub const MAX_RESTORED_CELLS: usize = 16_384;

const _: () = assert!(MAX_RESTORED_CELLS * 32 < crate::MAX_EVENT_BYTES);

/// A region was filled with one colour; cells that are not open stay so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionErased {
    /// The round that it belongs to.
    pub round: RoundId,
    /// Where; what lies outside the canvas is ignored.
    pub region: Region,
    /// The colour that fills it.
    pub color: PaletteIndex,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long.
    pub reason: String,
}

/// A cell and what it returns to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredCell {
    /// Where.
    pub cell: Cell,
    /// What it holds from now on.
    pub content: CellContent,
}

/// Cells were given back what they had: a roll-back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellsRestored {
    /// The round that it belongs to.
    pub round: RoundId,
    /// The cells, at most [`MAX_RESTORED_CELLS`].
    pub cells: Vec<RestoredCell>,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long.
    pub reason: String,
}

/// A player may no longer place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerBanned {
    /// Who.
    pub player: PlayerId,
    /// The end of the ban; none for one that lasts until it is lifted.
    pub until: Option<UnixMs>,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long; shown to the player.
    pub reason: String,
}

/// A player may place again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerUnbanned {
    /// Who.
    pub player: PlayerId,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long.
    pub reason: String,
}

/// Nobody may place, until the canvas is unlocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanvasLocked {
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long; shown to the players.
    pub reason: String,
}

/// Players may place again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanvasUnlocked {
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long.
    pub reason: String,
}

/// Players may not place in a region, until its protection or the round ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionProtected {
    /// The round that it belongs to.
    pub round: RoundId,
    /// Where; it may reach out of the canvas.
    pub region: Region,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long; shown to the players.
    pub reason: String,
}

/// A protection ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionUnprotected {
    /// The round that it belongs to.
    pub round: RoundId,
    /// The version of the [`RegionProtected`] that ends.
    pub protection: Version,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
    /// Why, at most [`MAX_REASON_BYTES`] long.
    pub reason: String,
}

/// Everybody is told something; it takes the place of what was told before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// What, at most [`MAX_ANNOUNCEMENT_BYTES`] long; nothing is shown when it is empty.
    pub text: String,
    /// Until when it is shown; none for until the next one.
    pub until: Option<UnixMs>,
    /// The moderator, where known.
    pub by: Option<PlayerId>,
}
