//! What an export makes of a log.

use event_store::event::{
    CellContent, CellsRestored, PaletteExtended, PlacementMade, PlacementUndone, PlayerBanned,
    RegionErased, RestoredCell, RoundClosed, Size,
};
use event_store::{
    Append, Cell, Event, EventId, Guard, Palette, PaletteIndex, Region, Rgb, UnixMs,
};
use projections::PseudonymKey;

use super::*;

pub(super) const ROUND: RoundId = RoundId(1);
pub(super) const AT: i64 = 1_649_007_502_000;

pub(super) async fn append(store: &dyn EventStore, number: u8, event: Event) {
    let append = Append {
        id: EventId([number; 16]),
        guard: Guard::None,
        at: UnixMs(AT + i64::from(number)),
        event,
    };
    store.append(append).await.unwrap();
}

pub(super) fn made(round: RoundId, player: &str, x: u16, color: u8) -> Event {
    Event::PlacementMade(PlacementMade {
        round,
        player: PlayerId::of_name(player),
        cell: Cell::new(x, 0),
        color: PaletteIndex(color),
    })
}

fn content(color: u8) -> CellContent {
    CellContent {
        color: PaletteIndex(color),
        author: None,
        version: Version::ZERO,
    }
}

/// A log with one of each event that becomes rows, and some that do not.
pub(super) async fn a_little_of_everything(place: &Workplace) -> Arc<EmbeddedStore> {
    let store = place.store().await;
    let named = [(PlayerId::of_name("ann"), "ann,\"the\"\tfirst\n".to_owned())];
    place.names.remember(&named).await.unwrap();
    let black_white = Palette::new(vec![Rgb([0; 3]), Rgb([255; 3])]).unwrap();
    let opened = RoundOpened {
        size: Size::new(3, 2).unwrap(),
        palette: black_white,
        background: PaletteIndex(1),
        ..first_round(ImportFormat::Rplace2022)
    };
    let events = [
        Event::RoundOpened(opened.clone()),
        made(ROUND, "ann", 2, 0),
        made(RoundId(9), "ann", 0, 0),
        made(ROUND, "ann", 1, 2),
        Event::PaletteExtended(PaletteExtended {
            round: ROUND,
            colors: vec![Rgb([255, 0, 16])],
        }),
        made(ROUND, "bob", 1, 2),
        Event::PlacementUndone(PlacementUndone {
            round: ROUND,
            player: PlayerId::of_name("bob"),
            placement: Version(6),
            cell: Cell::new(1, 0),
            restored: content(1),
        }),
        Event::RegionErased(RegionErased {
            round: ROUND,
            region: Region {
                x: 1,
                y: 1,
                width: 9,
                height: 1,
            },
            color: PaletteIndex(0),
            by: None,
            reason: String::new(),
        }),
        Event::CellsRestored(CellsRestored {
            round: ROUND,
            cells: [(1, 1), (2, 1)]
                .map(|(x, y)| RestoredCell {
                    cell: Cell::new(x, y),
                    content: content(1),
                })
                .into(),
            by: Some(PlayerId::of_name("ann")),
            reason: "rude".to_owned(),
        }),
        Event::PlayerBanned(PlayerBanned {
            player: PlayerId::of_name("bob"),
            until: Some(UnixMs(AT)),
            by: None,
            reason: "rude".to_owned(),
        }),
        Event::RoundClosed(RoundClosed { round: ROUND }),
        made(ROUND, "ann", 0, 0),
        Event::RoundOpened(RoundOpened {
            round: RoundId(2),
            ..opened
        }),
        made(RoundId(2), "bob", 0, 0),
    ];
    for (number, event) in (1..).zip(events) {
        append(store.as_ref(), number, event).await;
    }
    store
}

pub(super) fn bob() -> PlayerId {
    PlayerId::of_name("bob")
}

#[tokio::test]
async fn ndjson_has_every_event_in_its_json_form() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let exported = place.export(store.as_ref(), ExportFormat::Ndjson).await;
    let events = all_events(store.as_ref()).await;
    assert_eq!(exported.lines().count(), events.len());
    for (line, recorded) in exported.lines().zip(&events) {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(json["version"], recorded.version.0);
        assert_eq!(json["type"], recorded.event.kind().name());
    }
}

#[tokio::test]
async fn an_export_can_begin_and_end_anywhere_and_keep_to_one_round() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let rows = |request| place.export_part(store.as_ref(), request);
    let middle = ExportRequest {
        from: Some(Version(6)),
        to: Some(Version(7)),
        ..everything(ExportFormat::Pxls)
    };
    let (text, summary) = rows(middle).await;
    assert_eq!((text.lines().count(), summary.rows), (2, 2));
    assert_eq!((summary.events, summary.last_version), (2, Version(7)));

    for (round, rows_expected, events_expected) in [(ROUND, 7, 11), (RoundId(2), 1, 2)] {
        for (format, expected) in [
            (ExportFormat::Pxls, rows_expected),
            (ExportFormat::Ndjson, events_expected),
        ] {
            let only = ExportRequest {
                round: Some(round),
                ..everything(format)
            };
            let summary = rows(only).await.1;
            assert_eq!(summary.rows, expected, "{format} of round {round}");
        }
    }
}

#[tokio::test]
async fn a_region_narrows_what_reaches_beyond_it() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let region = Region {
        x: 2,
        y: 0,
        width: 9,
        height: 9,
    };
    let of = |format| ExportRequest {
        round: Some(ROUND),
        region: Some(region),
        ..everything(format)
    };
    let (text, _) = place
        .export_part(store.as_ref(), of(ExportFormat::Rplace2022))
        .await;
    let places: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.rsplit_once(",\"").unwrap().1)
        .collect();
    assert_eq!(places, ["2,0\"", "2,1,2,1\"", "2,1\""]);
    let (text, _) = place
        .export_part(store.as_ref(), of(ExportFormat::Ndjson))
        .await;
    let versions: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|event| event["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 5, 8, 9, 10, 11]);
    let restored = text.lines().nth(4).unwrap();
    let restored: serde_json::Value = serde_json::from_str(restored).unwrap();
    assert_eq!(restored["cells"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pseudonyms_are_everywhere_and_others_in_each_round() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let key = PseudonymKey::of_canvas(&[7; 32], &CanvasSlug::default());
    let named = |round, name| key.of_player(round, PlayerId::of_name(name)).to_string();
    for format in [
        ExportFormat::Rplace2022,
        ExportFormat::Rplace2023,
        ExportFormat::Pxls,
        ExportFormat::Ndjson,
    ] {
        for round in [ROUND, RoundId(2)] {
            let request = ExportRequest {
                round: Some(round),
                ..everything(format)
            };
            let plan = planned(store.as_ref(), &request).await.unwrap();
            let (text, _) = exported(store.as_ref(), Who::Pseudonyms(&key), plan).await;
            assert!(text.contains(&named(round, "bob")), "{text}");
            let other = RoundId(3 - round.0);
            for hidden in [
                bob().to_string(),
                PlayerId::of_name("ann").to_string(),
                named(other, "bob"),
                "ann,".to_owned(),
            ] {
                assert!(!text.contains(&hidden), "{hidden} in {text}");
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_exported_says_why() {
    let place = Workplace::new();
    let empty = place.store().await;
    let plan = |request| async move { planned(empty.as_ref(), &request).await };
    let nothing = plan(everything(ExportFormat::Ndjson)).await.unwrap();
    assert!(nothing.first > nothing.last);
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let csv = everything(ExportFormat::Rplace2022);
    let region = Region {
        x: 0,
        y: 0,
        width: 0,
        height: 1,
    };
    let version = |number| Some(Version(number));
    for (request, expected) in [
        (
            ExportRequest {
                to: version(99),
                ..csv
            },
            PlanError::Ahead {
                to: Version(99),
                newest: Version(14),
            },
        ),
        (
            ExportRequest {
                round: Some(RoundId(3)),
                ..csv
            },
            PlanError::NoSuchRound { round: RoundId(3) },
        ),
        (
            ExportRequest {
                from: version(9),
                to: version(3),
                ..csv
            },
            PlanError::Empty {
                first: Version(9),
                last: Version(3),
            },
        ),
        (
            ExportRequest {
                round: Some(RoundId(2)),
                to: version(3),
                ..csv
            },
            PlanError::Empty {
                first: Version(13),
                last: Version(3),
            },
        ),
        (
            ExportRequest {
                region: Some(region),
                ..csv
            },
            PlanError::EmptyRegion,
        ),
    ] {
        let refused = planned(store.as_ref(), &request).await;
        assert_eq!(refused, Err(expected));
    }
}
