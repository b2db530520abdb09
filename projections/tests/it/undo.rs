//! What can be taken back, and by whom.

use event_store::event::{CellContent, CellsRestored, RestoredCell};
use event_store::{Cell, Event, PaletteIndex, RoundId, UnixMs, Version};
use projections::Applied;
use projections::canvas::{MAX_UNDOABLE, UndoRefusal, UndoWindow};

use crate::support::{Log, START, closed, opened, placed, player, size};

struct Table {
    log: Log,
    window: UndoWindow,
}

impl Table {
    fn new() -> Self {
        let mut table = Self {
            log: Log::default(),
            window: UndoWindow::new(5_000),
        };
        table.append(0, Event::RoundOpened(opened(1, size(4, 4))));
        table
    }

    fn append(&mut self, after_ms: i64, event: Event) -> Applied {
        let at = UnixMs(START + after_ms);
        let applied = self.log.append_at(at, event.clone());
        self.window
            .record(self.log.canvas.version(), at, &event, &applied);
        applied
    }

    fn undo(&self, by: u64, version: u64, now_ms: i64) -> Result<Event, UndoRefusal> {
        let now = UnixMs(START + now_ms);
        let undone = self
            .window
            .undo(&self.log.canvas, player(by), Version(version), now);
        undone.map(Event::PlacementUndone)
    }
}

#[test]
fn an_undo_gives_the_cell_and_the_charge_back() {
    let mut table = Table::new();
    table.append(100, placed(1, 1, (1, 1), 2));
    table.append(200, placed(1, 2, (1, 1), 3));
    let undone = table.undo(2, 3, 300).expect("allowed");
    assert!(matches!(table.append(300, undone), Applied::Undone { .. }));
    let content = CellContent {
        color: PaletteIndex(2),
        author: Some(player(1)),
        version: Version(2),
    };
    assert_eq!(table.log.canvas.cell(Cell::new(1, 1)), Some(content));
    let charges = table
        .log
        .canvas
        .allowance(player(2), UnixMs(START + 300))
        .expect("a round");
    assert_eq!(charges.charges, 3);
    // What was there before is again the cell's content, and may be taken back in turn.
    let undone = table.undo(1, 2, 400).expect("allowed");
    table.append(400, undone);
    let cell = table.log.canvas.cell(Cell::new(1, 1)).expect("inside");
    assert_eq!((cell.color, cell.version), (PaletteIndex(7), Version::ZERO));
}

#[test]
fn an_undo_that_is_not_allowed_says_why() {
    let mut table = Table::new();
    table.append(100, placed(1, 1, (1, 1), 2));
    table.append(100, placed(1, 1, (2, 1), 2));
    assert_eq!(table.undo(1, 1, 200), Err(UndoRefusal::Unknown));
    assert_eq!(table.undo(1, 9, 200), Err(UndoRefusal::Unknown));
    assert_eq!(table.undo(2, 2, 200), Err(UndoRefusal::NotYours));
    assert!(table.undo(1, 2, 5_100).is_ok());
    assert_eq!(table.undo(1, 2, 5_101), Err(UndoRefusal::TooLate));

    table.append(300, placed(1, 2, (1, 1), 3));
    assert_eq!(table.undo(1, 2, 400), Err(UndoRefusal::Overwritten));
    let undone = table.undo(1, 3, 400).expect("allowed");
    table.append(400, undone);
    assert_eq!(table.undo(1, 3, 500), Err(UndoRefusal::Overwritten));

    table.append(600, closed(1));
    assert_eq!(table.undo(2, 4, 700), Err(UndoRefusal::RoundOver));
    table.append(800, Event::RoundOpened(opened(2, size(4, 4))));
    assert_eq!(table.undo(2, 4, 900), Err(UndoRefusal::Unknown));
}

#[test]
fn a_placement_is_taken_back_once_even_when_a_roll_back_brings_it_back() {
    let mut table = Table::new();
    table.append(100, placed(1, 1, (1, 1), 2));
    let content = table.log.canvas.cell(Cell::new(1, 1)).expect("inside");
    let undone = table.undo(1, 2, 200).expect("allowed");
    table.append(200, undone);
    let restored = CellsRestored {
        round: RoundId(1),
        cells: vec![RestoredCell {
            cell: Cell::new(1, 1),
            content,
        }],
        by: None,
        reason: String::new(),
    };
    table.append(300, Event::CellsRestored(restored));
    assert_eq!(table.log.canvas.cell(Cell::new(1, 1)), Some(content));
    assert_eq!(table.undo(1, 2, 400), Err(UndoRefusal::Overwritten));
}

#[test]
fn the_window_is_bounded_in_time_and_count() {
    let mut table = Table::new();
    for count in 0..MAX_UNDOABLE + 10 {
        table.append(100, placed(1, 1, ((count % 4) as u16, 0), 2));
    }
    assert_eq!(table.window.len(), MAX_UNDOABLE);
    table.append(5_101, placed(1, 1, (0, 0), 2));
    assert_eq!(table.window.len(), 1);
}
