//! What the pool holds, and for how long.

use event_store::event::{CanvasExpanded, RegionErased};
use event_store::{Event, EventId, PaletteIndex, Recorded, Region, RoundId, UnixMs, Version};
use projections::pool::{MAX_POOL_AREA_CELLS, MIN_POOL_EVENTS};
use projections::{Applied, Canvas, CellChange, Pool};
use proptest::prelude::*;

use crate::support::{Log, START, logs, opened, placed, replay, size};

/// A placement, and that it set the first cell.
fn placement(version: u64, at: i64) -> (Recorded, Applied) {
    let recorded = Recorded {
        version: Version(version),
        at: UnixMs(at),
        id: EventId::derive(&[&version.to_le_bytes()]),
        event: placed(1, 1, (0, 0), 1),
    };
    let change = CellChange {
        index: 0,
        color: PaletteIndex(1),
    };
    (recorded, Applied::Undone { change })
}

fn filled(events: u64, ms_apart: i64) -> Pool {
    let mut pool = Pool::starting_after(Version(100));
    for number in 1..=events {
        let (recorded, applied) = placement(100 + number, START + number as i64 * ms_apart);
        pool.push(recorded, &applied);
    }
    pool
}

#[test]
fn events_older_than_two_minutes_stay_only_while_a_delta_is_worth_them() {
    let slow = filled(25_000, 100);
    assert_eq!(slow.len(), MIN_POOL_EVENTS);
    assert_eq!(slow.head(), Version(25_100));
    assert_eq!(slow.tail(), Version(15_100));
    let fast = filled(25_000, 6);
    assert_eq!(fast.len(), 20_001, "two minutes at one event every 6 ms");
}

#[test]
fn a_big_snapshot_makes_the_pool_hold_more() {
    let mut pool = Pool::starting_after(Version::ZERO);
    pool.set_snapshot_bytes(60_000);
    for number in 1..=20_000 {
        let (recorded, applied) = placement(number, START + number as i64 * 100);
        pool.push(recorded, &applied);
    }
    assert_eq!(pool.len(), 15_000);
}

#[test]
fn what_is_no_longer_held_is_not_given_in_part() {
    let pool = filled(25_000, 100);
    assert_eq!(pool.events_after(Version(15_099), 10), None);
    assert_eq!(pool.changes_after(Version(15_099)), None);
    let events = pool.events_after(Version(15_100), 10).expect("held");
    assert_eq!(events.len(), 10);
    assert_eq!(events[0], placement(15_101, START + 15_001 * 100).0);
    assert_eq!(pool.events_after(pool.head(), 10), Some(vec![]));
    assert_eq!(pool.events_after(Version(u64::MAX), 10), Some(vec![]));
}

#[test]
fn an_event_that_does_not_follow_begins_the_pool_anew() {
    let mut pool = filled(10, 100);
    let (recorded, applied) = placement(500, START);
    pool.push(recorded, &applied);
    assert_eq!((pool.tail(), pool.head()), (Version(499), Version(500)));
    assert_eq!(pool.events_after(Version(105), 10), None);
}

#[test]
fn erased_regions_count_by_their_cells() {
    let side = 1_000;
    let mut canvas = Canvas::new();
    let mut pool = Pool::starting_after(Version::ZERO);
    let mut push = |canvas: &mut Canvas, event: Event| {
        let version = canvas.version().next();
        let applied = canvas.apply(version, UnixMs(START), &event).expect("next");
        let id = EventId::derive(&[&version.0.to_le_bytes()]);
        pool.push(
            Recorded {
                version,
                at: UnixMs(START),
                id,
                event,
            },
            &applied,
        );
    };
    push(&mut canvas, Event::RoundOpened(opened(1, size(side, side))));
    for color in 0..6 {
        let erased = RegionErased {
            round: RoundId(1),
            region: Region {
                x: 0,
                y: 0,
                width: side,
                height: side,
            },
            color: PaletteIndex(color),
            by: None,
            reason: String::new(),
        };
        push(&mut canvas, Event::RegionErased(erased));
    }
    assert_eq!(pool.len(), MAX_POOL_AREA_CELLS / 1_000_000);
    let changes = pool.changes_after(Version(3)).expect("held");
    assert_eq!(changes.as_slice().len(), 1_000_000);
}

#[test]
fn no_delta_goes_across_a_change_of_shape() {
    let mut log = Log::with_round(size(4, 4));
    let grown = CanvasExpanded {
        round: RoundId(1),
        size: size(5, 5),
    };
    log.append(Event::CanvasExpanded(grown));
    log.append(placed(1, 1, (4, 4), 1));
    let mut pool = Pool::starting_after(Version::ZERO);
    replay(&log.events, |recorded, applied, _| {
        pool.push(recorded.clone(), applied)
    });
    assert_eq!(pool.changes_after(Version(1)), None);
    let changes = pool.changes_after(Version(2)).expect("held");
    assert_eq!(changes.as_slice().len(), 1);
}

proptest! {
    #[test]
    fn the_pool_gives_back_the_events_of_the_log(
        log in logs(80), after in 0u64..90, limit in 0usize..90,
    ) {
        let mut pool = Pool::starting_after(Version::ZERO);
        replay(&log.events, |recorded, applied, _| pool.push(recorded.clone(), applied));
        let expected = log.events.iter().filter(|recorded| recorded.version.0 > after);
        let expected: Vec<Recorded> = expected.take(limit).cloned().collect();
        prop_assert_eq!(pool.events_after(Version(after), limit), Some(expected));
    }
}
