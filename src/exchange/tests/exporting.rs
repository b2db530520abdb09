//! What an export makes of a log.

use event_store::event::{
    CellContent, CellsRestored, PaletteExtended, PlacementMade, PlacementUndone, PlayerBanned,
    RegionErased, RestoredCell, RoundClosed, Size,
};
use event_store::{
    Append, Cell, Event, EventId, Guard, Palette, PaletteIndex, Region, Rgb, UnixMs,
};

use super::*;

const ROUND: RoundId = RoundId(1);
const AT: i64 = 1_649_007_502_000;

async fn append(store: &dyn EventStore, number: u8, event: Event) {
    let append = Append {
        id: EventId([number; 16]),
        guard: Guard::None,
        at: UnixMs(AT + i64::from(number)),
        event,
    };
    store.append(append).await.unwrap();
}

fn made(round: RoundId, player: &str, x: u16, color: u8) -> Event {
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
async fn a_little_of_everything(place: &Workplace) -> Arc<EmbeddedStore> {
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

fn bob() -> PlayerId {
    PlayerId::of_name("bob")
}

#[tokio::test]
async fn sorted_rows_come_back_byte_for_byte() {
    let place = Workplace::new();
    let store = place.store().await;
    let csv = csv_2022(25_000);
    let import = into_new_round(ImportFormat::Rplace2022, vec![place.file("rows.csv", &csv)]);
    place.import(store.clone(), import).await.unwrap();
    let exported = place.export(store.as_ref(), ExportFormat::Rplace2022).await;
    assert!(exported == csv, "export differs from what was imported");
}

#[tokio::test]
async fn every_kind_has_its_rows_in_the_form_of_2022() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let exported = place.export(store.as_ref(), ExportFormat::Rplace2022).await;
    let (ann, bob, at) = ("\"ann,'the' first \"", bob(), "2022-04-03 17:38:22");
    let expected = format!(
        "timestamp,user_id,pixel_color,coordinate\n\
         {at}.002 UTC,{ann},#000000,\"2,0\"\n\
         {at}.006 UTC,{bob},#FF0010,\"1,0\"\n\
         {at}.007 UTC,{bob},#FFFFFF,\"1,0\"\n\
         {at}.008 UTC,moderator,#000000,\"1,1,9,1\"\n\
         {at}.009 UTC,{ann},#FFFFFF,\"1,1\"\n\
         {at}.009 UTC,{ann},#FFFFFF,\"2,1\"\n\
         {at}.014 UTC,{bob},#000000,\"0,0\"\n"
    );
    assert_eq!(exported, expected);
}

#[tokio::test]
async fn every_kind_has_its_lines_in_the_form_of_pxls() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let exported = place.export(store.as_ref(), ExportFormat::Pxls).await;
    let (ann, bob, at) = ("ann,\"the\" first ", bob(), "2022-04-03 17:38:22");
    let expected = format!(
        "{at},002\t{ann}\t2\t0\t0\tuser place\n\
         {at},006\t{bob}\t1\t0\t2\tuser place\n\
         {at},007\t{bob}\t1\t0\t1\tuser undo\n\
         {at},008\tmoderator\t1\t1\t0\tmod overwrite\n\
         {at},008\tmoderator\t2\t1\t0\tmod overwrite\n\
         {at},009\t{ann}\t1\t1\t1\trollback\n\
         {at},009\t{ann}\t2\t1\t1\trollback\n\
         {at},014\t{bob}\t0\t0\t0\tuser place\n"
    );
    assert_eq!(exported, expected);
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
    let rows = |export| place.export_part(store.as_ref(), export);
    let middle = Export {
        from: Version(6),
        to: Some(Version(7)),
        ..everything(ExportFormat::Pxls)
    };
    let (text, summary) = rows(middle.clone()).await;
    assert_eq!((text.as_str(), summary.events, summary.rows), ("", 2, 0));
    let initial = RoundInForce {
        round: ROUND,
        size: Size::new(3, 2).unwrap(),
        palette: Palette::new(vec![Rgb([0; 3]), Rgb([255; 3]), Rgb([255, 0, 16])]).unwrap(),
    };
    let (text, summary) = rows(Export {
        initial: Some(initial),
        ..middle
    })
    .await;
    assert_eq!((text.lines().count(), summary.rows), (2, 2));
    assert_eq!(summary.bytes, text.len() as u64);

    for (round, rows_expected, events_expected) in [(ROUND, 7, 11), (RoundId(2), 1, 2)] {
        for (format, expected) in [
            (ExportFormat::Pxls, rows_expected),
            (ExportFormat::Ndjson, events_expected),
        ] {
            let only = Export {
                round: Some(round),
                ..everything(format)
            };
            assert_eq!(
                rows(only).await.1.rows,
                expected,
                "{format} of round {round}"
            );
        }
    }
}
