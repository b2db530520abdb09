//! Which frame an event belongs to.

use event_store::UnixMs;

use super::film::Film;
use super::request::Pace;

/// Runs through the events of a film in their order and says how far the film is: in milliseconds
/// of history, or in events. It never runs back, whatever times the events have.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    pace: Pace,
    skip_idle_ms: Option<u64>,
    ends_at: UnixMs,
    /// The time that the clock has come to.
    now: UnixMs,
    /// How far the film is.
    position: u64,
}

impl Clock {
    /// The clock of a film, at its beginning.
    pub(super) fn of(film: &Film) -> Self {
        let range = &film.range;
        Self::new(film.pace, film.skip_idle_ms, range.begins_at, range.ends_at)
    }

    /// A clock from `begins_at` to `ends_at`, which is not earlier.
    fn new(pace: Pace, skip_idle_ms: Option<u64>, begins_at: UnixMs, ends_at: UnixMs) -> Self {
        Self {
            pace,
            skip_idle_ms,
            ends_at,
            now: begins_at,
            position: 0,
        }
    }

    /// How far the film is when an event happens.
    pub(super) fn pass(&mut self, at: UnixMs, shows: bool) -> u64 {
        let is_idle = !shows && (self.skip_idle_ms.is_some() || self.pace == Pace::Events);
        if !is_idle {
            self.run_to(at);
            if self.pace == Pace::Events {
                self.position += 1;
            }
        }
        self.position
    }

    /// How far the film is at its end.
    pub(super) fn end(mut self) -> u64 {
        self.run_to(self.ends_at);
        self.position
    }

    /// The time shown at a position that lies before the next event's.
    pub(super) fn time_at(&self, position: u64) -> UnixMs {
        if self.pace == Pace::Events {
            return self.now;
        }
        let after = position.saturating_sub(self.position);
        let shown = self.now.plus_ms(i64::try_from(after).unwrap_or(i64::MAX));
        shown.min(self.ends_at)
    }

    fn run_to(&mut self, at: UnixMs) {
        let at = at.min(self.ends_at).max(self.now);
        let passed = at.ms_since(self.now).unsigned_abs();
        self.now = at;
        if self.pace == Pace::Time {
            self.position += passed.min(self.skip_idle_ms.unwrap_or(u64::MAX));
        }
    }
}

/// The position that a frame shows, of so many frames: the first one shows the beginning, the last
/// one the end.
pub(super) fn position_of(frame: u32, frames: u32, end: u64) -> u64 {
    match frames.checked_sub(1) {
        None | Some(0) => end,
        Some(last) => {
            let position = u128::from(end) * u128::from(frame.min(last)) / u128::from(last);
            u64::try_from(position).unwrap_or(u64::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(mut clock: Clock, events: &[(i64, bool)]) -> (Vec<u64>, u64) {
        let passed = events
            .iter()
            .map(|(at, shows)| clock.pass(UnixMs(*at), *shows))
            .collect();
        (passed, clock.end())
    }

    fn clock(pace: Pace, skip_idle_ms: Option<u64>) -> Clock {
        Clock::new(pace, skip_idle_ms, UnixMs(100), UnixMs(1_000))
    }

    #[test]
    fn time_runs_as_it_went_and_never_back() {
        let events = [
            (100, true),
            (150, false),
            (120, true),
            (1_000, true),
            (9_000, true),
        ];
        let ran = positions(clock(Pace::Time, None), &events);
        assert_eq!(ran, (vec![0, 50, 50, 900, 900], 900));
        assert_eq!(positions(clock(Pace::Time, None), &[]), (vec![], 900));
    }

    #[test]
    fn idle_stretches_are_cut_also_at_both_ends() {
        let events = [(300, true), (310, true), (500, false), (700, true)];
        let ran = positions(clock(Pace::Time, Some(60)), &events);
        assert_eq!(ran, (vec![60, 70, 70, 130], 190));
    }

    #[test]
    fn events_that_show_are_counted() {
        let events = [(300, true), (310, false), (200, true), (700, true)];
        let ran = positions(clock(Pace::Events, None), &events);
        assert_eq!(ran, (vec![1, 1, 2, 3], 3));
    }

    #[test]
    fn a_time_between_events_is_told() {
        let mut clock = clock(Pace::Time, Some(60));
        clock.pass(UnixMs(300), true);
        assert_eq!(clock.time_at(60), UnixMs(300));
        assert_eq!(clock.time_at(75), UnixMs(315));
        assert_eq!(clock.time_at(9_000), UnixMs(1_000));
    }

    #[test]
    fn frames_go_from_the_beginning_to_the_end() {
        let positions: Vec<u64> = (0..5).map(|frame| position_of(frame, 5, 101)).collect();
        assert_eq!(positions, [0, 25, 50, 75, 101]);
        assert_eq!(position_of(0, 1, 101), 101);
        assert_eq!(position_of(7, 5, 101), 101);
    }
}
