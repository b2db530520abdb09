//! What each event does to the canvas.

use event_store::event::{
    Announced, CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored,
    CooldownChanged, PaletteExtended, PlayerBanned, PlayerUnbanned, RegionErased, RegionProtected,
    RegionUnprotected, RestoredCell,
};
use event_store::{
    Cell, CooldownRule, Event, Mask, PaletteIndex, Region, Rgb, RoundId, Subject, UnixMs, Version,
};
use projections::canvas::{HeldCell, MAX_PROTECTIONS, Moment, Selection};
use projections::{Applied, Canvas, CellChange, OutOfOrder};
use proptest::prelude::*;

use crate::support::{Log, START, closed, logs, opened, placed, player, replay, size};

fn content(color: u8, author: Option<u64>, version: u64) -> CellContent {
    CellContent {
        color: PaletteIndex(color),
        author: author.map(player),
        version: Version(version),
    }
}

const BACKGROUND: CellContent = CellContent {
    color: PaletteIndex(7),
    author: None,
    version: Version::ZERO,
};

fn erased(round: u32, region: (u16, u16, u16, u16), color: u8) -> Event {
    let (x, y, width, height) = region;
    Event::RegionErased(RegionErased {
        round: RoundId(round),
        region: Region {
            x,
            y,
            width,
            height,
        },
        color: PaletteIndex(color),
        by: None,
        reason: String::new(),
    })
}

#[test]
fn a_placement_sets_its_cell_and_tells_what_was_there() {
    let mut log = Log::with_round(size(4, 3));
    let change = |color| CellChange {
        index: 6,
        color: PaletteIndex(color),
    };
    let first = log.append(placed(1, 1, (2, 1), 3));
    assert_eq!(
        first,
        Applied::Placed {
            change: change(3),
            previous: BACKGROUND
        }
    );
    let second = log.append(placed(1, 2, (2, 1), 4));
    let previous = content(3, Some(1), 2);
    assert_eq!(
        second,
        Applied::Placed {
            change: change(4),
            previous
        }
    );
    assert_eq!(
        log.canvas.cell(Cell::new(2, 1)),
        Some(content(4, Some(2), 3))
    );
    assert_eq!(log.canvas.cell(Cell::new(4, 0)), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn senseless_events_change_nothing_but_the_versions() {
    let mut log = Log::with_round(size(4, 3));
    log.append(Event::RoundClosed(event_store::event::RoundClosed {
        round: RoundId(2),
    }));
    let before = log.canvas.snapshot().expect("a round");
    let expanded = |width, height| {
        Event::CanvasExpanded(CanvasExpanded {
            round: RoundId(1),
            size: event_store::event::Size { width, height },
        })
    };
    let mut bad_mask = opened(2, size(9, 9));
    bad_mask.mask = Some(Mask::new([true; 3]));
    let mut bad_background = opened(2, size(9, 9));
    bad_background.background = PaletteIndex::NOT_OPEN;
    let mut bad_size = opened(2, size(9, 9));
    bad_size.size.width = 0;
    let mut bad_rule = opened(2, size(9, 9));
    bad_rule.cooldown.max_charges = 0;
    let senseless = [
        placed(1, 1, (4, 0), 3),
        placed(1, 1, (0, 3), 3),
        placed(1, 1, (u16::MAX, u16::MAX), 3),
        placed(1, 1, (0, 0), 8),
        placed(1, 1, (0, 0), 255),
        placed(2, 1, (0, 0), 3),
        placed(0, 1, (0, 0), 3),
        erased(1, (9, 9, 2, 2), 1),
        erased(1, (0, 0, 0, 2), 1),
        erased(1, (0, 0, 4, 4), 8),
        expanded(3, 3),
        expanded(5, 2),
        expanded(4, 3),
        expanded(u16::MAX, u16::MAX),
        Event::RoundOpened(opened(1, size(9, 9))),
        Event::RoundOpened(opened(3, size(9, 9))),
        Event::RoundOpened(bad_mask),
        Event::RoundOpened(bad_background),
        Event::RoundOpened(bad_size),
        Event::RoundOpened(bad_rule),
        Event::PaletteExtended(PaletteExtended {
            round: RoundId(1),
            colors: vec![Rgb([1; 3])],
        }),
        Event::PaletteExtended(PaletteExtended {
            round: RoundId(1),
            colors: vec![],
        }),
        Event::CooldownChanged(CooldownChanged {
            round: RoundId(1),
            cooldown: CooldownRule {
                max_charges: 0,
                regain_ms: 1,
            },
        }),
        Event::CellsRestored(CellsRestored {
            round: RoundId(1),
            cells: vec![RestoredCell {
                cell: Cell::new(7, 7),
                content: BACKGROUND,
            }],
            by: None,
            reason: String::new(),
        }),
    ];
    for event in senseless {
        let subject = event.subject();
        assert_eq!(log.append(event.clone()), Applied::Ignored, "{event:?}");
        assert_eq!(log.canvas.last_on(subject), log.canvas.version());
    }
    let after = log.canvas.snapshot().expect("a round");
    assert_eq!((after.grid, after.round), (before.grid, before.round));
    let allowance = log
        .canvas
        .allowance(player(1), UnixMs(START))
        .expect("a round");
    assert_eq!(allowance.charges, 3, "an ignored placement costs nothing");
}

#[test]
fn a_version_that_does_not_follow_is_refused_and_changes_nothing() {
    let mut canvas = Canvas::new();
    let event = Event::RoundOpened(opened(1, size(2, 2)));
    for found in [0, 2, u64::MAX] {
        let refused = canvas.apply(Version(found), UnixMs(START), &event);
        let expected = Version(1);
        assert_eq!(
            refused,
            Err(OutOfOrder {
                expected,
                found: Version(found)
            })
        );
    }
    assert_eq!(canvas, Canvas::new());
}

#[test]
fn a_round_begins_anew_but_versions_bans_lock_and_guards_stay() {
    let mut log = Log::with_round(size(4, 3));
    log.append(placed(1, 1, (0, 0), 3));
    log.append(Event::PlayerBanned(PlayerBanned {
        player: player(2),
        until: None,
        by: None,
        reason: "bot".to_owned(),
    }));
    log.append(Event::CanvasLocked(CanvasLocked {
        by: None,
        reason: "repair".to_owned(),
    }));
    assert_eq!(log.append(closed(1)), Applied::RoundClosed);
    assert_eq!(log.append(placed(1, 1, (1, 0), 3)), Applied::Ignored);
    assert_eq!(
        log.append(Event::RoundOpened(opened(2, size(5, 5)))),
        Applied::RoundOpened
    );

    let canvas = &log.canvas;
    assert_eq!(canvas.version(), Version(7));
    assert_eq!(canvas.cell(Cell::new(0, 0)), Some(BACKGROUND));
    assert_eq!(canvas.last_on(Subject::Player(player(1))), Version(6));
    assert_eq!(canvas.last_on(Subject::Player(player(3))), Version::ZERO);
    assert_eq!(canvas.last_on(Subject::Admin), Version(7));
    assert_eq!(
        canvas
            .allowance(player(1), canvas.at())
            .expect("a round")
            .charges,
        3
    );
    assert!(canvas.ban(player(2), UnixMs(i64::MAX)).is_some());
    assert_eq!(canvas.lock().expect("locked").reason, "repair");
    let [first, second] = canvas.rounds() else {
        panic!("two rounds");
    };
    let closed = Moment {
        version: Version(5),
        at: UnixMs(START + 400),
    };
    assert_eq!((first.closed, second.closed), (Some(closed), None));
    assert_eq!(second.opened.version, Version(7));
}

#[test]
fn a_round_that_was_not_closed_ends_where_the_next_one_opens() {
    let mut log = Log::with_round(size(4, 3));
    log.append(Event::RoundOpened(opened(2, size(2, 2))));
    let ended = log.canvas.rounds()[0].closed.expect("ended");
    assert_eq!(ended.version, Version(2));
}

#[test]
fn masked_cells_take_nothing_and_stay_through_an_erasure() {
    let mut log = Log::default();
    let mut round = opened(1, size(2, 2));
    round.mask = Some(Mask::new([true, false, true, true]));
    log.append(Event::RoundOpened(round));
    assert_eq!(log.append(placed(1, 1, (1, 0), 3)), Applied::Ignored);
    log.append(erased(1, (0, 0, 9, 9), 1));
    assert_eq!(log.canvas.grid().expect("a round").cells(), [1, 255, 1, 1]);
    let closed_cell = log.canvas.cell(Cell::new(1, 0)).expect("inside");
    assert_eq!(closed_cell, content(255, None, 0));
    assert_eq!(log.canvas.cell(Cell::new(0, 0)), Some(content(1, None, 3)));
}

#[test]
fn a_roll_back_restores_authors_and_versions_and_distrusts_impossible_ones() {
    let mut log = Log::with_round(size(4, 1));
    log.append(placed(1, 1, (0, 0), 3));
    log.append(erased(1, (0, 0, 4, 1), 0));
    let restored = |x, content| RestoredCell {
        cell: Cell::new(x, 0),
        content,
    };
    let applied = log.append(Event::CellsRestored(CellsRestored {
        round: RoundId(1),
        cells: vec![
            restored(0, content(3, Some(1), 2)),
            restored(1, BACKGROUND),
            restored(2, content(2, Some(1), 99)),
            restored(3, content(9, None, 2)),
        ],
        by: None,
        reason: String::new(),
    }));
    assert_eq!(applied.cells().len(), 3);
    let cell = |x| log.canvas.cell(Cell::new(x, 0)).expect("inside");
    assert_eq!(cell(0), content(3, Some(1), 2));
    assert_eq!(cell(1), BACKGROUND);
    assert_eq!(
        cell(2),
        content(2, None, 0),
        "a version to come is nobody's"
    );
    assert_eq!(
        cell(3),
        content(0, None, 3),
        "a colour that is not in the palette is skipped"
    );
}

#[test]
fn a_canvas_that_grows_keeps_its_cells_where_they_were() {
    let mut log = Log::with_round(size(2, 2));
    log.append(placed(1, 1, (1, 1), 3));
    let grown = Event::CanvasExpanded(CanvasExpanded {
        round: RoundId(1),
        size: size(4, 3),
    });
    let applied = log.append(grown);
    assert_eq!(applied, Applied::Expanded);
    assert!(applied.breaks_deltas());
    assert_eq!(
        log.canvas.grid().expect("a round").cells(),
        [7, 7, 7, 7, 7, 3, 7, 7, 7, 7, 7, 7]
    );
    assert_eq!(
        log.canvas.cell(Cell::new(1, 1)),
        Some(content(3, Some(1), 2))
    );
    assert_eq!(log.canvas.round().expect("a round").size, size(4, 3));
}

#[test]
fn a_longer_palette_allows_its_new_colours_from_then_on() {
    let mut log = Log::with_round(size(2, 2));
    assert_eq!(log.append(placed(1, 1, (0, 0), 8)), Applied::Ignored);
    log.append(Event::PaletteExtended(PaletteExtended {
        round: RoundId(1),
        colors: vec![Rgb([200, 0, 0])],
    }));
    assert!(matches!(
        log.append(placed(1, 1, (0, 0), 8)),
        Applied::Placed { .. }
    ));
    let round = log.canvas.round().expect("a round");
    assert_eq!(round.palette_at(Version(2)).colors().len(), 8);
    assert_eq!(round.palette_at(Version(3)).colors().len(), 9);
}

#[test]
fn bans_end_by_their_time_and_locks_by_their_event() {
    let mut log = Log::with_round(size(2, 2));
    let end = UnixMs(START + 5_000);
    log.append(Event::PlayerBanned(PlayerBanned {
        player: player(1),
        until: Some(end),
        by: None,
        reason: String::new(),
    }));
    assert!(log.canvas.ban(player(1), end.plus_ms(-1)).is_some());
    assert!(log.canvas.ban(player(1), end).is_none());
    assert!(log.canvas.ban(player(2), UnixMs(START)).is_none());
    let unbanned = Event::PlayerUnbanned(PlayerUnbanned {
        player: player(1),
        by: None,
        reason: String::new(),
    });
    assert_eq!(log.append(unbanned.clone()), Applied::BanChanged);
    assert_eq!(log.append(unbanned), Applied::Ignored);
    assert!(log.canvas.ban(player(1), UnixMs(START)).is_none());

    log.append(Event::CanvasLocked(CanvasLocked {
        by: None,
        reason: String::new(),
    }));
    assert!(log.canvas.lock().is_some());
    let unlocked = Event::CanvasUnlocked(CanvasUnlocked {
        by: None,
        reason: String::new(),
    });
    assert_eq!(log.append(unlocked), Applied::LockChanged);
    assert!(log.canvas.lock().is_none());
}

#[test]
fn protections_end_by_their_event_or_with_the_round() {
    let mut log = Log::with_round(size(9, 9));
    let protected = |round, x| {
        Event::RegionProtected(RegionProtected {
            round: RoundId(round),
            region: Region {
                x,
                y: 1,
                width: 2,
                height: 2,
            },
            by: None,
            reason: "memorial".to_owned(),
        })
    };
    let ended = |protection| {
        Event::RegionUnprotected(RegionUnprotected {
            round: RoundId(1),
            protection,
            by: None,
            reason: String::new(),
        })
    };
    assert_eq!(log.append(protected(2, 0)), Applied::Ignored);
    assert_eq!(log.append(protected(1, 0)), Applied::ProtectionChanged);
    let first = log.canvas.version();
    assert_eq!(log.append(protected(1, 5)), Applied::ProtectionChanged);
    let is_protected = |log: &Log, x, y| log.canvas.protection_of(Cell::new(x, y)).is_some();
    assert!(is_protected(&log, 1, 2) && is_protected(&log, 6, 1));
    assert!(!is_protected(&log, 2, 2) && !is_protected(&log, 1, 0));
    assert_eq!(log.append(ended(first)), Applied::ProtectionChanged);
    assert_eq!(log.append(ended(first)), Applied::Ignored);
    assert!(!is_protected(&log, 1, 2) && is_protected(&log, 6, 1));
    log.append(Event::RoundOpened(opened(2, size(9, 9))));
    assert!(log.canvas.protections().is_empty());
}

#[test]
fn the_work_of_players_is_found_where_it_still_shows() {
    let mut log = Log::with_round(size(6, 4));
    log.append(placed(1, 1, (0, 0), 1));
    log.append(placed(1, 2, (1, 0), 2));
    log.append(placed(1, 1, (1, 1), 3));
    log.append(placed(1, 1, (5, 3), 3));
    log.append(placed(1, 2, (5, 3), 4));
    log.append(erased(1, (0, 0, 1, 1), 4));
    let all = Selection {
        players: None,
        region: None,
        from: Version(1),
        to: Version(99),
    };
    let held = |selection: &Selection| -> Vec<(u16, u16)> {
        let held = log.canvas.held(selection, 0..u16::MAX);
        held.iter().map(|held| (held.cell.x, held.cell.y)).collect()
    };
    assert_eq!(held(&all), [(1, 0), (1, 1), (5, 3)]);
    let of_one = Selection {
        players: Some([player(1)].into()),
        ..all.clone()
    };
    assert_eq!(held(&of_one), [(1, 1)]);
    let nobody = Selection {
        players: Some([player(9)].into()),
        ..all.clone()
    };
    assert_eq!(held(&nobody), []);
    let early = Selection {
        to: Version(4),
        ..all.clone()
    };
    assert_eq!(held(&early), [(1, 0), (1, 1)]);
    let late = Selection {
        from: Version(4),
        ..all.clone()
    };
    assert_eq!(held(&late), [(1, 1), (5, 3)]);
    let top = Selection {
        region: Some(Region {
            x: 0,
            y: 0,
            width: 6,
            height: 1,
        }),
        ..all.clone()
    };
    assert_eq!(held(&top), [(1, 0)]);
    assert_eq!(
        log.canvas.held(&all, 1..2),
        [HeldCell {
            cell: Cell::new(1, 1),
            content: content(3, Some(1), 4),
        }]
    );
}

#[test]
fn a_round_has_so_many_protections_and_no_more() {
    let mut log = Log::with_round(size(2, 2));
    let protected = Event::RegionProtected(RegionProtected {
        round: RoundId(1),
        region: Region {
            x: 0,
            y: 0,
            width: 1,
            height: 1,
        },
        by: None,
        reason: String::new(),
    });
    for _ in 0..MAX_PROTECTIONS {
        assert_eq!(log.append(protected.clone()), Applied::ProtectionChanged);
    }
    assert_eq!(log.append(protected), Applied::Ignored);
}

#[test]
fn the_newest_announcement_counts_until_its_time() {
    let mut log = Log::with_round(size(2, 2));
    let end = UnixMs(START + 5_000);
    let said = |text: &str, until| {
        Event::Announced(Announced {
            text: text.to_owned(),
            until,
            by: None,
        })
    };
    let told = |log: &Log, now| log.canvas.announcement(now).map(|told| told.text.clone());
    log.append(said("first", None));
    log.append(said("second", Some(end)));
    assert_eq!(told(&log, end.plus_ms(-1)).as_deref(), Some("second"));
    assert_eq!(told(&log, end), None);
    log.append(said("third", None));
    log.append(Event::RoundOpened(opened(2, size(2, 2))));
    assert_eq!(told(&log, end).as_deref(), Some("third"));
    assert_eq!(log.append(said("", None)), Applied::Announced);
    assert_eq!(told(&log, end), None);
}

#[test]
fn charges_are_spent_come_back_and_follow_a_changed_rule() {
    let mut log = Log::with_round(size(4, 4));
    let at = |ms| UnixMs(START + ms);
    log.append_at(at(1_000), placed(1, 1, (0, 0), 1));
    log.append_at(at(1_000), placed(1, 1, (1, 0), 1));
    let charges = |log: &Log, now| log.canvas.allowance(player(1), now).expect("a round");
    assert_eq!(charges(&log, at(1_000)).charges, 1);
    assert_eq!(charges(&log, at(2_000)).charges, 2);
    assert_eq!(charges(&log, at(2_000)).next_charge_at, Some(at(3_000)));
    let slower = CooldownRule {
        max_charges: 3,
        regain_ms: 10_000,
    };
    log.append_at(
        at(2_500),
        Event::CooldownChanged(CooldownChanged {
            round: RoundId(1),
            cooldown: slower,
        }),
    );
    assert_eq!(charges(&log, at(2_500)).charges, 2);
    assert_eq!(charges(&log, at(2_500)).next_charge_at, Some(at(7_500)));
}

proptest! {
    #[test]
    fn charges_and_cells_stay_lawful_whatever_the_log_holds(log in logs(120)) {
        replay(&log.events, |recorded, _, canvas| {
            let round = canvas.round().expect("a round");
            for known in canvas.players() {
                let allowance = canvas.allowance(known.id, recorded.at).expect("a round");
                assert!(allowance.charges <= round.cooldown.max_charges);
                assert!(allowance.ready_at >= recorded.at);
                assert!(known.last <= recorded.version);
            }
            let grid = canvas.grid().expect("a round");
            let lawful = |cell: &u8| *cell == 255 || round.palette.contains(PaletteIndex(*cell));
            assert!(grid.cells().iter().all(lawful));
        });
    }
}
