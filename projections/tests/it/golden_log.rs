//! The logs of the golden files. They are made by sums, so that they are the same forever.

use event_store::event::{
    CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored, CooldownChanged,
    PaletteExtended, PlacementUndone, PlayerBanned, PlayerUnbanned, RegionErased, RestoredCell,
    RoundOpened,
};
use event_store::{
    Cell, CooldownRule, Event, EventId, Mask, PaletteIndex, Recorded, Region, Rgb, RoundId, UnixMs,
    Version,
};
use projections::Field;
use projections::history::Keyframe;

use crate::support::{START, closed, opened, placed, player, size};

/// The first version of the segment that goes on from a keyframe.
pub(crate) const FIRST: Version = Version(1_000_001);

/// The pseudonyms given out before it: of the players 1001, 1002, ….
pub(crate) const GIVEN: u32 = 1_200;

/// The round of the segment that goes on from a keyframe.
const ROUND: u32 = 4;

struct Log {
    events: Vec<Recorded>,
    next: Version,
    at: i64,
    seed: u32,
}

impl Log {
    fn beginning_at(first: Version) -> Self {
        Self {
            events: Vec::new(),
            next: first,
            at: START,
            seed: 5,
        }
    }

    fn append(&mut self, distance_ms: i64, event: Event) {
        self.at += distance_ms;
        self.events.push(Recorded {
            version: self.next,
            at: UnixMs(self.at),
            id: EventId::derive(&[&self.next.0.to_le_bytes()]),
            event,
        });
        self.next = self.next.next();
    }

    /// A number below `end`: the upper bits of Knuth's MMIX generator, cut to 32 bits.
    fn number_below(&mut self, end: u32) -> u32 {
        self.seed = self
            .seed
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        ((u64::from(self.seed) * u64::from(end)) >> 32) as u32
    }

    /// Placements of a crowd, most of them on two tiles, where more players come and go than a
    /// tile's list holds.
    fn append_crowd(&mut self, round: u32, count: u32, players: u64) {
        for _ in 0..count {
            let is_far = self.number_below(5) == 0;
            let (width, height) = if is_far { (90, 60) } else { (40, 20) };
            let cell = (
                self.number_below(width) as u16,
                self.number_below(height) as u16,
            );
            let by = players + u64::from(self.number_below(100));
            let color = self.number_below(8) as u8;
            let distance = i64::from(self.number_below(300)) - 20;
            self.append(distance, placed(round, by, cell, color));
        }
    }
}

/// A round whose canvas has cells that are not open. Its mask is a zstd frame of one block that is
/// stored as it is (RFC 8878, section 3.1.1): no compressor decides about the event's bytes.
fn masked(round: u32) -> RoundOpened {
    let size = size(90, 60);
    let is_open = |cell: usize| u8::from(cell % 11 != 3);
    let byte = |at: usize| (0..8).fold(0, |byte, bit| byte | is_open(8 * at + bit) << bit);
    let bits: Vec<u8> = (0..size.cells() / 8).map(byte).collect();
    let (content, block) = ((bits.len() as u16 - 256), (bits.len() as u32) << 3 | 1);
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x60];
    frame.extend(content.to_le_bytes());
    frame.extend(&block.to_le_bytes()[..3]);
    frame.extend(bits);
    let mask: Mask = serde_json::from_value(serde_json::json!(frame)).expect("bytes");
    RoundOpened {
        mask: Some(mask),
        title: "Зима ❄".to_owned(),
        ..opened(round, size)
    }
}

/// The first round of a log, from its opening to the opening of the next one.
pub(crate) fn opening_log() -> Vec<Recorded> {
    let mut log = Log::beginning_at(Version(1));
    log.append(0, Event::RoundOpened(masked(1)));
    log.append_crowd(1, 40, 1);
    log.append(60_000, closed(1));
    log.append(1, Event::RoundOpened(opened(2, size(8, 8))));
    log.events
}

/// The canvas before the segment that goes on.
pub(crate) fn before() -> Keyframe {
    let mut field = Field::opened(&masked(ROUND)).expect("a lawful round");
    for number in 0..200u16 {
        let cell = (number * 7 % 90, number * 13 % 60);
        field.apply(&placed(ROUND, 1, cell, (number % 8) as u8));
    }
    Keyframe {
        version: Version(FIRST.0 - 1),
        at: UnixMs(START - 5),
        field,
    }
}

/// Every kind of event between two crowds, up to the opening of the next round.
pub(crate) fn middle_log() -> Vec<Recorded> {
    let mut log = Log::beginning_at(FIRST);
    log.append_crowd(ROUND, 700, 2_150);
    append_every_kind(&mut log);
    log.append_crowd(ROUND, 300, 2_190);
    // Breaks a rule: a round of that number cannot follow.
    log.append(-86_400_000, Event::RoundOpened(opened(9, size(8, 8))));
    log.append(1 << 46, closed(ROUND));
    log.append(1, placed(ROUND, 2_150, (1, 1), 1));
    log.append(
        -(1 << 46),
        Event::RoundOpened(opened(ROUND + 1, size(8, 8))),
    );
    log.events
}

fn append_every_kind(log: &mut Log) {
    append_cell_changes(log);
    append_moderation(log);
    let round = RoundId(ROUND);
    let cooldown = CooldownRule {
        max_charges: 6,
        regain_ms: 5_000,
    };
    let colors = vec![Rgb([255, 0, 0]), Rgb([0, 255, 1])];
    log.append(
        70_000,
        Event::CooldownChanged(CooldownChanged { round, cooldown }),
    );
    log.append(
        9,
        Event::CanvasExpanded(CanvasExpanded {
            round,
            size: size(120, 61),
        }),
    );
    log.append(9, Event::PaletteExtended(PaletteExtended { round, colors }));
    log.append(9, placed(ROUND, 2_149, (119, 60), 9));
    // Without effect: of another round, outside, not open.
    log.append(9, placed(ROUND - 1, 2_148, (1, 1), 1));
    log.append(9, placed(ROUND, 2_148, (120, 0), 1));
    log.append(9, placed(ROUND, 6_000, (3, 0), 1));
}

fn append_cell_changes(log: &mut Log) {
    let (round, reason) = (RoundId(ROUND), "because".to_owned());
    let content = |color, author, version| CellContent {
        color: PaletteIndex(color),
        author,
        version: Version(version),
    };
    let undone = PlacementUndone {
        round,
        player: player(2_160),
        placement: Version(FIRST.0 + 3),
        cell: Cell::new(5, 5),
        restored: content(6, Some(player(1_003)), FIRST.0 - 50),
    };
    let erased = RegionErased {
        round,
        region: Region {
            x: 30,
            y: 10,
            width: 70,
            height: 9,
        },
        color: PaletteIndex(2),
        by: Some(player(77)),
        reason: reason.clone(),
    };
    let cells = [(2, 2), (3, 0), (89, 59), (200, 200)];
    let cells = cells
        .into_iter()
        .zip(0u8..)
        .map(|((x, y), color)| RestoredCell {
            cell: Cell::new(x, y),
            content: content(
                color,
                (color > 0).then(|| player(5_000)),
                u64::from(color) * 999_000,
            ),
        });
    let cells = cells.collect();
    log.append(5, Event::PlacementUndone(undone));
    log.append(-400, Event::RegionErased(erased));
    log.append(
        0,
        Event::CellsRestored(CellsRestored {
            round,
            cells,
            by: None,
            reason,
        }),
    );
}

fn append_moderation(log: &mut Log) {
    let (player, by, reason) = (player(2_151), Some(player(77)), "because".to_owned());
    let banned = PlayerBanned {
        player,
        until: Some(UnixMs(START + 1_000_000)),
        by,
        reason: reason.clone(),
    };
    let unbanned = PlayerUnbanned {
        player,
        by,
        reason: reason.clone(),
    };
    let locked = CanvasLocked {
        by,
        reason: reason.clone(),
    };
    log.append(1, Event::PlayerBanned(banned));
    log.append(1, Event::PlayerUnbanned(unbanned));
    log.append(1, Event::CanvasLocked(locked));
    log.append(
        1,
        Event::CanvasUnlocked(CanvasUnlocked { by: None, reason }),
    );
}
