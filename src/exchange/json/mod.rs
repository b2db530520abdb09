//! The JSON form of an event: a line of an `ndjson` file, an event of the HTTP interface.

mod from_event;
mod into_event;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use into_event::InvalidEvent;

/// An event as JSON: `version`, `at`, `type` (the kind's name) and the fields of the kind.
///
/// `round` is the number of the round that an event belongs to; an event that names a round which
/// was not open at its version changed nothing. `by` is the moderator and `null` where unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventJson {
    /// The event's number in the log.
    pub version: u64,
    /// When it happened, RFC 3339 in UTC with milliseconds. Moments outside the years 0 to 9999 are
    /// moved to the nearest one inside.
    #[schema(example = "2022-04-03T17:38:22.252Z")]
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub event: EventBodyJson,
}

/// The fields of each kind of event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type")]
pub enum EventBodyJson {
    /// A player set a cell.
    PlacementMade {
        /// Who: 16 hexadecimal digits.
        player: String,
        /// Column.
        x: u16,
        /// Row.
        y: u16,
        /// Palette index.
        color: u8,
        /// The round.
        round: u32,
    },
    /// A player took back a placement of theirs.
    PlacementUndone {
        /// Who.
        player: String,
        /// Column.
        x: u16,
        /// Row.
        y: u16,
        /// The palette index that the cell returns to.
        color: u8,
        /// Who had set that colour; `null` for the round's background.
        author: Option<String>,
        /// The version that had set that colour; 0 for the round's background.
        author_version: u64,
        /// The placement that is taken back.
        placement: u64,
        /// The round.
        round: u32,
    },
    /// A round began.
    RoundOpened {
        /// The round.
        round: u32,
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
        /// The colours in index order, `#RRGGBB`.
        palette: Vec<String>,
        /// The palette index of every open cell at the start.
        background: u8,
        /// The cooldown in force.
        cooldown: CooldownJson,
        /// Base64 of the zstd frame of one bit a cell by rows, the first cell in the lowest bit, 1
        /// = open; `null` when all cells are open.
        mask: Option<String>,
        /// The round's name.
        title: String,
    },
    /// A round ended.
    RoundClosed {
        /// The round.
        round: u32,
    },
    /// The canvas grew.
    CanvasExpanded {
        /// The round.
        round: u32,
        /// Columns from now on.
        width: u16,
        /// Rows from now on.
        height: u16,
    },
    /// The palette got more colours.
    PaletteExtended {
        /// The round.
        round: u32,
        /// The new colours, `#RRGGBB`, after those that were there.
        colors: Vec<String>,
    },
    /// The cooldown rule changed.
    CooldownChanged {
        /// The round.
        round: u32,
        /// The rule from now on.
        cooldown: CooldownJson,
    },
    /// A moderator filled a region with one colour.
    RegionErased {
        /// The round.
        round: u32,
        /// Where.
        region: RegionJson,
        /// Palette index.
        color: u8,
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// A moderator gave cells back what they had.
    CellsRestored {
        /// The round.
        round: u32,
        /// The cells.
        cells: Vec<RestoredCellJson>,
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// A player may no longer place.
    PlayerBanned {
        /// Who.
        player: String,
        /// The end of the ban, RFC 3339; `null` for one that lasts until it is lifted.
        until: Option<String>,
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// A player may place again.
    PlayerUnbanned {
        /// Who.
        player: String,
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// Nobody may place.
    CanvasLocked {
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// Players may place again.
    CanvasUnlocked {
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// Players may not place in a region.
    RegionProtected {
        /// The round.
        round: u32,
        /// Where.
        region: RegionJson,
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// The protection of a region ended.
    RegionUnprotected {
        /// The round.
        round: u32,
        /// The version of the `RegionProtected` that ends.
        protection: u64,
        /// The moderator.
        by: Option<String>,
        /// Why.
        reason: String,
    },
    /// Everybody is told something.
    Announced {
        /// What; empty for nothing any more.
        text: String,
        /// Until when, RFC 3339; `null` for until the next one.
        until: Option<String>,
        /// The moderator.
        by: Option<String>,
    },
}

/// A cooldown rule: a bucket of charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CooldownJson {
    /// The most charges a player can hold.
    pub max_charges: u16,
    /// Milliseconds until a spent charge is back.
    pub regain_ms: u32,
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RegionJson {
    /// The leftmost column.
    pub x: u16,
    /// The topmost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A cell and what it holds from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestoredCellJson {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
    /// Palette index.
    pub color: u8,
    /// Who had set that colour; `null` for the round's background.
    pub author: Option<String>,
    /// The version that had set that colour; 0 for the round's background.
    pub author_version: u64,
}
