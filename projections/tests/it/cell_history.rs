//! The history of a cell, against a look through the whole log.

use event_store::{Cell, Event, Version};
use projections::CellHistory;
use projections::cell_history::Page;
use proptest::prelude::*;

use crate::support::{Log, logs, opened, placed, replay, size};

fn history_of(log: &Log, mut history: CellHistory, after: u64) -> CellHistory {
    replay(&log.events, |recorded, applied, _| {
        if recorded.version.0 > after {
            history.record(recorded.version, &recorded.event, applied);
        }
    });
    history
}

/// The versions that set a cell in the newest round, newest first.
fn by_scan(log: &Log, cell: Cell) -> Vec<Version> {
    let mut versions = Vec::new();
    replay(&log.events, |recorded, applied, canvas| {
        let size = canvas.size().expect("a round");
        let index = size.index_of(cell);
        if matches!(recorded.event, Event::RoundOpened(_)) && applied.breaks_deltas() {
            versions.clear();
        }
        if applied
            .cells()
            .iter()
            .any(|change| Some(change.index) == index)
        {
            versions.push(recorded.version);
        }
    });
    versions.reverse();
    versions
}

fn open_cells(log: &Log) -> Vec<Cell> {
    let grid = log.canvas.grid().expect("a round");
    let cells = (0..).map_while(|index| grid.size().cell_at(index));
    cells
        .filter(|cell| grid.color(*cell).is_some_and(|color| color.0 != 255))
        .collect()
}

#[test]
fn a_page_goes_on_where_the_one_before_ended() {
    let mut log = Log::with_round(size(3, 3));
    for number in 0..7 {
        log.append(placed(1, 1, (1, 1), number % 8));
        log.append(placed(1, 1, (0, 2), number % 8));
    }
    let history = history_of(&log, CellHistory::of_empty_log(), 0);
    let page = |before, limit| history.versions_of(Cell::new(1, 1), before, limit);
    let versions = |numbers: &[u64]| numbers.iter().copied().map(Version).collect::<Vec<_>>();
    let first = page(None, 3);
    assert_eq!(first.versions, versions(&[14, 12, 10]));
    let second = page(first.next_before, 3);
    assert_eq!(second.versions, versions(&[8, 6, 4]));
    let last = page(second.next_before, 3);
    let end = Page {
        versions: versions(&[2]),
        next_before: None,
        is_truncated: false,
    };
    assert_eq!(last, end);
    assert_eq!(
        history.versions_of(Cell::new(3, 0), None, 3),
        Page::default()
    );
    assert_eq!(
        history.versions_of(Cell::new(2, 2), None, 3),
        Page::default()
    );
}

#[test]
fn what_was_forgotten_is_said_to_be() {
    let mut log = Log::with_round(size(3, 3));
    for number in 0..20 {
        log.append(placed(1, 1, (u16::from(number % 2), 0), number % 8));
    }
    let bounded = history_of(&log, CellHistory::with_limit(10), 0);
    let page = bounded.versions_of(Cell::new(0, 0), None, 100);
    let known: Vec<u64> = page.versions.iter().map(|version| version.0).collect();
    assert_eq!((known, page.is_truncated), (vec![20, 18, 16, 14, 12], true));
    assert!(!bounded.versions_of(Cell::new(2, 2), None, 100).is_truncated);

    let resumed = CellHistory::starting_after(Version(15), size(3, 3));
    let resumed = history_of(&log, resumed, 15);
    let page = resumed.versions_of(Cell::new(0, 0), None, 100);
    let known: Vec<u64> = page.versions.iter().map(|version| version.0).collect();
    assert_eq!((known, page.is_truncated), (vec![20, 18, 16], true));
    assert!(resumed.versions_of(Cell::new(2, 2), None, 100).is_truncated);
}

#[test]
fn a_gap_and_a_new_round_begin_anew() {
    let mut log = Log::with_round(size(3, 3));
    log.append(placed(1, 1, (0, 0), 1));
    log.append(placed(1, 1, (0, 0), 2));
    log.append(placed(1, 1, (0, 0), 3));
    let mut history = CellHistory::of_empty_log();
    replay(&log.events, |recorded, applied, _| {
        if recorded.version != Version(3) {
            history.record(recorded.version, &recorded.event, applied);
        }
    });
    let page = history.versions_of(Cell::new(0, 0), None, 9);
    assert_eq!((page.versions, page.is_truncated), (vec![Version(4)], true));
    let event = Event::RoundOpened(opened(2, size(2, 2)));
    let applied = log.append(event.clone());
    history.record(Version(5), &event, &applied);
    assert_eq!(
        history.versions_of(Cell::new(0, 0), None, 9),
        Page::default()
    );
}

proptest! {
    #[test]
    fn the_history_is_that_of_a_scan(log in logs(120), limit in 1usize..9) {
        let history = history_of(&log, CellHistory::of_empty_log(), 0);
        for cell in open_cells(&log) {
            let mut paged = Vec::new();
            let mut before = None;
            loop {
                let page = history.versions_of(cell, before, limit);
                prop_assert!(page.versions.len() <= limit && !page.is_truncated);
                paged.extend(page.versions);
                before = page.next_before;
                if before.is_none() {
                    break;
                }
            }
            prop_assert_eq!(paged, by_scan(&log, cell));
        }
    }

    #[test]
    fn a_bounded_history_is_the_newest_part_of_a_scan(log in logs(120), limit in 1usize..40) {
        let history = history_of(&log, CellHistory::with_limit(limit), 0);
        for cell in open_cells(&log) {
            let page = history.versions_of(cell, None, 1_000);
            let whole = by_scan(&log, cell);
            prop_assert!(whole.starts_with(&page.versions));
            prop_assert_eq!(whole.len() > page.versions.len(), page.is_truncated);
        }
    }
}
