//! Events as rows of published logs, before they have a form.

use event_store::{Cell, Event, PaletteIndex, PlayerId, Recorded, Region, RoundId, UnixMs};

use super::round_in_force::RoundInForce;
use crate::exchange::row::Act;

/// Who did what a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    Player(PlayerId),
    /// A moderator whom the event does not name.
    Moderator,
}

/// What a row colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Painted {
    Cell(Cell),
    /// A rectangle on the canvas.
    Rectangle(Region),
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExportRow {
    pub(super) at: UnixMs,
    pub(super) actor: Actor,
    pub(super) act: Act,
    pub(super) painted: Painted,
    pub(super) color: PaletteIndex,
}

/// Adds the rows of an event, in order, as far as they are of `region`: one for each cell of a
/// roll-back, and none for what changed nothing: another round ran, or the cell or colour is not
/// one of it. A rectangle may hold cells that are not open.
pub(super) fn rows_of(
    recorded: &Recorded,
    open: &RoundInForce,
    region: Option<Region>,
    rows: &mut Vec<ExportRow>,
) {
    let Some((_, cause)) = Cause::of(&recorded.event).filter(|(round, _)| open.runs(*round)) else {
        return;
    };
    let mut paint = |painted: Painted, color: PaletteIndex| {
        if open.palette.contains(color) {
            rows.push(ExportRow {
                at: recorded.at,
                actor: cause.actor,
                act: cause.act,
                painted,
                color,
            });
        }
    };
    let mut paint_cell = |cell: Cell, color: PaletteIndex| {
        let is_told = region.is_none_or(|region| region.contains(cell));
        if is_told && open.is_settable(cell) {
            paint(Painted::Cell(cell), color);
        }
    };
    match &recorded.event {
        Event::PlacementMade(made) => paint_cell(made.cell, made.color),
        Event::PlacementUndone(undone) => paint_cell(undone.cell, undone.restored.color),
        Event::CellsRestored(restored) => {
            let cells = restored.cells.iter();
            cells.for_each(|restored| paint_cell(restored.cell, restored.content.color));
        }
        Event::RegionErased(erased) => {
            let clipped = erased.region.clipped_to(open.size);
            if let Some(part) = clipped.intersection(region.unwrap_or(clipped)) {
                paint(Painted::Rectangle(part), erased.color);
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
        | Event::CanvasUnlocked(_)
        | Event::RegionProtected(_)
        | Event::RegionUnprotected(_)
        | Event::Announced(_) => {}
    }
}

/// Whose act a row is, and of what kind.
#[derive(Clone, Copy)]
struct Cause {
    actor: Actor,
    act: Act,
}

impl Cause {
    /// The round that an event names and the cause of its rows; none for an event without rows.
    fn of(event: &Event) -> Option<(RoundId, Self)> {
        let moderator = |by: Option<PlayerId>| by.map_or(Actor::Moderator, Actor::Player);
        let (round, actor, act) = match event {
            Event::PlacementMade(made) => (made.round, Actor::Player(made.player), Act::Place),
            Event::PlacementUndone(undone) => {
                (undone.round, Actor::Player(undone.player), Act::Undo)
            }
            Event::RegionErased(erased) => (erased.round, moderator(erased.by), Act::Fill),
            Event::CellsRestored(restored) => {
                (restored.round, moderator(restored.by), Act::RollBack)
            }
            Event::RoundOpened(_)
            | Event::RoundClosed(_)
            | Event::CanvasExpanded(_)
            | Event::PaletteExtended(_)
            | Event::CooldownChanged(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_) => return None,
        };
        Some((round, Self { actor, act }))
    }
}
