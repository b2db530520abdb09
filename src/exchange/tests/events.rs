//! Imports of whole events: what is refused, what is resumed, and boards that become a round.

use event_store::event::Size;
use event_store::{Append, Cell, Event, Guard, Palette, PaletteIndex, Rgb, UnixMs};

use super::history::{fill, two_rounds};
use super::*;

async fn import(
    store: &Arc<EmbeddedStore>,
    source: Source,
    on_bad_line: OnBadLine,
    replaces_round: bool,
) -> Result<EventImportSummary, EventImportError> {
    let canvas = folded(store.as_ref()).await;
    let import = EventImport {
        sources: vec![source],
        on_bad_line,
        replaces_round,
    };
    let target = target_of(&canvas);
    import_events(store.clone(), import, target, Arc::new(|_| {})).await
}

/// A log of two rounds, and its own form.
async fn own_form(place: &Workplace) -> (Arc<EmbeddedStore>, String) {
    let store = place.store().await;
    fill(store.as_ref(), two_rounds()).await;
    let text = place.export(store.as_ref(), ExportFormat::Ndjson).await;
    (store, text)
}

async fn another_store(place: &Workplace) -> Arc<EmbeddedStore> {
    let store = EmbeddedStore::open(&place.dir.path().join("again.db")).await;
    Arc::new(store.unwrap())
}

#[tokio::test]
async fn an_import_that_was_cut_off_anywhere_goes_on() {
    let place = Workplace::new();
    let (store, text) = own_form(&place).await;
    let whole = another_store(&place).await;
    let source = place.file("own", &text);
    import(&whole, source.clone(), OnBadLine::Stop, false)
        .await
        .unwrap();
    let events = all_events(whole.as_ref()).await;
    for kept in [1, 2, 6, 20, 21, 24] {
        let path = place.dir.path().join(format!("{kept}.db"));
        let again = Arc::new(EmbeddedStore::open(&path).await.unwrap());
        for recorded in &events[..kept] {
            let append = Append {
                id: recorded.id,
                guard: Guard::None,
                at: recorded.at,
                event: recorded.event.clone(),
            };
            again.append(append).await.unwrap();
        }
        let rest = import(&again, source.clone(), OnBadLine::Stop, false).await;
        let rest = rest.unwrap();
        assert_eq!(rest.events_already_there, kept as u64);
        assert_eq!(rest.events_appended, (events.len() - kept) as u64);
        let (found, expected) = (folded(again.as_ref()).await, folded(store.as_ref()).await);
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_round_that_runs_is_not_ended_unasked() {
    let place = Workplace::new();
    let (_, text) = own_form(&place).await;
    let source = place.file("own", &text);
    let again = another_store(&place).await;
    let mut running = two_rounds();
    running.truncate(4);
    fill(again.as_ref(), running).await;
    let refused = import(&again, source.clone(), OnBadLine::Stop, false).await;
    let Err(EventImportError::RoundStillOpen { round: RoundId(1) }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(again.last().await.unwrap(), Version(4));
    let imported = import(&again, source, OnBadLine::Stop, true).await.unwrap();
    assert_eq!(imported.first_round, Some(RoundId(2)));
    assert_eq!(folded(again.as_ref()).await.rounds().len(), 3);
}

#[tokio::test]
async fn what_is_missing_is_not_put_into_a_later_round() {
    let place = Workplace::new();
    let (_, text) = own_form(&place).await;
    let source = place.file("own", &text);
    let again = another_store(&place).await;
    import(&again, source.clone(), OnBadLine::Stop, false)
        .await
        .unwrap();
    let events = all_events(again.as_ref()).await;
    let cut = EmbeddedStore::open(&place.dir.path().join("cut.db")).await;
    let cut = Arc::new(cut.unwrap());
    let mut later = two_rounds().swap_remove(20);
    later.set_round(RoundId(2));
    let kept = events[..10]
        .iter()
        .map(|recorded| (recorded.id, recorded.event.clone()));
    let other = (event_store::EventId([9; 16]), later);
    for (id, event) in kept.chain([other]) {
        let append = Append {
            id,
            guard: Guard::None,
            at: UnixMs(0),
            event,
        };
        cut.append(append).await.unwrap();
    }
    let refused = import(&cut, source, OnBadLine::Stop, false).await;
    let Err(EventImportError::RoundMovedOn { round, newest }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((round, newest), (RoundId(1), RoundId(2)));
    assert_eq!(cut.last().await.unwrap(), Version(11));
}

/// Files with a bad line: which one it is, and why.
fn bad_files(text: &str) -> Vec<(String, u64, BadLineReason)> {
    let lines: Vec<&str> = text.lines().collect();
    let changed = |from: &str, to: &str, line| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not in the file");
        (changed, line, BadLineReason::Event)
    };
    let order = BadLineReason::VersionOrder;
    let mut version_zero = changed("\"version\":1,", "\"version\":0,", 1);
    version_zero.2 = order;
    let too_long = "x".repeat(MAX_EVENT_LINE_BYTES + 1);
    let long_reason = format!("{:?}", "a".repeat(501));
    vec![
        ("{}".to_owned(), 1, BadLineReason::Event),
        ("not JSON".to_owned(), 1, BadLineReason::Event),
        ("\u{0}".repeat(100), 1, BadLineReason::Event),
        (lines[1].to_owned(), 1, BadLineReason::RoundNotOpened),
        ([lines[0], lines[2], lines[1]].join("\n"), 3, order),
        ([lines[0], lines[0]].join("\n"), 2, order),
        version_zero,
        (too_long, 1, BadLineReason::TooLong),
        changed("\"width\":7", "\"width\":0", 1),
        changed("\"width\":7", "\"width\":70", 1),
        changed("\"mask\":\"", "\"mask\":\"!", 1),
        changed("#FFFFFF", "#FFFFFG", 1),
        changed("2022-04", "2022-14", 1),
        changed("PlacementMade", "PlacementMode", 2),
        changed("\"player\":\"", "\"player\":\"x", 2),
        changed("\"x\":1", "\"x\":65536", 2),
        changed("\"a raid\"", &long_reason, 7),
    ]
}

#[tokio::test]
async fn a_bad_line_is_named_and_nothing_is_appended() {
    let place = Workplace::new();
    let (_, text) = own_form(&place).await;
    let again = another_store(&place).await;
    for (text, line, reason) in bad_files(&text) {
        let source = place.file("own", &text);
        let refused = import(&again, source, OnBadLine::Stop, false).await;
        let Err(EventImportError::BadLine(bad)) = refused else {
            panic!("{reason}: {refused:?}");
        };
        assert_eq!((bad.line, bad.reason), (line, reason), "{bad}");
        assert_eq!(again.last().await.unwrap(), Version::ZERO);
    }
    let lines: Vec<&str> = text.lines().collect();
    let text = [lines[0], "nonsense", lines[1], "", lines[1]].join("\n");
    let source = place.file("own", &text);
    let skipped = import(&again, source, OnBadLine::Skip, false)
        .await
        .unwrap();
    assert_eq!((skipped.events_appended, skipped.skipped.count), (2, 2));
}

#[tokio::test]
async fn a_source_that_breaks_off_appends_nothing() {
    let place = Workplace::new();
    let (_, text) = own_form(&place).await;
    let again = another_store(&place).await;
    let mut stored = zstd::bulk::compress(text.as_bytes(), 1).unwrap();
    stored.truncate(stored.len() / 2);
    let source = place.file("own.zst", stored);
    let failed = import(&again, source, OnBadLine::Skip, false).await;
    assert!(
        matches!(failed, Err(EventImportError::Source(_))),
        "{failed:?}"
    );
    assert_eq!(again.last().await.unwrap(), Version::ZERO);
}

/// A board of 4 × 2 cells in three colours, the first of them white.
fn board(place: &Workplace, cells: &[u8], placemap: Option<&[u8]>) -> PxlsBoard {
    PxlsBoard {
        board: place.file("board.dat", cells),
        placemap: placemap.map(|bytes| place.file("placemap.dat", bytes)),
        size: Size::new(4, 2).unwrap(),
        palette: Palette::new(vec![Rgb([255; 3]), Rgb([1; 3]), Rgb([2; 3])]).unwrap(),
        cooldown: first_round(ImportFormat::Pxls).cooldown,
        title: "a board".to_owned(),
        at: UnixMs(5),
        replaces_round: false,
    }
}

async fn import_board_into(
    store: &Arc<EmbeddedStore>,
    board: PxlsBoard,
) -> Result<EventImportSummary, BoardError> {
    let target = target_of(&folded(store.as_ref()).await);
    import_board(store.clone(), board, target, Arc::new(|_| {})).await
}

#[tokio::test]
async fn a_board_of_pxls_becomes_a_round_once() {
    let place = Workplace::new();
    let store = place.store().await;
    let cells = [255, 0, 1, 2, 2, 2, 255, 1];
    let placemap = [0, 0, 0, 1, 2, 255, 0, 0];
    let summary = import_board_into(&store, board(&place, &cells, Some(&placemap))).await;
    assert_eq!(summary.unwrap().events_appended, 2);
    let canvas = folded(store.as_ref()).await;
    assert_eq!(canvas.grid().unwrap().cells(), [0, 0, 1, 255, 2, 255, 0, 1]);
    assert_eq!(canvas.cell(Cell::new(2, 0)).unwrap().author, None);
    let mut later = board(&place, &cells, Some(&placemap));
    later.at = UnixMs(99);
    let again = import_board_into(&store, later).await.unwrap();
    assert_eq!((again.events_appended, again.events_already_there), (0, 2));
    let mut other = board(&place, &cells, None);
    other.replaces_round = true;
    let other = import_board_into(&store, other).await.unwrap();
    assert_eq!(other.first_round, Some(RoundId(2)));
    let canvas = folded(store.as_ref()).await;
    assert_eq!(canvas.grid().unwrap().cells(), [0, 0, 1, 2, 2, 2, 0, 1]);
}

#[tokio::test]
async fn a_large_board_takes_several_events() {
    let place = Workplace::new();
    let store = place.store().await;
    let large = PxlsBoard {
        size: Size::new(200, 200).unwrap(),
        ..board(&place, &[1; 40_000], None)
    };
    let summary = import_board_into(&store, large).await.unwrap();
    assert_eq!(summary.events_appended, 4);
    let canvas = folded(store.as_ref()).await;
    assert!(canvas.grid().unwrap().cells().iter().all(|cell| *cell == 1));
    let events = all_events(store.as_ref()).await;
    let is_restored = |recorded: &Recorded| matches!(recorded.event, Event::CellsRestored(_));
    assert!(events[1..].iter().all(is_restored));
}

#[tokio::test]
async fn a_board_that_does_not_fit_says_why() {
    let place = Workplace::new();
    let store = place.store().await;
    let refused = |cells: &'static [u8], placemap: Option<&'static [u8]>| {
        import_board_into(&store, board(&place, cells, placemap))
    };
    for cells in [[0; 7].as_slice(), &[0; 9], &[]] {
        let failed = refused(cells, None).await;
        assert!(
            matches!(failed, Err(BoardError::Length { .. })),
            "{failed:?}"
        );
    }
    let failed = refused(&[0; 8], Some(&[0; 3])).await;
    assert!(
        matches!(failed, Err(BoardError::Length { .. })),
        "{failed:?}"
    );
    let failed = refused(&[0, 0, 0, 0, 0, 3, 0, 0], None).await;
    let Err(BoardError::NotInPalette {
        x,
        y,
        index,
        colors,
    }) = failed
    else {
        panic!("{failed:?}");
    };
    assert_eq!((x, y, index, colors), (1, 1, 3, 3));
    assert_eq!(store.last().await.unwrap(), Version::ZERO);
    assert_eq!(PaletteIndex(3).0, index);
}
