//! What an import puts into a log.

use std::io::Write as _;

use event_store::event::{PlacementMade, RegionErased};
use event_store::{Cell, Event, PaletteIndex, Region, UnixMs};

use super::*;

const UNSORTED_2022: &str = "\
timestamp,user_id,pixel_color,coordinate
2022-04-03 17:38:22.252 UTC,late==,#FF4500,\"5,6\"
2022-04-03 17:38:21 UTC,tie==,#000000,\"1,1\"
2022-04-03 17:38:20.1 UTC,early==,#FFFFFF,\"10,20,12,21\"
2022-04-03 17:38:21 UTC,tie==,#FFFFFF,\"1,1\"
";

#[tokio::test]
async fn rows_become_events_in_order_of_time_and_ties_keep_theirs() {
    let place = Workplace::new();
    let store = place.store().await;
    let source = place.file("rows.csv", UNSORTED_2022);
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    let summary = place.import(store.clone(), import).await.unwrap();
    assert_eq!((summary.rows_read, summary.rows_appended), (4, 4));
    assert_eq!(
        (summary.first_version, summary.last_version),
        (Some(Version(2)), Some(Version(5)))
    );
    assert_eq!((summary.players, summary.rows_out_of_order), (3, 0));

    let events = all_events(store.as_ref()).await;
    let at: Vec<_> = events
        .iter()
        .map(|event| event.at.0 - 1_649_007_500_000)
        .collect();
    assert_eq!(at, [100, 100, 1_000, 1_000, 2_252]);
    assert_eq!(
        events[0].event,
        Event::RoundOpened(first_round(ImportFormat::Rplace2022))
    );
    let erased = RegionErased {
        round: RoundId(1),
        region: Region {
            x: 10,
            y: 20,
            width: 3,
            height: 2,
        },
        color: PaletteIndex(31),
        by: Some(PlayerId::of_name("early==")),
        reason: String::new(),
    };
    assert_eq!(events[1].event, Event::RegionErased(erased));
    let made = |name, cell, color| {
        Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: PlayerId::of_name(name),
            cell,
            color: PaletteIndex(color),
        })
    };
    assert_eq!(events[2].event, made("tie==", Cell::new(1, 1), 27));
    assert_eq!(events[3].event, made("tie==", Cell::new(1, 1), 31));
    assert_eq!(events[4].event, made("late==", Cell::new(5, 6), 2));
    let kept = place.names.kept.lock();
    assert_eq!(
        kept.get(&PlayerId::of_name("late==")).map(String::as_str),
        Some("late==")
    );
}

#[tokio::test]
async fn the_dump_of_2017_is_read_with_and_without_its_header() {
    let place = Workplace::new();
    let store = place.store().await;
    let headed = "ts,user_hash,x_coordinate,y_coordinate,color\n1490918688000,a==,3,4,5\n";
    let bare = "2017-03-31 00:04:47.5 UTC,b==,999,0,15";
    let sources = vec![
        place.file("headed.csv", headed),
        place.file("bare.csv", bare),
    ];
    let import = into_new_round(ImportFormat::Rplace2017, sources);
    let summary = place.import(store.clone(), import).await.unwrap();
    assert_eq!(summary.rows_appended, 2);
    let events = all_events(store.as_ref()).await;
    assert_eq!(events[1].at, UnixMs(1_490_918_687_500));
    assert_eq!(events[2].at, UnixMs(1_490_918_688_000));
}

#[tokio::test]
async fn importing_twice_adds_nothing_however_it_is_compressed() {
    let place = Workplace::new();
    let store = place.store().await;
    let csv = csv_2022(5_000);
    let import = into_new_round(ImportFormat::Rplace2022, vec![place.file("rows.csv", &csv)]);
    let first = place.import(store.clone(), import.clone()).await.unwrap();
    assert_eq!((first.rows_appended, first.rows_out_of_order), (5_000, 0));

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 0);
    xz.write_all(csv.as_bytes()).unwrap();
    for stored in [
        csv.clone().into_bytes(),
        gzip.finish().unwrap(),
        zstd::bulk::compress(csv.as_bytes(), 1).unwrap(),
        xz.finish().unwrap(),
    ] {
        let mut again = into_open_round(&import);
        // The name promises nothing: the form is known by its bytes.
        again.sources = vec![place.file("again.csv", stored)];
        again.sort_limits.rows_in_memory = 700;
        let summary = place.import(store.clone(), again).await.unwrap();
        assert_eq!(
            (summary.rows_appended, summary.rows_already_there),
            (0, 5_000)
        );
        assert_eq!(store.last().await.unwrap(), first.last_version.unwrap());
    }
}

#[tokio::test]
async fn an_import_that_ended_early_goes_on_where_it_was() {
    let place = Workplace::new();
    let whole = place.store().await;
    let source = place.file("rows.csv", csv_2022(600));
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    place.import(whole.clone(), import.clone()).await.unwrap();
    let expected = all_events(whole.as_ref()).await;

    let resumed = EmbeddedStore::open(&place.dir.path().join("resumed.db"))
        .await
        .unwrap();
    let resumed = Arc::new(resumed);
    // The log as an import leaves it that dies with row 400 lost and 401 durable.
    for recorded in expected[..450]
        .iter()
        .filter(|event| event.version != Version(402))
    {
        let append = event_store::Append {
            id: recorded.id,
            guard: event_store::Guard::None,
            at: recorded.at,
            event: recorded.event.clone(),
        };
        resumed.append(append).await.unwrap();
    }
    let rest = place
        .import(resumed.clone(), into_open_round(&import))
        .await
        .unwrap();
    assert_eq!((rest.rows_appended, rest.rows_already_there), (152, 448));
    let mut ids: Vec<_> = all_events(resumed.as_ref())
        .await
        .iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(ids[449], expected[401].id);
    assert!(
        ids[450..]
            .iter()
            .eq(expected[450..].iter().map(|event| &event.id))
    );
    ids.sort_unstable();
    let mut expected: Vec<_> = expected.iter().map(|event| event.id).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_bad_line_stops_the_import_before_anything_is_appended() {
    let place = Workplace::new();
    let store = place.store().await;
    let bad = UNSORTED_2022.replace("#000000", "#000001");
    let import = into_new_round(ImportFormat::Rplace2022, vec![place.file("rows.csv", bad)]);
    let failed = place.import(store.clone(), import).await;
    let Err(ImportError::BadLine(bad)) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!((bad.line, bad.reason), (3, BadLineReason::NotInPalette));
    assert_eq!(bad.field, "#000001");
    assert!(bad.source_name.ends_with("rows.csv"));
    assert_eq!(store.last().await.unwrap(), Version::ZERO);
    assert!(place.names.kept.lock().is_empty());
}

#[tokio::test]
async fn bad_lines_are_skipped_and_counted_by_reason() {
    let place = Workplace::new();
    let store = place.store().await;
    let mut stored = UNSORTED_2022.as_bytes().to_vec();
    for line in [
        "yesterday,u,#FF4500,\"1,1\"",
        "2022-04-03 17:38:22 UTC,u,red,\"1,1\"",
        "2022-04-03 17:38:22 UTC,u,#123456,\"1,1\"",
        "2022-04-03 17:38:22 UTC,u,#FF4500,\"2000,1\"",
        "2022-04-03 17:38:22 UTC,u,#FF4500,\"1\"",
        "2022-04-03 17:38:22 UTC,,#FF4500,\"1,1\"",
        "2022-04-03 17:38:22 UTC,u,#FF4500,\"1,1",
        "2022-04-03 17:38:22 UTC,u",
        &"x".repeat(input::MAX_LINE_BYTES + 1),
    ] {
        stored.extend_from_slice(line.as_bytes());
        stored.push(b'\n');
    }
    stored.extend_from_slice(b"2022-04-03 17:38:22 UTC,\xff,#FF4500,\"1,1\"\n\n");
    stored.extend_from_slice(b"2022-04-03 17:38:22 UTC,u,#FF4500,\"2000,1\"\r\n");
    let import = Import {
        on_bad_line: OnBadLine::Skip,
        ..into_new_round(
            ImportFormat::Rplace2022,
            vec![place.file("rows.csv", stored)],
        )
    };
    let summary = place.import(store.clone(), import.clone()).await.unwrap();
    assert_eq!((summary.rows_read, summary.rows_appended), (15, 4));
    assert_eq!(
        (summary.skipped.count, summary.skipped.first.len()),
        (11, 10)
    );
    let counts: Vec<_> = summary
        .skipped
        .by_reason
        .iter()
        .map(|(name, count)| (*name, *count))
        .collect();
    let expected = [
        ("color", 1),
        ("column_count", 1),
        ("coordinate", 1),
        ("not_in_palette", 1),
        ("not_utf8", 1),
        ("outside_canvas", 2),
        ("quotation", 1),
        ("time", 1),
        ("too_long", 1),
        ("user", 1),
    ];
    assert_eq!(counts, expected);
    assert!(summary.skipped.first[0].contains("line 6: bad time: `yesterday`"));

    // What did not fit keeps its number, so the rows are known again.
    let again = place
        .import(store.clone(), into_open_round(&import))
        .await
        .unwrap();
    assert_eq!((again.rows_appended, again.rows_already_there), (0, 4));
}

#[tokio::test]
async fn without_a_row_that_fits_no_round_is_opened() {
    let place = Workplace::new();
    let store = place.store().await;
    let empty = place.file("rows.csv", rplace2022::HEADER);
    let import = into_new_round(ImportFormat::Rplace2022, vec![empty]);
    let summary = place.import(store.clone(), import).await.unwrap();
    assert_eq!((summary.rows_read, summary.first_version), (0, None));
    assert_eq!(store.last().await.unwrap(), Version::ZERO);
}

#[tokio::test]
async fn a_round_that_somebody_else_opened_meanwhile_is_a_conflict() {
    let place = Workplace::new();
    let store = place.store().await;
    let import = into_new_round(
        ImportFormat::Rplace2022,
        vec![place.file("rows.csv", UNSORTED_2022)],
    );
    let opened = event_store::Append {
        id: event_store::EventId([9; 16]),
        guard: event_store::Guard::None,
        at: UnixMs(1),
        event: Event::RoundOpened(first_round(ImportFormat::Rplace2017)),
    };
    store.append(opened).await.unwrap();
    let failed = place.import(store.clone(), import).await;
    assert!(
        matches!(
            failed,
            Err(ImportError::OpenRound {
                round: RoundId(1),
                ..
            })
        ),
        "{failed:?}"
    );
}

#[tokio::test]
async fn progress_goes_through_the_phases_to_the_end() {
    let place = Workplace::new();
    let store = place.store().await;
    let source = place.file("rows.csv", csv_2022(3_000));
    let bytes = source.stored_bytes();
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let on_progress: OnProgress = Arc::new(move |progress| sink.lock().push(progress));
    super::import(store, &place.names, import, on_progress)
        .await
        .unwrap();
    let seen = seen.lock();
    let last_of = |phase| *seen.iter().rfind(|seen| seen.phase == phase).unwrap();
    let read = last_of(ImportPhase::Reading);
    assert_eq!(
        (Some(read.done), read.total, read.rows_read),
        (bytes, bytes, 3_000)
    );
    let appended = last_of(ImportPhase::Appending);
    assert_eq!((appended.done, appended.total), (3_000, Some(3_000)));
    assert_eq!(appended.rows_appended, 3_000);
}
