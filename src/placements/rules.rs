//! The rules of placing, as pure functions of the folded canvas.

use event_store::{Cell, Event, PaletteIndex, PlayerId, RoundId, UnixMs, Version};
use projections::Canvas;
use projections::canvas::ChargeBucket;

use super::Rejection;

/// How long a player can take a placement back, in milliseconds after it was made: what players of
/// other canvases know.
pub const UNDO_WINDOW_MS: u32 = 5_000;

/// A cell that a player wants to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Where.
    pub cell: Cell,
    /// What.
    pub color: PaletteIndex,
}

/// Whether `player` may make all of `proposals` at `now`, and in which round. All or nothing: the
/// first one that may not be made speaks for the batch.
///
/// # Errors
/// The [`Rejection`]; which one, when there are several, is the first in the order of its variants.
pub fn may_place(
    canvas: &Canvas,
    player: PlayerId,
    proposals: &[Proposal],
    now: UnixMs,
) -> Result<RoundId, Rejection> {
    let round = may_act(canvas, player, now)?;
    for (position, proposal) in proposals.iter().enumerate() {
        may_set(canvas, *proposal)?;
        let cell = proposal.cell;
        if proposals[..position]
            .iter()
            .any(|earlier| earlier.cell == cell)
        {
            return Err(Rejection::RepeatedCell { cell });
        }
    }
    has_charges(canvas, player, proposals.len(), now)?;
    Ok(round)
}

/// Whether `player` may do anything on the canvas at `now`, and in which round.
///
/// # Errors
/// [`Rejection::NoRound`], [`Rejection::RoundClosed`], [`Rejection::CanvasLocked`],
/// [`Rejection::Banned`].
pub fn may_act(canvas: &Canvas, player: PlayerId, now: UnixMs) -> Result<RoundId, Rejection> {
    let round = canvas.round().ok_or(Rejection::NoRound)?;
    if !round.is_open() {
        return Err(Rejection::RoundClosed);
    }
    if let Some(lock) = canvas.lock() {
        let reason = lock.reason.clone();
        return Err(Rejection::CanvasLocked { reason });
    }
    if let Some(ban) = canvas.ban(player, now) {
        let (until, reason) = (ban.until, ban.reason.clone());
        return Err(Rejection::Banned { until, reason });
    }
    Ok(round.round)
}

/// Whether the round that a placement names was open where the placement stands in the log. One
/// that was on its way while its round ended has a version and changed nothing.
pub(super) fn belongs_to_its_round(canvas: &Canvas, event: &Event, version: Version) -> bool {
    let Event::PlacementMade(made) = event else {
        return true;
    };
    let before = Version(version.0.saturating_sub(1));
    let mut rounds = canvas.rounds().iter().rev();
    let round = rounds.find(|round| round.round == made.round);
    round.is_some_and(|round| round.was_open_at(before))
}

fn may_set(canvas: &Canvas, proposal: Proposal) -> Result<(), Rejection> {
    let Proposal { cell, color } = proposal;
    let field = canvas.field().ok_or(Rejection::NoRound)?;
    let Some(held) = field.grid.color(cell) else {
        let size = field.grid.size();
        return Err(Rejection::OutOfBounds {
            cell,
            width: size.width,
            height: size.height,
        });
    };
    if held == PaletteIndex::NOT_OPEN {
        return Err(Rejection::NotOpen { cell });
    }
    is_unprotected(canvas, cell)?;
    if !field.palette.contains(color) {
        let colors = field.palette.colors().len();
        return Err(Rejection::NotInPalette { color, colors });
    }
    if held == color {
        return Err(Rejection::Unchanged { cell });
    }
    Ok(())
}

/// Whether players may set a cell as far as moderators are concerned.
///
/// # Errors
/// [`Rejection::Protected`]
pub(super) fn is_unprotected(canvas: &Canvas, cell: Cell) -> Result<(), Rejection> {
    match canvas.protection_of(cell) {
        None => Ok(()),
        Some(protection) => Err(Rejection::Protected {
            cell,
            reason: protection.reason.clone(),
        }),
    }
}

fn has_charges(
    canvas: &Canvas,
    player: PlayerId,
    placements: usize,
    now: UnixMs,
) -> Result<(), Rejection> {
    let rule = canvas.cooldown().ok_or(Rejection::NoRound)?;
    if rule.regain_ms == 0 {
        return Ok(());
    }
    let max_charges = rule.max_charges;
    let needed = u16::try_from(placements).unwrap_or(u16::MAX);
    if needed > max_charges {
        return Err(Rejection::BatchOverCharges {
            placements,
            max_charges,
        });
    }
    let known = canvas.player(player).map(|known| known.bucket);
    let bucket = known.unwrap_or(ChargeBucket::FULL);
    if bucket.allowance(rule, now).charges >= needed {
        return Ok(());
    }
    // The bucket holds `needed` charges when all but `max - needed` of the missing ones are back.
    let spare_ms = i64::from(max_charges - needed) * i64::from(rule.regain_ms);
    Err(Rejection::CoolingDown {
        ready_at: bucket.when_full().plus_ms(-spare_ms),
    })
}

#[cfg(test)]
mod tests {
    use event_store::event::{
        CanvasLocked, PlacementMade, PlayerBanned, RegionProtected, RoundClosed, RoundOpened, Size,
    };
    use event_store::{CooldownRule, Mask, Palette, Region, Rgb};

    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);
    const RED: PaletteIndex = PaletteIndex(1);

    fn player() -> PlayerId {
        PlayerId::from_bits(7)
    }

    fn canvas(events: Vec<Event>) -> Canvas {
        let opened = Event::RoundOpened(RoundOpened {
            round: RoundId(1),
            size: Size::new(4, 3).expect("lawful size"),
            palette: Palette::new(vec![Rgb([0; 3]), Rgb([255, 0, 0])]).expect("lawful palette"),
            background: PaletteIndex(0),
            cooldown: CooldownRule {
                max_charges: 3,
                regain_ms: 1_000,
            },
            mask: Some(Mask::new((0..12).map(|index| index != 11))),
            title: String::new(),
        });
        let mut canvas = Canvas::new();
        for (number, event) in std::iter::once(opened).chain(events).enumerate() {
            let version = Version(number as u64 + 1);
            canvas.apply(version, NOW, &event).expect("in order");
        }
        canvas
    }

    fn placed(x: u16) -> Event {
        Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: player(),
            cell: Cell::new(x, 0),
            color: RED,
        })
    }

    fn propose(cells: &[(u16, u16)]) -> Vec<Proposal> {
        let proposal = |&(x, y): &(u16, u16)| Proposal {
            cell: Cell::new(x, y),
            color: RED,
        };
        cells.iter().map(proposal).collect()
    }

    #[test]
    fn a_lawful_batch_is_allowed_in_the_open_round() {
        let canvas = canvas(vec![]);
        let allowed = may_place(&canvas, player(), &propose(&[(0, 0), (1, 0), (2, 2)]), NOW);
        assert_eq!(allowed, Ok(RoundId(1)));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn each_rule_has_its_own_rejection() {
        let reason = "repair".to_owned();
        let locked = Event::CanvasLocked(CanvasLocked {
            by: None,
            reason: reason.clone(),
        });
        let banned = Event::PlayerBanned(PlayerBanned {
            player: player(),
            until: Some(NOW.plus_ms(1)),
            by: None,
            reason: reason.clone(),
        });
        let closed = Event::RoundClosed(RoundClosed { round: RoundId(1) });
        let not_in_palette = Proposal {
            cell: Cell::new(0, 0),
            color: PaletteIndex(2),
        };
        let protected = Event::RegionProtected(RegionProtected {
            round: RoundId(1),
            region: Region {
                x: 0,
                y: 0,
                width: 1,
                height: 1,
            },
            by: None,
            reason: reason.clone(),
        });
        let one = propose(&[(0, 0)]);
        let cases = [
            (
                canvas(vec![protected]),
                one.clone(),
                Rejection::Protected {
                    cell: Cell::new(0, 0),
                    reason: reason.clone(),
                },
            ),
            (Canvas::new(), one.clone(), Rejection::NoRound),
            (canvas(vec![closed]), one.clone(), Rejection::RoundClosed),
            (
                canvas(vec![locked]),
                one.clone(),
                Rejection::CanvasLocked {
                    reason: reason.clone(),
                },
            ),
            (
                canvas(vec![banned]),
                one.clone(),
                Rejection::Banned {
                    until: Some(NOW.plus_ms(1)),
                    reason,
                },
            ),
            (
                canvas(vec![]),
                propose(&[(0, 3)]),
                Rejection::OutOfBounds {
                    cell: Cell::new(0, 3),
                    width: 4,
                    height: 3,
                },
            ),
            (
                canvas(vec![]),
                propose(&[(3, 2)]),
                Rejection::NotOpen {
                    cell: Cell::new(3, 2),
                },
            ),
            (
                canvas(vec![]),
                vec![not_in_palette],
                Rejection::NotInPalette {
                    color: PaletteIndex(2),
                    colors: 2,
                },
            ),
            (
                canvas(vec![placed(0)]),
                one,
                Rejection::Unchanged {
                    cell: Cell::new(0, 0),
                },
            ),
            (
                canvas(vec![]),
                propose(&[(0, 0), (0, 0)]),
                Rejection::RepeatedCell {
                    cell: Cell::new(0, 0),
                },
            ),
            (
                canvas(vec![]),
                propose(&[(0, 0), (1, 0), (2, 0), (3, 0)]),
                Rejection::BatchOverCharges {
                    placements: 4,
                    max_charges: 3,
                },
            ),
        ];
        for (canvas, proposals, expected) in cases {
            assert_eq!(may_place(&canvas, player(), &proposals, NOW), Err(expected));
        }
    }

    #[test]
    fn a_batch_waits_until_all_its_charges_are_there() {
        let canvas = canvas(vec![placed(0), placed(1)]);
        let ready_at = |count: usize| {
            let cells: Vec<_> = (0..count as u16).map(|x| (x, 1)).collect();
            may_place(&canvas, player(), &propose(&cells), NOW)
        };
        assert_eq!(ready_at(1), Ok(RoundId(1)));
        let at = |ms| {
            Err(Rejection::CoolingDown {
                ready_at: NOW.plus_ms(ms),
            })
        };
        assert_eq!(ready_at(2), at(1_000));
        assert_eq!(ready_at(3), at(2_000));
    }

    #[test]
    fn a_ban_ends_at_its_moment() {
        let banned = Event::PlayerBanned(PlayerBanned {
            player: player(),
            until: Some(NOW),
            by: None,
            reason: String::new(),
        });
        assert_eq!(
            may_act(&canvas(vec![banned]), player(), NOW),
            Ok(RoundId(1))
        );
    }

    #[test]
    fn a_placement_that_met_the_end_of_its_round_is_known() {
        let closed = Event::RoundClosed(RoundClosed { round: RoundId(1) });
        let canvas = canvas(vec![placed(0), closed, placed(1)]);
        assert!(belongs_to_its_round(&canvas, &placed(0), Version(2)));
        assert!(!belongs_to_its_round(&canvas, &placed(1), Version(4)));
    }
}
