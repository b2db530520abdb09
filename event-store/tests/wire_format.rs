//! The approved bytes of every event kind: a change here is a change of a stored format.

use event_store::event::{
    Announced, CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored,
    CooldownChanged, DecodeError, EventKind, PaletteExtended, PlacementMade, PlacementUndone,
    PlayerBanned, PlayerUnbanned, RegionErased, RegionProtected, RegionUnprotected, RestoredCell,
    RoundClosed, RoundOpened, Size, decode, encode,
};
use event_store::{
    Cell, CooldownRule, Event, Mask, Palette, PaletteIndex, PlayerId, Region, Rgb, RoundId, UnixMs,
    Version,
};

const AT: UnixMs = UnixMs(1_648_812_345_678);
const ROUND: RoundId = RoundId(1);

fn player() -> PlayerId {
    PlayerId::from_bits(0x0123_4567_89ab_cdef)
}

fn content() -> CellContent {
    CellContent {
        color: PaletteIndex(31),
        author: None,
        version: Version::ZERO,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(clippy::too_many_lines, reason = "a list with one value of each kind")]
fn one_of_each_kind() -> Vec<Event> {
    let black_white = Palette::new(vec![Rgb([0; 3]), Rgb([255; 3])]).expect("lawful palette");
    let cooldown = CooldownRule {
        max_charges: 6,
        regain_ms: 30_000,
    };
    vec![
        Event::PlacementMade(PlacementMade {
            round: ROUND,
            player: player(),
            cell: Cell::new(999, 1),
            color: PaletteIndex(3),
        }),
        Event::PlacementUndone(PlacementUndone {
            round: ROUND,
            player: player(),
            placement: Version(77),
            cell: Cell::new(999, 1),
            restored: content(),
        }),
        Event::RoundOpened(RoundOpened {
            round: ROUND,
            size: Size::new(3, 2).expect("lawful size"),
            palette: black_white,
            background: PaletteIndex(1),
            cooldown,
            mask: Some(Mask::new([true, true, false, true, true, true])),
            title: "first".to_owned(),
        }),
        Event::RoundClosed(RoundClosed { round: ROUND }),
        Event::CanvasExpanded(CanvasExpanded {
            round: ROUND,
            size: Size::new(2_000, 1_000).expect("lawful size"),
        }),
        Event::PaletteExtended(PaletteExtended {
            round: ROUND,
            colors: vec![Rgb([1, 2, 3])],
        }),
        Event::CooldownChanged(CooldownChanged {
            round: ROUND,
            cooldown,
        }),
        Event::RegionErased(RegionErased {
            round: ROUND,
            region: Region {
                x: 1,
                y: 2,
                width: 300,
                height: 4,
            },
            color: PaletteIndex(0),
            by: Some(player()),
            reason: "spam".to_owned(),
        }),
        Event::CellsRestored(CellsRestored {
            round: ROUND,
            cells: vec![RestoredCell {
                cell: Cell::new(1, 2),
                content: content(),
            }],
            by: None,
            reason: String::new(),
        }),
        Event::PlayerBanned(PlayerBanned {
            player: player(),
            until: Some(AT),
            by: None,
            reason: "bot".to_owned(),
        }),
        Event::PlayerUnbanned(PlayerUnbanned {
            player: player(),
            by: None,
            reason: String::new(),
        }),
        Event::CanvasLocked(CanvasLocked {
            by: None,
            reason: "repair".to_owned(),
        }),
        Event::CanvasUnlocked(CanvasUnlocked {
            by: None,
            reason: String::new(),
        }),
        Event::RegionProtected(RegionProtected {
            round: ROUND,
            region: Region {
                x: 1,
                y: 2,
                width: 300,
                height: 4,
            },
            by: Some(player()),
            reason: "memorial".to_owned(),
        }),
        Event::RegionUnprotected(RegionUnprotected {
            round: ROUND,
            protection: Version(70_000),
            by: None,
            reason: String::new(),
        }),
        Event::Announced(Announced {
            text: "the round ends at noon".to_owned(),
            until: Some(AT),
            by: None,
        }),
    ]
}

#[test]
fn every_kind_has_its_approved_bytes() {
    let lines: Vec<String> = one_of_each_kind()
        .iter()
        .map(|event| format!("{} {}", event.kind().name(), hex(&encode(AT, event))))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_kind_is_covered_and_decodes_to_itself() {
    let events = one_of_each_kind();
    let kinds: Vec<EventKind> = events.iter().map(Event::kind).collect();
    assert_eq!(kinds, EventKind::ALL);
    for event in events {
        let decoded = decode(&encode(AT, &event)).expect("decodes");
        assert_eq!(decoded, (AT, event));
    }
}

#[test]
fn a_placement_of_the_usual_size_takes_at_most_32_bytes() {
    let placement = &one_of_each_kind()[0];
    assert!(encode(AT, placement).len() <= 32);
}

#[test]
fn bytes_that_are_no_event_are_refused() {
    let good = encode(AT, &one_of_each_kind()[0]);
    for cut in 0..good.len() {
        assert!(matches!(
            decode(&good[..cut]),
            Err(DecodeError::Malformed(_))
        ));
    }
    let mut longer = good.clone();
    longer.push(0);
    assert!(matches!(
        decode(&longer),
        Err(DecodeError::TrailingBytes { bytes: 1 })
    ));
    let mut unknown_schema = good.clone();
    unknown_schema[1] = 2;
    assert!(matches!(
        decode(&unknown_schema),
        Err(DecodeError::Malformed(_))
    ));
    let mut unknown_kind = good;
    unknown_kind[2] = 99;
    assert!(matches!(
        decode(&unknown_kind),
        Err(DecodeError::Malformed(_))
    ));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        let _ = decode(&bytes);
    }

    #[test]
    fn flipped_bytes_never_make_the_decoder_panic(
        which in 0..13usize, at in 0..64usize, value in proptest::num::u8::ANY
    ) {
        let mut bytes = encode(AT, &one_of_each_kind()[which]);
        let at = at % bytes.len();
        bytes[at] = value;
        let _ = decode(&bytes);
    }
}
