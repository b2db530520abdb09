//! A log with everything in it, and what can be compared of two logs.

use std::collections::BTreeMap;

use event_store::event::{
    CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored, CooldownChanged,
    PaletteExtended, PlacementMade, PlacementUndone, PlayerBanned, PlayerUnbanned, RegionErased,
    RestoredCell, RoundClosed, Size,
};
use event_store::{
    Append, Cell, Event, EventId, Guard, Mask, Palette, PaletteIndex, Region, Rgb, UnixMs,
};
use projections::Field;
use projections::grid::FieldChange;

use super::*;
use crate::config::NamedPalette;

pub(super) const ROUND: RoundId = RoundId(1);
const FIRST: Size = Size {
    width: 7,
    height: 5,
};
pub(super) const LAST: Size = Size {
    width: 10,
    height: 6,
};

/// The first colours of 2017, and the others of that year, which come later.
fn colors() -> (Palette, Vec<Rgb>) {
    let all = NamedPalette::Place2017.palette();
    let (first, later) = all.colors().split_at(14);
    (Palette::new(first.to_vec()).unwrap(), later.to_vec())
}

fn player(name: &str) -> PlayerId {
    PlayerId::of_name(name)
}

fn made(name: &str, x: u16, y: u16, color: u8) -> Event {
    Event::PlacementMade(PlacementMade {
        round: ROUND,
        player: player(name),
        cell: Cell::new(x, y),
        color: PaletteIndex(color),
    })
}

fn content(color: u8, author: Option<&str>, version: u64) -> CellContent {
    CellContent {
        color: PaletteIndex(color),
        author: author.map(player),
        version: Version(version),
    }
}

fn erased(x: u16, y: u16, width: u16, height: u16, by: Option<&str>) -> Event {
    Event::RegionErased(RegionErased {
        round: ROUND,
        region: Region {
            x,
            y,
            width,
            height,
        },
        color: PaletteIndex(3),
        by: by.map(player),
        reason: "rude".to_owned(),
    })
}

/// The first round of a log: undo, erase, restore, expansion, more colours, another rule, a ban, a
/// lock, and what changes nothing.
pub(super) fn first_round_events(mask: Option<Mask>) -> Vec<Event> {
    let mut events = before_the_expansion(mask);
    events.extend(after_the_expansion());
    events
}

fn before_the_expansion(mask: Option<Mask>) -> Vec<Event> {
    let restored = |x, content| RestoredCell {
        cell: Cell::new(x, 1),
        content,
    };
    let opened = RoundOpened {
        size: FIRST,
        palette: colors().0,
        mask,
        title: "with \"everything\"\nin it".to_owned(),
        ..first_round(ImportFormat::Rplace2017)
    };
    vec![
        Event::RoundOpened(opened),
        made("ann", 1, 1, 5),
        made("bob", 1, 1, 6),
        made("ann", 2, 1, 7),
        Event::PlacementUndone(PlacementUndone {
            round: ROUND,
            player: player("bob"),
            placement: Version(3),
            cell: Cell::new(1, 1),
            restored: content(5, Some("ann"), 2),
        }),
        erased(2, 0, 30, 2, None),
        Event::CanvasLocked(CanvasLocked {
            by: Some(player("mod")),
            reason: "a raid".to_owned(),
        }),
        Event::CellsRestored(CellsRestored {
            round: ROUND,
            cells: vec![
                restored(2, content(7, Some("ann"), 4)),
                restored(3, content(0, None, 0)),
            ],
            by: Some(player("mod")),
            reason: "not rude".to_owned(),
        }),
        Event::CanvasUnlocked(CanvasUnlocked {
            by: None,
            reason: String::new(),
        }),
    ]
}

fn after_the_expansion() -> Vec<Event> {
    vec![
        Event::CanvasExpanded(CanvasExpanded {
            round: ROUND,
            size: LAST,
        }),
        Event::PaletteExtended(PaletteExtended {
            round: ROUND,
            colors: colors().1,
        }),
        made("cai", 9, 5, 15),
        made("ann", 9, 5, 14),
        Event::CooldownChanged(CooldownChanged {
            round: ROUND,
            cooldown: CooldownRule {
                max_charges: 3,
                regain_ms: 100,
            },
        }),
        Event::PlayerBanned(PlayerBanned {
            player: player("bob"),
            until: Some(UnixMs(1_650_000_000_000)),
            by: Some(player("mod")),
            reason: "rude".to_owned(),
        }),
        Event::PlayerUnbanned(PlayerUnbanned {
            player: player("bob"),
            by: None,
            reason: "enough".to_owned(),
        }),
        made("bob", 99, 99, 1),
        erased(9, 5, 1, 1, Some("mod")),
        Event::RoundClosed(RoundClosed { round: ROUND }),
        made("bob", 0, 0, 1),
    ]
}

/// The first round and another one.
pub(super) fn two_rounds() -> Vec<Event> {
    let mut events = first_round_events(Some(Mask::new((0..35).map(|cell| cell != 8))));
    let round = RoundId(2);
    let mut second = first_round_events(None);
    second.truncate(5);
    for event in &mut second {
        event.set_round(round);
        event.renumber_versions(|version| {
            Some(match version {
                Version::ZERO => version,
                named => named.plus(20),
            })
        });
    }
    events.extend(second);
    events
}

/// Appends events, half a second apart, two at each moment.
pub(super) async fn fill(store: &dyn EventStore, events: Vec<Event>) {
    for (number, event) in (0u64..).zip(events) {
        let append = Append {
            id: EventId::derive(&[b"a log with everything", &number.to_le_bytes()]),
            guard: Guard::None,
            at: UnixMs(1_649_007_502_250 + i64::try_from(number / 2).unwrap() * 500),
            event,
        };
        store.append(append).await.unwrap();
    }
}

/// What a round came to: the colours of its cells, and for each cell everything that set it: when,
/// to which colour, and who, as the number in the order of first appearance.
#[derive(Debug, PartialEq)]
pub(super) struct RoundHistory {
    colors: Vec<Option<Rgb>>,
    cells: BTreeMap<u32, Vec<(UnixMs, Rgb, usize)>>,
}

/// The history of the newest round up to its end.
pub(super) fn history(events: &[Recorded], round: RoundId) -> RoundHistory {
    let mut field: Option<Field> = None;
    let mut cells: BTreeMap<u32, Vec<_>> = BTreeMap::new();
    let mut acting: Vec<Option<PlayerId>> = Vec::new();
    for recorded in events {
        if let Event::RoundOpened(opened) = &recorded.event
            && opened.round == round
        {
            field = Field::opened(opened);
        }
        let Some(field) = &mut field else { continue };
        let before = field.grid.size();
        let changes = match field.apply(&recorded.event) {
            FieldChange::Cell(change) => vec![change],
            FieldChange::Cells(changes) => changes,
            FieldChange::None
            | FieldChange::Closed
            | FieldChange::Expanded { .. }
            | FieldChange::PaletteExtended => Vec::new(),
        };
        for change in changes {
            // Indexes of the last size, so that they stay comparable.
            let cell = before.cell_at(change.index).unwrap();
            let index = LAST.index_of(cell).unwrap();
            let who = recorded.event.painter();
            let number = acting.iter().position(|known| *known == who);
            let number = number.unwrap_or_else(|| {
                acting.push(who);
                acting.len() - 1
            });
            let color = field.palette.colors()[usize::from(change.color.0)];
            let entry = (recorded.at, color, number);
            cells.entry(index).or_default().push(entry);
        }
    }
    let field = field.unwrap();
    let rgb = |color: &u8| field.palette.colors().get(usize::from(*color)).copied();
    RoundHistory {
        colors: field.grid.cells().iter().map(rgb).collect(),
        cells,
    }
}
