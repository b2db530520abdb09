//! The events of a canvas, as past-tense facts, and the newtypes that they are made of.
//!
//! An event carries everything a reader needs to apply it: nothing has to be looked up.

mod envelope;
mod id;
mod moderation;
mod palette;
mod parts;
mod placement;
mod round;
mod space;

pub use envelope::{DecodeError, EventKind, SCHEMA, decode, encode};
pub use id::{CanvasSlug, EventId, InvalidName, PlayerId, RoundId, Subject, UnixMs, Version};
pub use moderation::{
    Announced, CanvasLocked, CanvasUnlocked, CellsRestored, MAX_ANNOUNCEMENT_BYTES,
    MAX_REASON_BYTES, MAX_RESTORED_CELLS, PlayerBanned, PlayerUnbanned, RegionErased,
    RegionProtected, RegionUnprotected, RestoredCell,
};
pub use palette::{InvalidPalette, MAX_COLORS, Palette, PaletteIndex, Rgb};
pub use placement::{CellContent, PlacementMade, PlacementUndone};
pub use round::{
    CanvasExpanded, CooldownChanged, CooldownRule, MAX_TITLE_BYTES, Mask, MaskError,
    PaletteExtended, RoundClosed, RoundOpened,
};
pub use space::{Cell, InvalidRegion, MAX_SIDE, Region, Size};

/// Something that happened to a canvas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A player set a cell.
    PlacementMade(PlacementMade),
    /// A player took back a placement of theirs.
    PlacementUndone(PlacementUndone),
    /// A round began, on a fresh canvas.
    RoundOpened(RoundOpened),
    /// A round ended.
    RoundClosed(RoundClosed),
    /// The canvas grew.
    CanvasExpanded(CanvasExpanded),
    /// The palette got more colours.
    PaletteExtended(PaletteExtended),
    /// The cooldown rule changed.
    CooldownChanged(CooldownChanged),
    /// A moderator filled a region with one colour.
    RegionErased(RegionErased),
    /// A moderator gave cells back what they had.
    CellsRestored(CellsRestored),
    /// A player may no longer place.
    PlayerBanned(PlayerBanned),
    /// A player may place again.
    PlayerUnbanned(PlayerUnbanned),
    /// Nobody may place.
    CanvasLocked(CanvasLocked),
    /// Players may place again.
    CanvasUnlocked(CanvasUnlocked),
    /// Players may not place in a region.
    RegionProtected(RegionProtected),
    /// The protection of a region ended.
    RegionUnprotected(RegionUnprotected),
    /// Everybody is told something.
    Announced(Announced),
}

impl Event {
    /// Who set cells by the event: the player, or the moderator where known. None for an event that
    /// sets no cell.
    pub fn painter(&self) -> Option<PlayerId> {
        match self {
            Self::PlacementMade(event) => Some(event.player),
            Self::PlacementUndone(event) => Some(event.player),
            Self::RegionErased(event) => event.by,
            Self::CellsRestored(event) => event.by,
            Self::RoundOpened(_)
            | Self::RoundClosed(_)
            | Self::CanvasExpanded(_)
            | Self::PaletteExtended(_)
            | Self::CooldownChanged(_)
            | Self::PlayerBanned(_)
            | Self::PlayerUnbanned(_)
            | Self::CanvasLocked(_)
            | Self::CanvasUnlocked(_)
            | Self::RegionProtected(_)
            | Self::RegionUnprotected(_)
            | Self::Announced(_) => None,
        }
    }

    /// The subject that the event is appended on: a player's own for what a player does, the
    /// canvas's admin subject for the rest.
    pub fn subject(&self) -> Subject {
        match self {
            Self::PlacementMade(event) => Subject::Player(event.player),
            Self::PlacementUndone(event) => Subject::Player(event.player),
            Self::RoundOpened(_)
            | Self::RoundClosed(_)
            | Self::CanvasExpanded(_)
            | Self::PaletteExtended(_)
            | Self::CooldownChanged(_)
            | Self::RegionErased(_)
            | Self::CellsRestored(_)
            | Self::PlayerBanned(_)
            | Self::PlayerUnbanned(_)
            | Self::CanvasLocked(_)
            | Self::CanvasUnlocked(_)
            | Self::RegionProtected(_)
            | Self::RegionUnprotected(_)
            | Self::Announced(_) => Subject::Admin,
        }
    }
}
