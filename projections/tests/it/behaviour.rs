//! What the fold of behaviour knows of players.

use event_store::event::PlacementMade;
use event_store::{Cell, Event, PaletteIndex, PlayerId, RoundId, UnixMs, Version};
use projections::behaviour::{LEAST_INTERVALS, MAX_INTERVAL_MS};
use projections::canvas::Applied;
use projections::{Behaviour, Canvas};

use crate::support::{opened, size};

const HOUR_MS: i64 = 3_600_000;

/// The start of an hour.
const START: UnixMs = UnixMs(1_800_000_000_000);

const ADA: PlayerId = PlayerId::from_bits(1);

/// A canvas with a round, beside which behaviour is folded.
struct Folded {
    canvas: Canvas,
    behaviour: Behaviour,
}

impl Folded {
    fn new(limit: usize) -> Self {
        let mut canvas = Canvas::new();
        let round = Event::RoundOpened(opened(1, size(500, 500)));
        canvas
            .apply(Version(1), START, &round)
            .expect("the first event");
        Self {
            canvas,
            behaviour: Behaviour::with_limit(limit),
        }
    }

    fn place(&mut self, player: PlayerId, x: u16, y: u16, at: UnixMs) {
        let version = self.canvas.version().next();
        let event = Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player,
            cell: Cell::new(x, y),
            color: PaletteIndex(1),
        });
        let applied = self.canvas.apply(version, at, &event);
        let applied = applied.expect("the next event");
        self.behaviour.record(at, &event, &applied);
    }

    fn risk(&self, player: PlayerId, now: UnixMs) -> u8 {
        let known = self.behaviour.of(player, now);
        known.expect("a player who placed").risk()
    }
}

#[test]
fn pace_is_told_without_pauses_and_batches() {
    let mut folded = Folded::new(9);
    let pauses = [0, 1_000, 0, 3_000, i64::from(MAX_INTERVAL_MS) + 1, 2_000];
    let mut at = START;
    for (number, pause) in pauses.into_iter().enumerate() {
        at = at.plus_ms(pause);
        folded.place(ADA, 7 * number as u16, 0, at);
    }
    let known = folded.behaviour.of(ADA, at).unwrap();
    assert_eq!((known.placements, known.intervals), (6, 3));
    assert_eq!(known.mean_interval_ms, 2_000.0);
    let variance = 2.0 * 1_000.0 * 1_000.0 / 3.0;
    assert!((known.interval_deviation_ms - f64::sqrt(variance)).abs() < 1e-6);
    assert_eq!(known.last_at, at);
    assert_eq!(known.risk(), 0, "too little is known");
    assert_eq!(folded.behaviour.of(PlayerId::from_bits(2), at), None);
}

#[test]
fn hours_are_those_of_the_last_day() {
    let mut folded = Folded::new(9);
    for hour in 0..30 {
        folded.place(ADA, hour as u16, 0, START.plus_ms(hour * HOUR_MS + 5));
    }
    let hours_at = |hours: i64| {
        let now = START.plus_ms(hours * HOUR_MS);
        folded.behaviour.of(ADA, now).unwrap().active_hours
    };
    assert_eq!(hours_at(29), 24);
    assert_eq!(hours_at(30), 23);
    assert_eq!(hours_at(40), 13);
    assert_eq!(hours_at(52), 1);
    assert_eq!(hours_at(53), 0);
    assert_eq!(hours_at(10_000_000), 0);
}

#[test]
fn a_raster_is_known_by_its_rows_wherever_they_begin() {
    let mut folded = Folded::new(9);
    for number in 0..100 {
        let (x, y) = (40 + number % 10, 40 + number / 10);
        folded.place(ADA, x, y, START.plus_ms(i64::from(number)));
    }
    let known = folded.behaviour.of(ADA, START).unwrap();
    assert_eq!(known.raster_share, 0.99, "all but the first");
    let bob = PlayerId::from_bits(2);
    for number in 0..100 {
        let (x, y) = (number * 37 % 101, number * 59 % 103);
        folded.place(bob, x, y, START.plus_ms(i64::from(number)));
    }
    assert!(folded.behaviour.of(bob, START).unwrap().raster_share < 0.1);
}

#[test]
fn a_clock_that_goes_back_harms_nothing() {
    let mut folded = Folded::new(9);
    folded.place(ADA, 0, 0, START);
    folded.place(ADA, 1, 0, START.plus_ms(-5 * HOUR_MS));
    folded.place(ADA, 2, 0, UnixMs(i64::MIN / 2));
    let known = folded.behaviour.of(ADA, START).unwrap();
    assert_eq!((known.placements, known.intervals), (3, 0));
    assert_eq!((known.active_hours, known.last_at), (1, START));
}

#[test]
fn a_script_scores_more_than_a_person() {
    let mut folded = Folded::new(9);
    let (script, person) = (ADA, PlayerId::from_bits(2));
    let mut at = START;
    for number in 0..5_000_u32 {
        at = at.plus_ms(20_000);
        let (x, y) = (number % 100, number / 100);
        folded.place(script, x as u16, y as u16, at);
        // Somebody who is there for an hour, at a pace of their own.
        if number < 180 && number * number % 7 < 4 {
            let (x, y) = (number * 37 % 400, number * 59 % 400);
            folded.place(person, x as u16, y as u16, at);
        }
    }
    assert_eq!(folded.risk(script, at), 100);
    let known = folded.behaviour.of(person, at).unwrap();
    assert!(known.intervals >= LEAST_INTERVALS, "{known:?}");
    assert!(known.risk() < 40, "{known:?}");
    let riskiest = folded.behaviour.riskiest(1, at);
    assert_eq!(riskiest[0].0, script);
    assert_eq!(riskiest.len(), 1);
}

#[test]
fn the_quietest_are_forgotten_beyond_the_limit() {
    let mut folded = Folded::new(8);
    for number in 1..=100 {
        let player = PlayerId::from_bits(number);
        let at = START.plus_ms(number as i64);
        folded.place(player, number as u16, 0, at);
        folded.place(ADA, number as u16, 1, at);
        assert!(folded.behaviour.player_count() <= 8);
    }
    assert!(folded.behaviour.of(ADA, START).is_some(), "never quiet");
    assert!(
        folded
            .behaviour
            .of(PlayerId::from_bits(100), START)
            .is_some()
    );
    assert!(folded.behaviour.of(PlayerId::from_bits(2), START).is_none());
}

#[test]
fn what_changed_nothing_does_not_count() {
    let mut behaviour = Behaviour::default();
    let event = Event::PlacementMade(PlacementMade {
        round: RoundId(1),
        player: ADA,
        cell: Cell::new(0, 0),
        color: PaletteIndex(1),
    });
    behaviour.record(START, &event, &Applied::Ignored);
    assert_eq!(behaviour.player_count(), 0);
}

#[test]
fn placements_are_counted_for_the_newest_round_of_each_player() {
    const BOB: PlayerId = PlayerId::from_bits(2);
    let mut folded = Folded::new(9);
    for x in 0..3 {
        folded.place(ADA, x, 0, START.plus_ms(i64::from(x)));
    }
    folded.place(BOB, 9, 9, START);
    let (first, second) = (RoundId(1), RoundId(2));
    let behaviour = &folded.behaviour;
    assert_eq!(behaviour.busiest(first, 9), [(ADA, 3), (BOB, 1)]);
    assert_eq!(behaviour.busiest(first, 1), [(ADA, 3)]);
    assert_eq!(behaviour.placements_in(first, ADA), 3);
    let totals = behaviour.totals(first);
    assert_eq!((totals.players, totals.placements), (2, 4));

    let version = folded.canvas.version().next();
    let round = Event::RoundOpened(opened(2, size(500, 500)));
    let applied = folded.canvas.apply(version, START, &round);
    let applied = applied.expect("the next event");
    folded.behaviour.record(START, &round, &applied);
    let version = version.next();
    let event = Event::PlacementMade(PlacementMade {
        round: second,
        player: ADA,
        cell: Cell::new(1, 1),
        color: PaletteIndex(1),
    });
    let applied = folded.canvas.apply(version, START, &event);
    let applied = applied.expect("the next event");
    folded.behaviour.record(START, &event, &applied);
    assert_eq!(folded.behaviour.placements_in(second, ADA), 1);
    assert_eq!(folded.behaviour.placements_in(first, ADA), 0);
    assert_eq!(folded.behaviour.busiest(first, 9), [(BOB, 1)]);
    assert!(
        folded
            .behaviour
            .of(ADA, START)
            .is_some_and(|known| known.placements == 4)
    );
}
