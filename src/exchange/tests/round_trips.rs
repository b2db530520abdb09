//! What is exported and imported again is the same canvas with the same history.

use event_store::jetstream::{JetStreamOptions, JetStreamStore};
use event_store::testing::NatsServer;
use event_store::{Event, Mask, UnixMs};
use projections::PseudonymKey;

use super::history::{LAST, ROUND, fill, first_round_events, history, two_rounds};
use super::*;
use crate::config::NamedPalette;

fn key() -> PseudonymKey {
    PseudonymKey::of_canvas(&[7; 32], &CanvasSlug::default())
}

async fn another_store(place: &Workplace, name: &str) -> Arc<EmbeddedStore> {
    let store = EmbeddedStore::open(&place.dir.path().join(name)).await;
    Arc::new(store.unwrap())
}

async fn import_own(
    store: Arc<dyn EventStore>,
    source: Source,
) -> Result<EventImportSummary, EventImportError> {
    let canvas = folded(store.as_ref()).await;
    let import = EventImport {
        sources: vec![source],
        on_bad_line: OnBadLine::Stop,
        replaces_round: false,
    };
    import_events(store, import, target_of(&canvas), Arc::new(|_| {})).await
}

#[tokio::test]
async fn every_row_form_gives_the_same_canvas_with_the_same_history_of_each_cell() {
    let place = Workplace::new();
    let store = place.store().await;
    fill(store.as_ref(), first_round_events(None)).await;
    let expected = history(&all_events(store.as_ref()).await, ROUND);
    for (export, import) in [
        (ExportFormat::Rplace2017, ImportFormat::Rplace2017),
        (ExportFormat::Rplace2022, ImportFormat::Rplace2022),
        (ExportFormat::Rplace2023, ImportFormat::Rplace2023),
        (ExportFormat::Pxls, ImportFormat::Pxls),
    ] {
        let plan = planned(store.as_ref(), &everything(export)).await.unwrap();
        let (text, _) = exported(store.as_ref(), Who::Pseudonyms(&key()), plan).await;
        let again = another_store(&place, &format!("{export}.db")).await;
        let opened = RoundOpened {
            size: LAST,
            palette: NamedPalette::Place2017.palette(),
            background: first_round(ImportFormat::Rplace2017).background,
            ..first_round(import)
        };
        let admin = Version::ZERO;
        let import = Import {
            round: ImportRound::New { opened, admin },
            ..into_new_round(import, vec![place.file("rows", &text)])
        };
        let summary = place.import(again.clone(), import).await.unwrap();
        assert_eq!(summary.skipped.count, 0, "{export}");
        let found = history(&all_events(again.as_ref()).await, ROUND);
        assert_eq!(found, expected, "{export}:\n{text}");
    }
}

#[tokio::test]
async fn indexes_of_2017_are_of_that_years_palette_whatever_the_rounds_is() {
    let place = Workplace::new();
    let store = place.store().await;
    let mut colors = NamedPalette::Place2017.palette().colors().to_vec();
    colors.reverse();
    let opened = RoundOpened {
        palette: event_store::Palette::new(colors).unwrap(),
        ..first_round(ImportFormat::Rplace2017)
    };
    let round = ImportRound::New {
        opened,
        admin: Version::ZERO,
    };
    let rows = "ts,user_hash,x_coordinate,y_coordinate,color\n1490918688000,a==,3,4,5\n";
    let import = Import {
        round,
        ..into_new_round(ImportFormat::Rplace2017, vec![place.file("rows", rows)])
    };
    place.import(store.clone(), import).await.unwrap();
    let canvas = folded(store.as_ref()).await;
    let content = canvas.cell(event_store::Cell::new(3, 4)).unwrap();
    assert_eq!(content.color, event_store::PaletteIndex(10));
    let exported = place.export(store.as_ref(), ExportFormat::Rplace2017).await;
    assert!(exported.ends_with(",3,4,5\n"), "{exported}");
}

#[tokio::test]
async fn an_undo_in_a_log_of_pxls_is_an_undo_again() {
    let place = Workplace::new();
    let store = place.store().await;
    fill(store.as_ref(), first_round_events(None)).await;
    let text = place.export(store.as_ref(), ExportFormat::Pxls).await;
    let again = another_store(&place, "again.db").await;
    let import = into_new_round(ImportFormat::Pxls, vec![place.file("rows", &text)]);
    place.import(again.clone(), import).await.unwrap();
    let events = all_events(again.as_ref()).await;
    let Event::PlacementUndone(undone) = &events[4].event else {
        panic!("{:?}", events[4]);
    };
    assert_eq!(undone.placement, Version(3));
    assert_eq!(undone.restored.version, Version(2));
    let placed = |version: usize| events[version - 1].event.painter();
    assert_eq!(placed(3), Some(undone.player));
    assert_eq!(placed(2), undone.restored.author);
}

#[tokio::test]
async fn our_own_form_gives_the_same_log_in_an_empty_one_on_both_engines() {
    let place = Workplace::new();
    let store = place.store().await;
    fill(store.as_ref(), two_rounds()).await;
    let events = all_events(store.as_ref()).await;
    let text = place.export(store.as_ref(), ExportFormat::Ndjson).await;
    let server = NatsServer::start().await;
    let slug = CanvasSlug::default();
    let options = JetStreamOptions::new(&server.url(), slug).unwrap();
    let jetstream = JetStreamStore::connect(options).await.unwrap();
    let embedded = another_store(&place, "again.db").await;
    let engines: [Arc<dyn EventStore>; 2] = [embedded, Arc::new(jetstream)];
    for again in engines {
        for (times, appended) in [(1, events.len() as u64), (2, 0)] {
            let imported = import_own(again.clone(), place.file("own", &text)).await;
            let summary = imported.unwrap();
            assert_eq!(summary.events_appended, appended, "import number {times}");
            assert_eq!(summary.events_read, events.len() as u64);
            assert_eq!(summary.events_already_there + appended, summary.events_read);
        }
        let found = all_events(again.as_ref()).await;
        assert_eq!(found.len(), events.len());
        for (found, expected) in found.iter().zip(&events) {
            let what =
                |recorded: &Recorded| (recorded.version, recorded.at, recorded.event.clone());
            assert_eq!(what(found), what(expected));
        }
        assert_eq!(folded(again.as_ref()).await, folded(store.as_ref()).await);
        again.close().await;
    }
}

#[tokio::test]
async fn under_pseudonyms_it_is_the_same_log_of_renamed_players() {
    let place = Workplace::new();
    let store = place.store().await;
    fill(store.as_ref(), two_rounds()).await;
    let request = everything(ExportFormat::Ndjson);
    let plan = planned(store.as_ref(), &request).await.unwrap();
    let (text, _) = exported(store.as_ref(), Who::Pseudonyms(&key()), plan).await;
    let again = another_store(&place, "again.db").await;
    import_own(again.clone(), place.file("own", &text))
        .await
        .unwrap();
    let (found, events) = (
        all_events(again.as_ref()).await,
        all_events(store.as_ref()).await,
    );
    assert_eq!(found.len(), events.len());
    for (found, mut expected) in found.into_iter().zip(events) {
        let round = RoundId(if expected.version > Version(20) { 2 } else { 1 });
        key().disguise(round, &mut expected.event);
        assert_eq!(found.event, expected.event);
        assert_eq!((found.version, found.at), (expected.version, expected.at));
    }
}

#[tokio::test]
async fn into_a_log_with_events_rounds_and_versions_move_behind_them() {
    let place = Workplace::new();
    let store = place.store().await;
    fill(store.as_ref(), two_rounds()).await;
    let before = folded(store.as_ref()).await;
    let text = place.export(store.as_ref(), ExportFormat::Ndjson).await;
    let source = place.file("own", &text);
    let again = another_store(&place, "again.db").await;
    // A log that has a round already, which is over, and events of it.
    fill(
        again.as_ref(),
        first_round_events(Some(Mask::new([true; 35]))),
    )
    .await;
    let summary = import_own(again.clone(), source.clone()).await.unwrap();
    assert_eq!(summary.first_round, Some(RoundId(2)));
    let after = folded(again.as_ref()).await;
    assert_eq!(after.round().unwrap().round, RoundId(3));
    assert_eq!(after.version(), before.version().plus(20));
    for cell in (0..35).map(|index| LAST.cell_at(index).unwrap()) {
        let shifted = before.cell(cell).map(|mut content| {
            if content.version > Version::ZERO {
                content.version = content.version.plus(20);
            }
            content
        });
        assert_eq!(after.cell(cell), shifted, "{cell:?}");
    }
    let events = all_events(again.as_ref()).await;
    let Event::PlacementUndone(undone) = &events[24].event else {
        panic!("{:?}", events[24]);
    };
    assert_eq!(undone.placement, Version(23));
    let again_summary = import_own(again.clone(), source).await.unwrap();
    assert_eq!(again_summary.events_appended, 0);
    assert_eq!(again_summary.first_round, Some(RoundId(2)));
}

#[tokio::test]
async fn a_region_of_a_round_can_be_imported_by_itself() {
    let place = Workplace::new();
    let store = place.store().await;
    fill(store.as_ref(), first_round_events(None)).await;
    let region = event_store::Region {
        x: 1,
        y: 1,
        width: 2,
        height: 1,
    };
    let request = ExportRequest {
        region: Some(region),
        ..everything(ExportFormat::Ndjson)
    };
    let (text, _) = place.export_part(store.as_ref(), request).await;
    let again = another_store(&place, "again.db").await;
    import_own(again.clone(), place.file("own", &text))
        .await
        .unwrap();
    let (before, after) = (folded(store.as_ref()).await, folded(again.as_ref()).await);
    assert!(after.version() < before.version());
    for cell in (0..60).map(|index| LAST.cell_at(index).unwrap()) {
        let (was, is) = (before.cell(cell).unwrap(), after.cell(cell).unwrap());
        match region.contains(cell) {
            true => assert_eq!((was.color, was.author), (is.color, is.author)),
            false => assert_eq!(is.version, Version::ZERO),
        }
    }
}

#[tokio::test]
async fn times_come_back_to_the_millisecond() {
    let place = Workplace::new();
    let store = place.store().await;
    for (number, at) in [0, -1, 1_649_007_502_007, 253_402_207_199_999]
        .into_iter()
        .enumerate()
    {
        let mut event = first_round_events(None).swap_remove(0);
        event.set_round(RoundId(number as u32 + 1));
        let append = event_store::Append {
            id: event_store::EventId([number as u8; 16]),
            guard: event_store::Guard::None,
            at: UnixMs(at),
            event,
        };
        store.append(append).await.unwrap();
    }
    let text = place.export(store.as_ref(), ExportFormat::Ndjson).await;
    let again = another_store(&place, "again.db").await;
    import_own(again.clone(), place.file("own", &text))
        .await
        .unwrap();
    let times = |events: Vec<Recorded>| events.iter().map(|event| event.at).collect::<Vec<_>>();
    let expected = times(all_events(store.as_ref()).await);
    assert_eq!(times(all_events(again.as_ref()).await), expected);
}
