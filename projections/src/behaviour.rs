//! How each player places: what tells a script from a person, for moderators to look at.
//!
//! None of it proves anything: a person may be regular and a script may not. The numbers are told
//! to moderators, and a score of them ([`Statistics::risk`]) may ask for a proof of work.

use std::collections::HashMap;

use event_store::{Cell, Event, PlayerId, RoundId, UnixMs};

use crate::canvas::Applied;

/// The most players that are remembered, some 10 MB. Beyond, a quarter is forgotten: those whose
/// last placement is the longest ago.
pub const MAX_PLAYERS: usize = 1 << 16;

/// An interval longer than this is a pause, and says nothing of the pace: milliseconds.
pub const MAX_INTERVAL_MS: u32 = 600_000;

/// The fewest intervals that a score is made of: fewer are regular by chance.
pub const LEAST_INTERVALS: u32 = 50;

/// Milliseconds in an hour.
const HOUR_MS: i64 = 3_600_000;

/// How many hours are looked back.
const HOURS: u32 = 24;

/// One bit for each of the last [`HOURS`].
const ALL_HOURS: u32 = (1 << HOURS) - 1;

/// How each player places: a fold of the placements, which keeps no list of them.
#[derive(Clone, Debug)]
pub struct Behaviour {
    players: HashMap<PlayerId, Track>,
    limit: usize,
}

/// What is remembered of one player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Track {
    placements: u32,
    intervals: u32,
    /// The sum of the intervals, in milliseconds.
    sum_ms: u64,
    /// The sum of their squares.
    squares_ms2: u128,
    /// In which hours the player placed: bit 0 is the hour of `last_at`, bit 1 the one before.
    hours: u32,
    last_at: UnixMs,
    last_cell: Cell,
    /// The column in which the row began that the player is going along.
    row_start: u16,
    /// How many placements came next in a raster.
    raster: u32,
    /// The round of the last placement.
    round: RoundId,
    /// How many placements were made in it.
    in_round: u32,
}

/// How much was placed in one round by the players who are remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTotals {
    /// How many of them placed in it.
    pub players: u64,
    /// Their placements, those that were taken back later included.
    pub placements: u64,
}

/// What is known of one player at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Placements since the player was first remembered.
    pub placements: u32,
    /// How many intervals between placements the next two are made of: those of 1 ms to
    /// [`MAX_INTERVAL_MS`], so neither pauses nor the placements of one batch.
    pub intervals: u32,
    /// Their mean, in milliseconds; 0 without any.
    pub mean_interval_ms: f64,
    /// Their standard deviation, in milliseconds; 0 without any.
    pub interval_deviation_ms: f64,
    /// In how many of the last 24 hours the player placed, 0 to 24. An hour begins where those of
    /// Unix time do.
    pub active_hours: u32,
    /// The share of placements that came next in a raster: one cell to the right of the last one,
    /// or one row below it, in the column where its row began. 0 to 1.
    pub raster_share: f64,
    /// When the last placement was made.
    pub last_at: UnixMs,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::with_limit(MAX_PLAYERS)
    }
}

impl Behaviour {
    /// Nobody yet; at most `limit` players will be remembered, 1 to [`MAX_PLAYERS`].
    pub fn with_limit(limit: usize) -> Self {
        Self {
            players: HashMap::new(),
            limit: limit.clamp(1, MAX_PLAYERS),
        }
    }

    /// Takes note of the next event, which was applied to the canvas.
    pub fn record(&mut self, at: UnixMs, event: &Event, applied: &Applied) {
        if let (Event::PlacementMade(made), Applied::Placed { .. }) = (event, applied) {
            self.record_placement(made.player, made.round, made.cell, at);
        }
    }

    fn record_placement(&mut self, player: PlayerId, round: RoundId, cell: Cell, at: UnixMs) {
        if let Some(track) = self.players.get_mut(&player) {
            track.go_on(cell, at);
            track.count_in(round);
            return;
        }
        if self.players.len() >= self.limit {
            self.forget_the_quietest();
        }
        self.players.insert(player, Track::begin(round, cell, at));
    }

    /// Forgets a quarter of the players. Which ones follows from the events alone.
    fn forget_the_quietest(&mut self) {
        let mut order: Vec<(UnixMs, PlayerId)> = self
            .players
            .iter()
            .map(|(player, track)| (track.last_at, *player))
            .collect();
        let kept_from = order.len().div_ceil(4).min(order.len() - 1);
        let (quiet, ..) = order.select_nth_unstable(kept_from);
        if quiet.is_empty() {
            self.players.clear();
        }
        for (_, player) in quiet {
            self.players.remove(player);
        }
    }

    /// What is known of `player` at `now`; none of somebody who has not placed, or long ago.
    pub fn of(&self, player: PlayerId, now: UnixMs) -> Option<Statistics> {
        self.players.get(&player).map(|track| track.at(now))
    }

    /// The players with the highest scores at `now`, at most `limit`, the highest first.
    pub fn riskiest(&self, limit: usize, now: UnixMs) -> Vec<(PlayerId, Statistics)> {
        let all = self.players.iter();
        let mut scored: Vec<(u8, PlayerId, Statistics)> = all
            .map(|(player, track)| {
                let statistics = track.at(now);
                (statistics.risk(), *player, statistics)
            })
            .filter(|(risk, ..)| *risk > 0)
            .collect();
        scored.sort_unstable_by_key(|(risk, player, _)| (std::cmp::Reverse(*risk), *player));
        scored.truncate(limit);
        scored
            .into_iter()
            .map(|(_, player, statistics)| (player, statistics))
            .collect()
    }

    /// How often `player` placed in `round`; 0 for somebody whose newest round is another.
    pub fn placements_in(&self, round: RoundId, player: PlayerId) -> u32 {
        let track = self.players.get(&player);
        let track = track.filter(|track| track.round == round);
        track.map_or(0, |track| track.in_round)
    }

    /// The players who placed most in `round`, at most `limit`, with how often; the most first.
    pub fn busiest(&self, round: RoundId, limit: usize) -> Vec<(PlayerId, u32)> {
        let all = self.players.iter();
        let in_round = all.filter(|(_, track)| track.round == round);
        let mut counts: Vec<(PlayerId, u32)> = in_round
            .map(|(player, track)| (*player, track.in_round))
            .collect();
        counts.sort_unstable_by_key(|(player, count)| (std::cmp::Reverse(*count), *player));
        counts.truncate(limit);
        counts
    }

    /// How much was placed in `round`.
    pub fn totals(&self, round: RoundId) -> RoundTotals {
        let all = self.players.values();
        let in_round = all.filter(|track| track.round == round);
        in_round.fold(RoundTotals::default(), |totals, track| RoundTotals {
            players: totals.players + 1,
            placements: totals.placements + u64::from(track.in_round),
        })
    }

    /// How many players are remembered.
    pub fn player_count(&self) -> usize {
        self.players.len()
    }
}

impl Track {
    fn begin(round: RoundId, cell: Cell, at: UnixMs) -> Self {
        Self {
            placements: 1,
            intervals: 0,
            sum_ms: 0,
            squares_ms2: 0,
            hours: 1,
            last_at: at,
            last_cell: cell,
            row_start: cell.x,
            raster: 0,
            round,
            in_round: 1,
        }
    }

    /// Counts one more placement in a round; the first one in another round begins anew.
    fn count_in(&mut self, round: RoundId) {
        let before = if self.round == round {
            self.in_round
        } else {
            0
        };
        self.round = round;
        self.in_round = before.saturating_add(1);
    }

    fn go_on(&mut self, cell: Cell, at: UnixMs) {
        self.placements = self.placements.saturating_add(1);
        let interval = u64::try_from(at.ms_since(self.last_at)).unwrap_or(0);
        if (1..=u64::from(MAX_INTERVAL_MS)).contains(&interval) && self.intervals < u32::MAX {
            self.intervals += 1;
            self.sum_ms += interval;
            self.squares_ms2 += u128::from(interval) * u128::from(interval);
        }
        let (last, row_start) = (self.last_cell, self.row_start);
        let is_right = cell.y == last.y && last.x.checked_add(1) == Some(cell.x);
        let is_below = cell.x == row_start && last.y.checked_add(1) == Some(cell.y);
        if is_right || is_below {
            self.raster = self.raster.saturating_add(1);
        }
        if !is_right {
            self.row_start = cell.x;
        }
        self.last_cell = cell;
        // An imported log may go back in time; the newest hour stays the newest.
        if at > self.last_at {
            self.hours = self.hours_at(at) | 1;
            self.last_at = at;
        }
    }

    /// The hours as they are seen at `now`.
    fn hours_at(&self, now: UnixMs) -> u32 {
        let passed = now.0.div_euclid(HOUR_MS) - self.last_at.0.div_euclid(HOUR_MS);
        match u32::try_from(passed) {
            Ok(passed) if passed < HOURS => self.hours << passed & ALL_HOURS,
            Ok(_) => 0,
            Err(_) => self.hours,
        }
    }

    fn at(&self, now: UnixMs) -> Statistics {
        let count = f64::from(self.intervals.max(1));
        let mean = self.sum_ms as f64 / count;
        let variance = (self.squares_ms2 as f64 / count - mean * mean).max(0.0);
        Statistics {
            placements: self.placements,
            intervals: self.intervals,
            mean_interval_ms: mean,
            interval_deviation_ms: variance.sqrt(),
            active_hours: self.hours_at(now).count_ones(),
            raster_share: f64::from(self.raster) / f64::from(self.placements.max(1)),
            last_at: self.last_at,
        }
    }
}

impl Statistics {
    /// How much this looks like a script, 0 to 100: 0 with fewer than [`LEAST_INTERVALS`]
    /// intervals, else the sum of
    ///
    /// * up to 40 for a steady pace: by the deviation of the intervals divided by their mean, all
    ///   at 0.05 or less, none at 0.5 or more;
    /// * up to 30 for never sleeping: none up to 12 active hours, all from 22 on;
    /// * up to 30 for a raster: none up to a share of 0.3, all from 0.9 on.
    ///
    /// The three signs are those that other canvases found to last; the weights are set so that no
    /// sign alone reaches 50.
    pub fn risk(&self) -> u8 {
        if self.intervals < LEAST_INTERVALS {
            return 0;
        }
        let unsteadiness = self.interval_deviation_ms / self.mean_interval_ms.max(1.0);
        let steady = 1.0 - share_of(unsteadiness, 0.05, 0.5);
        let sleepless = share_of(f64::from(self.active_hours), 12.0, 22.0);
        let raster = share_of(self.raster_share, 0.3, 0.9);
        let score = 40.0 * steady + 30.0 * sleepless + 30.0 * raster;
        // Between 0 and 100, so nothing is cut off.
        score.round() as u8
    }
}

/// How far `value` is on the way from `from` to `to`, 0 to 1.
fn share_of(value: f64, from: f64, to: f64) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}
