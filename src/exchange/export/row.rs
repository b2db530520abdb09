//! Events as rows of published logs, before they have a form.

use event_store::event::{RoundOpened, Size};
use event_store::{Event, Palette, PaletteIndex, PlayerId, Recorded, RoundId, UnixMs};

use crate::exchange::row::RowPlace;

/// The round that is open at the version where an export begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundInForce {
    /// Its number.
    pub round: RoundId,
    /// Its size.
    pub size: Size,
    /// Its palette.
    pub palette: Palette,
}

impl From<&RoundOpened> for RoundInForce {
    fn from(opened: &RoundOpened) -> Self {
        Self {
            round: opened.round,
            size: opened.size,
            palette: opened.palette.clone(),
        }
    }
}

impl RoundInForce {
    /// Follows an event; `open` is the round before it and after it.
    pub(super) fn follow(open: &mut Option<Self>, event: &Event) {
        match event {
            Event::RoundOpened(opened) => *open = Some(opened.into()),
            Event::RoundClosed(closed) => {
                open.take_if(|open| open.round == closed.round);
            }
            Event::CanvasExpanded(expanded) => {
                if let Some(open) = Self::of(open, expanded.round) {
                    open.size = expanded.size;
                }
            }
            Event::PaletteExtended(extended) => {
                // A palette that would be unlawful is one that the fold refuses too.
                if let Some(open) = Self::of(open, extended.round)
                    && let Ok(palette) = open.palette.extended(&extended.colors)
                {
                    open.palette = palette;
                }
            }
            Event::PlacementMade(_)
            | Event::PlacementUndone(_)
            | Event::CooldownChanged(_)
            | Event::RegionErased(_)
            | Event::CellsRestored(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_) => {}
        }
    }

    fn of(open: &mut Option<Self>, round: RoundId) -> Option<&mut Self> {
        open.as_mut().filter(|open| open.round == round)
    }
}

/// Who did what a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    Player(PlayerId),
    /// A moderator whom the event does not name.
    Moderator,
}

/// What kind of act a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Place,
    Undo,
    Fill,
    RollBack,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExportRow {
    pub(super) at: UnixMs,
    pub(super) actor: Actor,
    pub(super) act: Act,
    pub(super) place: RowPlace,
    pub(super) color: PaletteIndex,
}

/// The rows of an event: one for each cell of a roll-back; none for events that colour nothing, and
/// none for what changed nothing: another round was open, or the cell or colour is not one of it.
pub(super) fn rows_of(recorded: &Recorded, open: &RoundInForce, rows: &mut Vec<ExportRow>) {
    let mut add = |round: RoundId, actor: Actor, act: Act, place: RowPlace, color: PaletteIndex| {
        let is_inside = match place {
            RowPlace::Cell(cell) => open.size.contains(cell),
            RowPlace::Region(region) => region.clipped_to(open.size).cells().next().is_some(),
        };
        if round == open.round && is_inside && open.palette.contains(color) {
            rows.push(ExportRow {
                at: recorded.at,
                actor,
                act,
                place,
                color,
            });
        }
    };
    let moderator = |by: Option<PlayerId>| by.map_or(Actor::Moderator, Actor::Player);
    match &recorded.event {
        Event::PlacementMade(made) => {
            let (actor, place) = (Actor::Player(made.player), RowPlace::Cell(made.cell));
            add(made.round, actor, Act::Place, place, made.color);
        }
        Event::PlacementUndone(undone) => {
            let (actor, place) = (Actor::Player(undone.player), RowPlace::Cell(undone.cell));
            add(undone.round, actor, Act::Undo, place, undone.restored.color);
        }
        Event::RegionErased(erased) => {
            let (actor, place) = (moderator(erased.by), RowPlace::Region(erased.region));
            add(erased.round, actor, Act::Fill, place, erased.color);
        }
        Event::CellsRestored(restored) => {
            let actor = moderator(restored.by);
            for cell in &restored.cells {
                let place = RowPlace::Cell(cell.cell);
                add(
                    restored.round,
                    actor,
                    Act::RollBack,
                    place,
                    cell.content.color,
                );
            }
        }
        Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::CanvasExpanded(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_) => {}
    }
}
