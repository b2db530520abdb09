//! How many seats there are under load.

use std::time::{Duration, Instant};

use event_store::UnixMs;
use tokio_util::sync::CancellationToken;

use super::SeatKeeper;
use crate::live::LiveCanvas;

/// How often the load is measured.
const MEASURE_EVERY: Duration = Duration::from_secs(1);

/// How many measurements in a row must be too high before seats are taken away: a single slow
/// second is a log being synced or a neighbour on the machine.
const MEASUREMENTS_TO_SHED: u32 = 5;

/// The least seats under load, as a part of all: somebody can always play.
const LEAST_PART: u32 = 10;

/// What a gateway may be asked to bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// Bytes a second to all sockets together.
    pub max_bytes_per_s: u64,
    /// How late a timer of the asynchronous runtime, or a pass over all sockets, may be.
    pub max_lag: Duration,
}

/// A second of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load {
    bytes_per_s: u64,
    lag: Duration,
}

/// How many seats there are, by the load: a tenth fewer than are taken for every second of too much
/// of it, a fiftieth of all more for every second without (additive increase, multiplicative
/// decrease, as in RFC 5681, section 3.1).
#[derive(Debug)]
struct Capacity {
    limits: LoadLimits,
    max_players: u32,
    seats: u32,
    high: u32,
}

impl Capacity {
    fn new(max_players: u32, limits: LoadLimits) -> Self {
        Self {
            limits,
            max_players,
            seats: max_players,
            high: 0,
        }
    }

    /// The seats after another measurement, while `playing` are taken.
    fn after(&mut self, load: Load, playing: u32) -> u32 {
        let is_high =
            load.bytes_per_s > self.limits.max_bytes_per_s || load.lag > self.limits.max_lag;
        self.high = match is_high {
            true => self.high.saturating_add(1),
            false => 0,
        };
        if self.high >= MEASUREMENTS_TO_SHED {
            let taken = u64::from(self.seats.min(playing));
            let fewer = u32::try_from(taken * 9 / 10).unwrap_or(u32::MAX);
            self.seats = fewer.max(self.max_players / LEAST_PART).max(1);
        } else if !is_high {
            let more = (self.max_players / 50).max(1);
            self.seats = self.seats.saturating_add(more).min(self.max_players);
        }
        self.seats
    }
}

/// Measures the load until cancelled, and sets the number of seats by it.
pub async fn watch_load(
    live: &LiveCanvas,
    seats: &SeatKeeper,
    max_players: u32,
    limits: LoadLimits,
    cancelled: CancellationToken,
) {
    let mut capacity = Capacity::new(max_players, limits);
    let mut seats_before = max_players;
    let mut bytes_before = live.feed().fanout().stats().bytes;
    loop {
        let begun = Instant::now();
        let slept = cancelled.run_until_cancelled(tokio::time::sleep(MEASURE_EVERY));
        if slept.await.is_none() {
            return;
        }
        let elapsed = begun.elapsed();
        let stats = live.feed().fanout().stats();
        let bytes = stats.bytes.saturating_sub(bytes_before);
        bytes_before = stats.bytes;
        let load = Load {
            bytes_per_s: (bytes as f64 / elapsed.as_secs_f64()) as u64,
            lag: stats.last_pass.max(elapsed.saturating_sub(MEASURE_EVERY)),
        };
        let now_seats = capacity.after(load, seats.playing());
        if now_seats != seats_before {
            seats.set_capacity(now_seats, UnixMs::now());
            tracing::info!(seats = now_seats, "the load changed the number of seats");
            seats_before = now_seats;
        }
        metrics::gauge!("canvas_seats").set(f64::from(now_seats));
        metrics::gauge!("canvas_loop_lag_seconds").set(load.lag.as_secs_f64());
        metrics::gauge!("canvas_feed_bytes_per_second").set(load.bytes_per_s as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Load = Load {
        bytes_per_s: 10,
        lag: Duration::ZERO,
    };
    const BUSY: Load = Load {
        bytes_per_s: 2_000,
        lag: Duration::ZERO,
    };
    const LATE: Load = Load {
        bytes_per_s: 10,
        lag: Duration::from_secs(1),
    };

    fn capacity(max_players: u32) -> Capacity {
        let limits = LoadLimits {
            max_bytes_per_s: 1_000,
            max_lag: Duration::from_millis(500),
        };
        Capacity::new(max_players, limits)
    }

    #[test]
    fn a_single_slow_second_takes_no_seat() {
        let mut capacity = capacity(100);
        for load in [BUSY, BUSY, LATE, LATE, CALM, BUSY, CALM] {
            assert_eq!(capacity.after(load, 100), 100);
        }
    }

    #[test]
    fn seats_shrink_while_the_load_lasts_and_come_back_after_it() {
        let mut capacity = capacity(100);
        let mut seats = 100;
        for _ in 0..MEASUREMENTS_TO_SHED {
            seats = capacity.after(BUSY, 50);
        }
        assert_eq!(seats, 45, "a tenth fewer than are taken");
        assert_eq!(capacity.after(LATE, 45), 40);
        for _ in 0..100 {
            seats = capacity.after(LATE, 0);
        }
        assert_eq!(seats, 10, "never fewer than a tenth");
        assert_eq!(capacity.after(CALM, 0), 12);
        for _ in 0..100 {
            seats = capacity.after(CALM, 0);
        }
        assert_eq!(seats, 100);
    }

    #[test]
    fn the_last_seat_stays() {
        let mut capacity = capacity(2);
        for _ in 0..20 {
            capacity.after(LATE, 2);
        }
        assert_eq!(capacity.after(LATE, 0), 1);
    }
}
