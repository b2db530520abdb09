//! Events as far as they concern a region.

use event_store::{Event, Region};

/// Narrows an event to the cells of a region; false when it sets cells and none of these. Events
/// that set no cells stay as they are.
pub(super) fn narrow(event: &mut Event, region: Region) -> bool {
    match event {
        Event::PlacementMade(made) => region.contains(made.cell),
        Event::PlacementUndone(undone) => region.contains(undone.cell),
        Event::RegionErased(erased) => match erased.region.intersection(region) {
            Some(part) => {
                erased.region = part;
                true
            }
            None => false,
        },
        Event::CellsRestored(restored) => {
            restored.cells.retain(|cell| region.contains(cell.cell));
            !restored.cells.is_empty()
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
        | Event::Announced(_) => true,
    }
}
