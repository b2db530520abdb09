//! The parts that events of several kinds share, for those who rewrite a log: under other names of
//! the players, or with another log's numbers.

use super::{CellContent, Event, PlayerId, RoundId, Version};

impl Event {
    /// The round that the event names; none for one that is of no round.
    pub fn round(&self) -> Option<RoundId> {
        match self {
            Self::PlacementMade(event) => Some(event.round),
            Self::PlacementUndone(event) => Some(event.round),
            Self::RoundOpened(event) => Some(event.round),
            Self::RoundClosed(event) => Some(event.round),
            Self::CanvasExpanded(event) => Some(event.round),
            Self::PaletteExtended(event) => Some(event.round),
            Self::CooldownChanged(event) => Some(event.round),
            Self::RegionErased(event) => Some(event.round),
            Self::CellsRestored(event) => Some(event.round),
            Self::RegionProtected(event) => Some(event.round),
            Self::RegionUnprotected(event) => Some(event.round),
            Self::PlayerBanned(_)
            | Self::PlayerUnbanned(_)
            | Self::CanvasLocked(_)
            | Self::CanvasUnlocked(_)
            | Self::Announced(_) => None,
        }
    }

    /// Gives the event another round, when it names one.
    pub fn set_round(&mut self, round: RoundId) {
        match self {
            Self::PlacementMade(event) => event.round = round,
            Self::PlacementUndone(event) => event.round = round,
            Self::RoundOpened(event) => event.round = round,
            Self::RoundClosed(event) => event.round = round,
            Self::CanvasExpanded(event) => event.round = round,
            Self::PaletteExtended(event) => event.round = round,
            Self::CooldownChanged(event) => event.round = round,
            Self::RegionErased(event) => event.round = round,
            Self::CellsRestored(event) => event.round = round,
            Self::RegionProtected(event) => event.round = round,
            Self::RegionUnprotected(event) => event.round = round,
            Self::PlayerBanned(_)
            | Self::PlayerUnbanned(_)
            | Self::CanvasLocked(_)
            | Self::CanvasUnlocked(_)
            | Self::Announced(_) => {}
        }
    }

    /// Renames every player in the event, in the order of its fields: who acted, moderators, banned
    /// players and authors of restored cells.
    pub fn rename_players(&mut self, mut rename: impl FnMut(PlayerId) -> PlayerId) {
        let mut optional = |player: &mut Option<PlayerId>| *player = player.map(&mut rename);
        match self {
            Self::PlacementMade(event) => event.player = rename(event.player),
            Self::PlacementUndone(event) => {
                event.player = rename(event.player);
                event.restored.author = event.restored.author.map(rename);
            }
            Self::CellsRestored(event) => {
                for restored in &mut event.cells {
                    optional(&mut restored.content.author);
                }
                optional(&mut event.by);
            }
            Self::PlayerBanned(event) => {
                event.player = rename(event.player);
                event.by = event.by.map(rename);
            }
            Self::PlayerUnbanned(event) => {
                event.player = rename(event.player);
                event.by = event.by.map(rename);
            }
            Self::RegionErased(event) => optional(&mut event.by),
            Self::CanvasLocked(event) => optional(&mut event.by),
            Self::CanvasUnlocked(event) => optional(&mut event.by),
            Self::RegionProtected(event) => optional(&mut event.by),
            Self::RegionUnprotected(event) => optional(&mut event.by),
            Self::Announced(event) => optional(&mut event.by),
            Self::RoundOpened(_)
            | Self::RoundClosed(_)
            | Self::CanvasExpanded(_)
            | Self::PaletteExtended(_)
            | Self::CooldownChanged(_) => {}
        }
    }

    /// Renumbers every version that the event names: the placement that an undo takes back, the
    /// protection that ends, and the versions that set restored contents. Where `renumber` knows
    /// none, it becomes [`Version::ZERO`], and the content one that nobody has set.
    pub fn renumber_versions(&mut self, renumber: impl Fn(Version) -> Option<Version>) {
        let set_by = |content: &mut CellContent| match renumber(content.version) {
            Some(version) => content.version = version,
            None => {
                content.version = Version::ZERO;
                content.author = None;
            }
        };
        match self {
            Self::PlacementUndone(event) => {
                event.placement = renumber(event.placement).unwrap_or(Version::ZERO);
                set_by(&mut event.restored);
            }
            Self::CellsRestored(event) => {
                let contents = event.cells.iter_mut();
                contents.for_each(|restored| set_by(&mut restored.content));
            }
            Self::RegionUnprotected(event) => {
                event.protection = renumber(event.protection).unwrap_or(Version::ZERO);
            }
            Self::PlacementMade(_)
            | Self::RoundOpened(_)
            | Self::RoundClosed(_)
            | Self::CanvasExpanded(_)
            | Self::PaletteExtended(_)
            | Self::CooldownChanged(_)
            | Self::RegionErased(_)
            | Self::PlayerBanned(_)
            | Self::PlayerUnbanned(_)
            | Self::CanvasLocked(_)
            | Self::CanvasUnlocked(_)
            | Self::RegionProtected(_)
            | Self::Announced(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::event::{Cell, CellsRestored, PaletteIndex, PlacementUndone, RestoredCell};

    use super::*;

    const ANN: PlayerId = PlayerId::from_bits(1);
    const BOB: PlayerId = PlayerId::from_bits(2);

    fn content(version: u64) -> CellContent {
        CellContent {
            color: PaletteIndex(3),
            author: Some(ANN),
            version: Version(version),
        }
    }

    fn undone(player: PlayerId, placement: u64, restored: CellContent) -> Event {
        Event::PlacementUndone(PlacementUndone {
            round: RoundId(1),
            player,
            placement: Version(placement),
            cell: Cell::new(1, 2),
            restored,
        })
    }

    #[test]
    fn everybody_in_an_event_is_renamed() {
        let mut event = undone(ANN, 9, content(4));
        event.rename_players(|player| PlayerId::from_bits(player.bits() + 1));
        let restored = CellContent {
            author: Some(BOB),
            ..content(4)
        };
        assert_eq!(event, undone(BOB, 9, restored));
    }

    #[test]
    fn versions_that_are_not_known_stand_for_nobody() {
        let restored = |content| {
            Event::CellsRestored(CellsRestored {
                round: RoundId(1),
                cells: vec![RestoredCell {
                    cell: Cell::new(0, 0),
                    content,
                }],
                by: Some(BOB),
                reason: String::new(),
            })
        };
        let later = |version: Version| (version.0 == 4).then(|| version.plus(10));
        let nobody = CellContent {
            author: None,
            ..content(0)
        };
        for (known, expected) in [(content(4), content(14)), (content(5), nobody)] {
            let mut event = restored(known);
            event.renumber_versions(later);
            assert_eq!(event, restored(expected));
        }
        let mut event = undone(ANN, 4, content(5));
        event.renumber_versions(later);
        assert_eq!(event, undone(ANN, 14, nobody));
    }

    #[test]
    fn a_round_is_told_and_changed() {
        let mut event = undone(ANN, 9, content(4));
        event.set_round(RoundId(7));
        assert_eq!(event.round(), Some(RoundId(7)));
    }
}
