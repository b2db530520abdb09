//! The newest placements of an import, so that the undo rows behind them can say what they undo.

use std::collections::HashMap;

use event_store::event::{CellContent, PlacementUndone};
use event_store::{Cell, Event, PaletteIndex, PlayerId, Version};

use super::append::OnAck;

/// The most cells of one generation; there are two. In the public logs of Pxls an undo follows its
/// placement within seconds.
const MAX_CELLS: usize = 65_536;

/// What was placed on a cell.
#[derive(Clone, Copy)]
struct Placed {
    player: PlayerId,
    color: PaletteIndex,
    version: Version,
    /// What the cell held before, where that is known.
    before: Option<CellContent>,
}

/// The newest placement on each of the cells placed on last. Bounded: when a generation is full,
/// the one before it is forgotten.
#[derive(Default)]
pub(super) struct RecentPlacements {
    newer: HashMap<Cell, Placed>,
    older: HashMap<Cell, Placed>,
}

impl RecentPlacements {
    /// Says in an undo which placement it takes back and who had set what returns, as far as that
    /// is known.
    pub(super) fn complete(&self, event: &mut Event) {
        let Event::PlacementUndone(undone) = event else {
            return;
        };
        let placed = self.on(undone.cell);
        if let Some(placed) = placed.filter(|placed| placed.player == undone.player) {
            undone.placement = placed.version;
            let before = placed.before;
            if let Some(before) = before.filter(|before| before.color == undone.restored.color) {
                undone.restored = before;
            }
        }
    }

    fn on(&self, cell: Cell) -> Option<Placed> {
        let placed = self.newer.get(&cell).or_else(|| self.older.get(&cell));
        placed.copied()
    }

    fn place(&mut self, cell: Cell, placed: Placed) {
        if self.newer.len() >= MAX_CELLS {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(cell, placed);
    }

    fn forget(&mut self, cell: Cell) {
        self.newer.remove(&cell);
        self.older.remove(&cell);
    }
}

impl OnAck for RecentPlacements {
    fn acked(&mut self, _: u64, event: &Event, version: Version) {
        match event {
            Event::PlacementMade(made) => {
                let before = self.on(made.cell).map(|placed| CellContent {
                    color: placed.color,
                    author: Some(placed.player),
                    version: placed.version,
                });
                let (player, color) = (made.player, made.color);
                let placed = Placed {
                    player,
                    color,
                    version,
                    before,
                };
                self.place(made.cell, placed);
            }
            Event::PlacementUndone(PlacementUndone { cell, .. }) => self.forget(*cell),
            Event::RegionErased(erased) if erased.region.cells().nth(1).is_none() => {
                self.forget(Cell::new(erased.region.x, erased.region.y));
            }
            Event::CellsRestored(restored) => {
                let cells = restored.cells.iter();
                cells.for_each(|restored| self.forget(restored.cell));
            }
            Event::RegionErased(_) | Event::RoundOpened(_) => *self = Self::default(),
            Event::RoundClosed(_)
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
}

#[cfg(test)]
mod tests {
    use event_store::RoundId;
    use event_store::event::PlacementMade;

    use super::*;

    fn made(player: u64, x: u16, color: u8) -> Event {
        Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: PlayerId::from_bits(player),
            cell: Cell::new(x, 0),
            color: PaletteIndex(color),
        })
    }

    fn completed(recent: &RecentPlacements, player: u64, color: u8) -> (Version, Version) {
        let mut event = Event::PlacementUndone(PlacementUndone {
            round: RoundId(1),
            player: PlayerId::from_bits(player),
            placement: Version::ZERO,
            cell: Cell::new(0, 0),
            restored: CellContent {
                color: PaletteIndex(color),
                author: None,
                version: Version::ZERO,
            },
        });
        recent.complete(&mut event);
        let Event::PlacementUndone(undone) = event else {
            panic!("it stays an undo");
        };
        (undone.placement, undone.restored.version)
    }

    #[test]
    fn an_undo_finds_its_placement_and_what_was_before() {
        let mut recent = RecentPlacements::default();
        recent.acked(0, &made(1, 0, 5), Version(10));
        recent.acked(1, &made(2, 0, 6), Version(11));
        assert_eq!(completed(&recent, 2, 5), (Version(11), Version(10)));
        assert_eq!(completed(&recent, 2, 9), (Version(11), Version::ZERO));
        assert_eq!(completed(&recent, 1, 5), (Version::ZERO, Version::ZERO));
    }

    #[test]
    fn no_more_than_two_generations_are_kept() {
        let mut recent = RecentPlacements::default();
        recent.acked(0, &made(1, 0, 5), Version(1));
        for number in 1..=u64::try_from(3 * MAX_CELLS).unwrap() {
            let mut event = made(1, 0, 5);
            if let Event::PlacementMade(made) = &mut event {
                made.cell = Cell::new((number % 50_000) as u16, 1 + (number / 50_000) as u16);
            }
            recent.acked(number, &event, Version(number + 1));
        }
        assert!(recent.newer.len() + recent.older.len() <= 2 * MAX_CELLS);
        assert_eq!(completed(&recent, 1, 5), (Version::ZERO, Version::ZERO));
    }
}
