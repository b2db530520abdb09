//! Whatever a file holds: read, or refused with a reason, never a panic.

use event_store::Event;
use event_store::event::encode;
use proptest::prelude::*;

use super::super::events::parse_event;
use super::super::palette_file::colors_of;
use super::super::shape::RoundShape;
use super::super::testing;
use super::history::two_rounds;
use super::*;

/// A line that is nearly one of a format's.
fn near_miss() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        prop::sample::select(vec![
            "2022-04-03 17:38:22.252 UTC",
            "2022-04-03 17:38:22,252",
            "1491193916474",
            "9999-99-99 99:99:99.999 UTC",
            "999999999999999999",
            "ann==",
            "#FF4500",
            "#FFFFFF",
            "1",
            "65535",
            "-32768",
            "255",
            "-1",
            "\"-1,-1\"",
            "\"1,2,3,4\"",
            "\"-32768,-32768,32767,32767\"",
            "\"{X: 1, Y: 2, R: 71}\"",
            "\"{X: -32768, Y: 32767, R: 65535}\"",
            "user undo",
            "console nuke",
            "rollback",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
        Just(String::new()),
    ];
    let fields = prop::collection::vec(field, 0..9);
    let separator = prop::sample::select(vec![",", "\t"]);
    (fields, separator).prop_map(|(fields, separator)| fields.join(separator).into_bytes())
}

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..200),
        4 => near_miss(),
    ]
}

/// A line of our own form with something changed.
fn changed_event() -> impl Strategy<Value = Vec<u8>> {
    let events = two_rounds();
    let lines: Vec<Vec<u8>> = (1..)
        .zip(events)
        .map(|(version, event)| {
            let recorded = Recorded {
                version: Version(version),
                at: event_store::UnixMs(1_649_007_502_250),
                id: event_store::EventId([0; 16]),
                event,
            };
            serde_json::to_vec(&EventJson::from(&recorded)).unwrap()
        })
        .collect();
    let line = prop::sample::select(lines);
    let change = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3);
    (line, change).prop_map(|(mut line, changes)| {
        for (at, byte) in changes {
            let at = at.index(line.len());
            line[at] = byte;
        }
        line
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_line_makes_a_row_parser_panic(line in any_line()) {
        testing::any_line(&line);
        for format in ImportFormat::ALL {
            if let Ok(row) = format.parse(&line) {
                let opened = first_round(format);
                let admin = Version::ZERO;
                let shape = RoundShape::of(&ImportRound::New { opened, admin }, format, None);
                if let Ok(color) = shape.fit(row.place, row.color) {
                    let mut sorter = sort::Sorter::new(SortLimits::default());
                    sorter.push(&row).unwrap();
                    let mut sorted = sorter.finish();
                    let record = sorted.rows().unwrap().next().unwrap().unwrap();
                    let event = shape.event(&record, color);
                    let bytes = encode(row.at, &event).len();
                    prop_assert!(bytes <= event_store::MAX_EVENT_BYTES);
                }
            }
        }
    }

    #[test]
    fn no_line_makes_the_event_parser_panic(line in prop_oneof![any_line(), changed_event()]) {
        testing::any_line(&line);
    }

    #[test]
    fn no_text_makes_the_palette_parser_panic(
        text in "(value|[:=\"#,}{\n ]|[0-9A-Fa-f]{6}|\\PC){0,40}",
    ) {
        prop_assert!(colors_of(&text).len() <= text.len());
    }
}

/// Files that begin like a compressed one, and go on anyhow; or are one with something changed.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let text = csv_2022(40);
    let gzip = || {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let xz = || {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = zstd::bulk::compress(text.as_bytes(), 1).unwrap();
    let whole = prop::sample::select(vec![gzip(), zstd, xz(), text.clone().into_bytes()]);
    let bytes = prop::collection::vec(any::<u8>(), 0..300);
    (whole, any::<prop::sample::Index>(), bytes).prop_map(|(mut whole, at, bytes)| {
        whole.truncate(at.index(whole.len() + 1));
        whole.extend(bytes);
        whole
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_file_makes_its_reader_panic_or_hold_more_than_a_line(bytes in any_file()) {
        let place = Workplace::new();
        let source = place.file("any", &bytes);
        for max_line_bytes in [10, input::MAX_LINE_BYTES] {
            let Ok(mut lines) = source.open_with(Arc::default(), max_line_bytes) else {
                continue;
            };
            let mut numbers = 0;
            while let Ok(Some(line)) = lines.next_line() {
                numbers += 1;
                prop_assert_eq!(line.number, numbers);
                prop_assert!(line.bytes.len() <= max_line_bytes);
            }
        }
        if let Ok(read) = source.read_bytes(100) {
            prop_assert!(read.len() <= 101);
        }
    }
}

#[test]
fn every_event_comes_back_from_its_json_form() {
    for event in two_rounds() {
        let recorded = Recorded {
            version: Version(7),
            at: event_store::UnixMs(1_649_007_502_250),
            id: event_store::EventId([0; 16]),
            event,
        };
        let line = serde_json::to_vec(&EventJson::from(&recorded)).unwrap();
        let Ok((version, at, event)) = parse_event(&line) else {
            panic!("{}", String::from_utf8_lossy(&line));
        };
        assert_eq!((version, at), (recorded.version, recorded.at));
        assert_eq!(event, recorded.event);
        let is_opening = matches!(event, Event::RoundOpened(_));
        assert_eq!(is_opening, line.windows(9).any(|part| part == b"RoundOpen"));
    }
}
