//! Logs to fold: written by hand, and generated.

use event_store::event::{
    Announced, CanvasExpanded, CanvasLocked, CanvasUnlocked, CellContent, CellsRestored,
    CooldownChanged, PaletteExtended, PlacementMade, PlacementUndone, PlayerBanned, PlayerUnbanned,
    RegionErased, RegionProtected, RegionUnprotected, RestoredCell, RoundClosed, RoundOpened, Size,
};
use event_store::{
    Cell, CooldownRule, Event, EventId, Mask, Palette, PaletteIndex, PlayerId, ReadError, Recorded,
    Region, Rgb, RoundId, UnixMs, Version,
};
use projections::{Applied, Canvas, LogPages};
use proptest::prelude::*;

pub(crate) const START: i64 = 1_700_000_000_000;

pub(crate) fn player(number: u64) -> PlayerId {
    PlayerId::from_bits(number)
}

pub(crate) fn size(width: u16, height: u16) -> Size {
    Size::new(width, height).expect("lawful size")
}

pub(crate) fn palette(colors: u8) -> Palette {
    Palette::new((0..colors).map(|n| Rgb([n, n, n])).collect()).expect("lawful palette")
}

pub(crate) fn opened(round: u32, size: Size) -> RoundOpened {
    RoundOpened {
        round: RoundId(round),
        size,
        palette: palette(8),
        background: PaletteIndex(7),
        cooldown: CooldownRule {
            max_charges: 3,
            regain_ms: 1_000,
        },
        mask: None,
        title: format!("round {round}"),
    }
}

pub(crate) fn placed(round: u32, by: u64, cell: (u16, u16), color: u8) -> Event {
    Event::PlacementMade(PlacementMade {
        round: RoundId(round),
        player: player(by),
        cell: Cell::new(cell.0, cell.1),
        color: PaletteIndex(color),
    })
}

pub(crate) fn closed(round: u32) -> Event {
    Event::RoundClosed(RoundClosed {
        round: RoundId(round),
    })
}

/// A log in memory, and the canvas at its head.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<Recorded>,
    pub(crate) canvas: Canvas,
}

impl Log {
    /// A log that begins with the opening of round 1.
    pub(crate) fn with_round(size: Size) -> Self {
        let mut log = Self::default();
        log.append(Event::RoundOpened(opened(1, size)));
        log
    }

    /// Appends an event 100 ms after the one before.
    pub(crate) fn append(&mut self, event: Event) -> Applied {
        let at = UnixMs(START + 100 * self.events.len() as i64);
        self.append_at(at, event)
    }

    pub(crate) fn append_at(&mut self, at: UnixMs, event: Event) -> Applied {
        let version = self.canvas.version().next();
        let applied = self
            .canvas
            .apply(version, at, &event)
            .expect("the next version");
        let id = EventId::derive(&[&version.0.to_le_bytes()]);
        self.events.push(Recorded {
            version,
            at,
            id,
            event,
        });
        applied
    }

    /// The canvas after the first `events` of the log.
    pub(crate) fn canvas_after(&self, events: usize) -> Canvas {
        advanced(Canvas::new(), &self.events[..events])
    }
}

/// The canvas with further events.
pub(crate) fn advanced(mut canvas: Canvas, events: &[Recorded]) -> Canvas {
    for recorded in events {
        let applied = canvas.apply(recorded.version, recorded.at, &recorded.event);
        applied.expect("the next version");
    }
    canvas
}

/// Each event of a log with the canvas before it, what applying it changed, and the canvas after
/// it.
pub(crate) fn replay(events: &[Recorded], mut each: impl FnMut(&Recorded, &Applied, &Canvas)) {
    let mut canvas = Canvas::new();
    for recorded in events {
        let applied = canvas.apply(recorded.version, recorded.at, &recorded.event);
        each(recorded, &applied.expect("the next version"), &canvas);
    }
}

#[async_trait::async_trait]
impl LogPages for Log {
    async fn page(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let skipped = usize::try_from(from.0.saturating_sub(1)).expect("a short log");
        // Short pages, so that every reader has to ask more than once.
        let page = self.events.iter().skip(skipped).take(limit.min(7));
        Ok(page.cloned().collect())
    }

    async fn newest(&self) -> Result<Version, ReadError> {
        Ok(self.canvas.version())
    }
}

/// One event to be, in numbers whose meaning depends on where it stands: most make sense, some do
/// not.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    kind: u8,
    wait_ms: i64,
    who: u64,
    at: (u16, u16),
    extent: (u16, u16),
    color: u8,
    is_of_another_round: bool,
    bits: u8,
}

pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (
        0u8..40,
        -50i64..900,
        1u64..5,
        (0u16..8, 0u16..7),
        (0u16..5, 0u16..5),
        0u8..10,
        proptest::bool::weighted(0.05),
        any::<u8>(),
    );
    let step = step.prop_map(
        |(kind, wait_ms, who, at, extent, color, is_of_another_round, bits)| Step {
            kind,
            wait_ms,
            who,
            at,
            extent,
            color,
            is_of_another_round,
            bits,
        },
    );
    proptest::collection::vec(step, 1..most)
}

/// The log of some steps, after the opening of a round.
pub(crate) fn log_of(steps: &[Step]) -> Log {
    let mut log = Log::with_round(size(6, 5));
    let mut at = UnixMs(START);
    for step in steps {
        at = at.plus_ms(step.wait_ms);
        let event = event_of(step, &log);
        log.append_at(at, event);
    }
    log
}

pub(crate) fn logs(most: usize) -> impl Strategy<Value = Log> {
    steps(most).prop_map(|steps| log_of(&steps))
}

fn event_of(step: &Step, log: &Log) -> Event {
    let current = log.canvas.round().expect("the log begins with a round");
    let round = RoundId(current.round.0 + u32::from(step.is_of_another_round));
    let by = Some(player(9));
    let reason = "because".to_owned();
    match step.kind {
        0 => Event::RoundClosed(RoundClosed { round }),
        1 | 2 => Event::RoundOpened(next_round(step, RoundId(round.0 + 1))),
        3 => Event::CanvasExpanded(CanvasExpanded {
            round,
            size: Size {
                width: current.size.width + step.extent.0 / 2,
                height: (current.size.height + step.extent.1 / 2)
                    .saturating_sub(u16::from(step.bits) / 200),
            },
        }),
        4 => Event::PaletteExtended(PaletteExtended {
            round,
            colors: vec![Rgb([255, step.bits, step.color])],
        }),
        5 => Event::CooldownChanged(CooldownChanged {
            round,
            cooldown: rule_of(step),
        }),
        6..8 => Event::RegionErased(RegionErased {
            round,
            region: region_of(step),
            color: PaletteIndex(step.color),
            by,
            reason,
        }),
        8..10 => Event::CellsRestored(CellsRestored {
            round,
            cells: restored_cells(step, log),
            by,
            reason,
        }),
        10..16 => moderation(step, round, (by, reason), log),
        16..22 => undo_of(step, round, log),
        _ => Event::PlacementMade(PlacementMade {
            round,
            player: player(step.who),
            cell: Cell::new(step.at.0, step.at.1),
            color: PaletteIndex(step.color),
        }),
    }
}

fn next_round(step: &Step, round: RoundId) -> RoundOpened {
    let size = size(step.extent.0 + 4, step.extent.1 + 3);
    let bits = step.bits;
    let mask = Mask::new((0..size.cells()).map(|cell| (bits >> (cell % 8)) & 1 == 1));
    RoundOpened {
        background: PaletteIndex(step.color),
        mask: bits.is_multiple_of(3).then_some(mask),
        cooldown: rule_of(step),
        ..opened(round.0, size)
    }
}

fn rule_of(step: &Step) -> CooldownRule {
    CooldownRule {
        max_charges: step.extent.0,
        regain_ms: u32::from(step.bits) * 10,
    }
}

fn region_of(step: &Step) -> Region {
    Region {
        x: step.at.0,
        y: step.at.1,
        width: step.extent.0,
        height: step.extent.1,
    }
}

fn restored_cells(step: &Step, log: &Log) -> Vec<RestoredCell> {
    let newest = log.canvas.version().0;
    let restored = |cell| RestoredCell {
        cell,
        content: CellContent {
            color: PaletteIndex(step.color),
            author: step.bits.is_multiple_of(2).then_some(player(step.who + 10)),
            version: Version((newest + 2).saturating_sub(u64::from(step.bits % 16))),
        },
    };
    region_of(step).cells().map(restored).collect()
}

fn moderation(
    step: &Step,
    round: RoundId,
    (by, reason): (Option<PlayerId>, String),
    log: &Log,
) -> Event {
    let player = player(step.who);
    let until = Some(UnixMs(START + i64::from(step.bits) * 100));
    let until = until.filter(|_| step.bits.is_multiple_of(2));
    match step.kind {
        10 | 11 => Event::PlayerBanned(PlayerBanned {
            player,
            until,
            by,
            reason,
        }),
        12 if step.bits < 128 => Event::RegionProtected(RegionProtected {
            round,
            region: region_of(step),
            by,
            reason,
        }),
        12 => Event::RegionUnprotected(RegionUnprotected {
            round,
            protection: Version(log.canvas.version().0.saturating_sub(step.bits.into())),
            by,
            reason,
        }),
        13 if step.bits < 128 => Event::PlayerUnbanned(PlayerUnbanned { player, by, reason }),
        13 => Event::Announced(Announced {
            text: reason,
            until,
            by,
        }),
        14 => Event::CanvasLocked(CanvasLocked { by, reason }),
        _ => Event::CanvasUnlocked(CanvasUnlocked { by, reason }),
    }
}

/// The undo of a recent placement, when there is one.
fn undo_of(step: &Step, round: RoundId, log: &Log) -> Event {
    let recent = log.events.iter().rev().skip(usize::from(step.bits % 4));
    let mut placements = recent.filter_map(|recorded| {
        let Event::PlacementMade(made) = &recorded.event else {
            return None;
        };
        Some((recorded.version, *made))
    });
    let placement = placements.next();
    let (placement, by, cell) = match placement {
        Some((version, made)) => (version, made.player, made.cell),
        None => (
            Version(3),
            player(step.who),
            Cell::new(step.at.0, step.at.1),
        ),
    };
    Event::PlacementUndone(PlacementUndone {
        round,
        player: by,
        placement,
        cell,
        restored: CellContent {
            color: PaletteIndex(step.color),
            author: step.bits.is_multiple_of(2).then_some(player(step.who)),
            version: Version(placement.0.saturating_sub(u64::from(step.bits % 8))),
        },
    })
}
