//! Readers that come back end where those that stayed are.

use event_store::event::PaletteExtended;
use event_store::{Event, Rgb, RoundId, Version};
use projections::catch_up::{KeptSnapshot, Load, catch_up};
use projections::{CatchUp, CatchUpError, Changes, Delta, Grid, Pool, Position};
use proptest::prelude::*;

use crate::support::{Log, closed, logs, opened, placed, replay, size};

fn pool_of(log: &Log, after: usize) -> Pool {
    let mut pool = Pool::starting_after(Version(after as u64));
    replay(&log.events, |recorded, applied, _| {
        if recorded.version.0 > after as u64 {
            pool.push(recorded.clone(), applied);
        }
    });
    pool
}

fn position(version: u64, round: u32) -> Position {
    Position {
        version: Version(version),
        round: RoundId(round),
    }
}

fn kept(version: u64) -> Option<KeptSnapshot> {
    Some(KeptSnapshot {
        version: Version(version),
        bytes: 1_000,
    })
}

fn ten_placements() -> Log {
    let mut log = Log::with_round(size(4, 4));
    for color in 0..10 {
        log.append(placed(1, 1, (color % 4, 1), (color % 5) as u8));
    }
    log
}

#[test]
fn a_reader_inside_the_pool_gets_the_changes() {
    let log = ten_placements();
    let answer = catch_up(position(9, 1), &log.canvas, &pool_of(&log, 2), kept(5));
    let Ok(CatchUp::Delta(delta)) = answer else {
        panic!("a delta, not {answer:?}");
    };
    assert_eq!((delta.after, delta.to), (Version(9), Version(11)));
    assert_eq!(delta.bin, [4, 3, 1, 4]);
    let at_head = catch_up(position(11, 1), &log.canvas, &pool_of(&log, 11), None);
    assert_eq!(
        at_head,
        Ok(CatchUp::Delta(Delta::nothing_after(Version(11))))
    );
}

#[test]
fn a_reader_outside_the_pool_gets_the_newest_snapshot_that_the_pool_goes_on_from() {
    let log = ten_placements();
    let load_for = |pool_after, newest| match catch_up(
        position(1, 1),
        &log.canvas,
        &pool_of(&log, pool_after),
        newest,
    ) {
        Ok(CatchUp::Snapshot { round, load }) => {
            assert_eq!(round, RoundId(1));
            (load.snapshot, load.is_kept, load.delta.after, load.delta.to)
        }
        other => panic!("a snapshot, not {other:?}"),
    };
    let (kept_version, head) = (Version(6), Version(11));
    assert_eq!(
        load_for(5, kept(6)),
        (kept_version, true, kept_version, head)
    );
    assert_eq!(load_for(7, kept(6)), (head, false, head, head));
    assert_eq!(load_for(5, None), (head, false, head, head));
}

#[test]
fn a_delta_that_is_larger_than_the_snapshot_is_not_sent() {
    let log = ten_placements();
    let small = Some(KeptSnapshot {
        version: Version(10),
        bytes: 3,
    });
    let answer = catch_up(position(2, 1), &log.canvas, &pool_of(&log, 0), small);
    assert!(matches!(
        answer,
        Ok(CatchUp::Snapshot {
            load: Load { is_kept: true, .. },
            ..
        })
    ));
}

#[test]
fn a_reader_who_missed_more_than_a_snapshot_is_worth_gets_the_snapshot() {
    let mut log = Log::with_round(size(4, 4));
    for _ in 0..12_000 {
        log.append(placed(1, 1, (0, 0), 1));
    }
    let mut pool = Pool::starting_after(Version::ZERO);
    replay(&log.events, |recorded, applied, _| {
        let mut recent = recorded.clone();
        recent.at = event_store::UnixMs(crate::support::START);
        pool.push(recent, applied);
    });
    let answer = |bytes| {
        let newest = Some(KeptSnapshot {
            version: Version(12_000),
            bytes,
        });
        catch_up(position(1, 1), &log.canvas, &pool, newest).expect("lawful")
    };
    assert!(matches!(answer(1_000), CatchUp::Snapshot { .. }));
    assert!(matches!(answer(24_000), CatchUp::Delta(_)));
}

#[test]
fn a_reader_of_a_round_that_is_over_gets_the_new_one() {
    let mut log = ten_placements();
    log.append(closed(1));
    let still_there = catch_up(position(11, 1), &log.canvas, &pool_of(&log, 0), None);
    assert!(
        matches!(still_there, Ok(CatchUp::Delta(_))),
        "a closed round can be looked at"
    );
    log.append(Event::RoundOpened(opened(2, size(2, 2))));
    log.append(placed(2, 1, (1, 1), 3));
    for old in [3, 12, 14] {
        let answer = catch_up(position(old, 1), &log.canvas, &pool_of(&log, 0), kept(11));
        let head = Version(14);
        assert_eq!(
            answer,
            Ok(CatchUp::NewRound {
                round: RoundId(2),
                opened: Version(13),
                load: Load {
                    snapshot: head,
                    is_kept: false,
                    delta: Delta::nothing_after(head)
                },
            }),
            "the kept snapshot is of the round that is over"
        );
    }
}

#[test]
fn a_longer_palette_makes_readers_load_anew() {
    let mut log = ten_placements();
    let colors = vec![Rgb([9, 0, 0])];
    log.append(Event::PaletteExtended(PaletteExtended {
        round: RoundId(1),
        colors,
    }));
    let answer = catch_up(position(11, 1), &log.canvas, &pool_of(&log, 0), kept(11));
    let Ok(CatchUp::Snapshot { load, .. }) = answer else {
        panic!("a snapshot, not {answer:?}");
    };
    assert_eq!((load.snapshot, load.is_kept), (Version(12), false));
}

#[test]
fn positions_that_nobody_can_have_are_refused() {
    let log = ten_placements();
    let refused =
        |position| catch_up(position, &log.canvas, &pool_of(&log, 0), None).expect_err("refused");
    let (version, head) = (Version(12), Version(11));
    assert_eq!(
        refused(position(12, 1)),
        CatchUpError::Future { version, head }
    );
    assert_eq!(
        refused(position(3, 2)),
        CatchUpError::UnknownRound { round: RoundId(2) }
    );
    assert_eq!(
        refused(position(3, 0)),
        CatchUpError::UnknownRound { round: RoundId(0) }
    );
    let empty = Log::default();
    let none = catch_up(position(0, 1), &empty.canvas, &pool_of(&empty, 0), None);
    assert_eq!(none, Err(CatchUpError::NoRound));
}

fn with_delta(mut grid: Grid, delta: &Delta) -> Grid {
    let changes = Changes::decode(&delta.bin, grid.cells().len()).expect("a good delta");
    grid.set(changes.as_slice());
    grid
}

proptest! {
    #[test]
    fn catching_up_gives_the_canvas_at_the_head(
        log in logs(120),
        was_at in any::<prop::sample::Index>(),
        pool_after in any::<prop::sample::Index>(),
        kept_at in any::<prop::sample::Index>(),
    ) {
        let was_at = was_at.index(log.events.len()) + 1;
        let reader = log.canvas_after(was_at);
        let round = reader.round().expect("a round").round;
        let kept_at = kept_at.index(log.events.len()) + 1;
        let pool = pool_of(&log, pool_after.index(log.events.len()));
        let position = position(was_at as u64, round.0);
        let answer = catch_up(position, &log.canvas, &pool, kept(kept_at as u64)).expect("lawful");
        let grid = match answer {
            CatchUp::Delta(delta) => {
                prop_assert_eq!(delta.after, position.version);
                prop_assert_eq!(delta.to, log.canvas.version());
                with_delta(reader.grid().expect("a round").clone(), &delta)
            }
            CatchUp::Snapshot { load, .. } | CatchUp::NewRound { load, .. } => {
                prop_assert!(!load.is_kept || load.snapshot.0 == kept_at as u64);
                prop_assert_eq!(load.delta.after, load.snapshot);
                prop_assert_eq!(load.delta.to, log.canvas.version());
                let loaded = log.canvas_after(load.snapshot.0 as usize);
                with_delta(loaded.grid().expect("a round").clone(), &load.delta)
            }
        };
        prop_assert_eq!(Some(&grid), log.canvas.grid());
    }
}
