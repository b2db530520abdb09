//! When the next snapshot is taken.

use std::time::{Duration, Instant};

use event_store::Version;

/// The default of [`SnapshotSchedule::new`]: a snapshot every 100 events.
pub const DEFAULT_EVERY_EVENTS: u64 = 100;

/// A pause after a snapshot of at least this many times what it took: at most 2 % of a core.
const PAUSE_FACTOR: u32 = 50;

/// The longest pause, so that one snapshot that took absurdly long (the machine slept) does not end
/// them.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// How old the last snapshot gets at most while there are newer events, so that a guest who asks
/// every 5 seconds sees what happened since.
const MAX_AGE: Duration = Duration::from_secs(3);

/// A start folds at most some 100,000 events: a tenth of a second at a million a second.
const CHECKPOINT_EVERY_EVENTS: u64 = 100_000;

const CHECKPOINT_MAX_AGE: Duration = Duration::from_secs(60);

/// Decides when a snapshot is due; time is an argument.
///
/// One is due when there is a newer event, and the pause for the last one's cost is over, and
/// either `every_events` events came since or the last is 3 seconds old.
#[derive(Clone, Debug)]
pub struct SnapshotSchedule {
    every_events: u64,
    max_age: Duration,
    last: Option<Taken>,
}

#[derive(Clone, Copy, Debug)]
struct Taken {
    version: Version,
    at: Instant,
    cost: Duration,
}

impl SnapshotSchedule {
    /// A schedule without a snapshot so far; 0 `every_events` count as 1.
    pub fn new(every_events: u64) -> Self {
        Self {
            every_events: every_events.max(1),
            max_age: MAX_AGE,
            last: None,
        }
    }

    /// The schedule of checkpoints: by the same rules, but every 100,000 events or after a minute,
    /// since a checkpoint is several times the work and only saves a start some folding.
    pub fn of_checkpoints() -> Self {
        Self {
            every_events: CHECKPOINT_EVERY_EVENTS,
            max_age: CHECKPOINT_MAX_AGE,
            last: None,
        }
    }

    /// When the next snapshot is due if nothing more happens; it may have passed. `None` when the
    /// last one is of `head` already, or `head` is [`Version::ZERO`].
    pub fn due_at(&self, head: Version, now: Instant) -> Option<Instant> {
        let Some(last) = self.last else {
            return (head > Version::ZERO).then_some(now);
        };
        let events = head.events_since(last.version);
        let wanted = match events {
            0 => return None,
            events if events >= self.every_events => last.at,
            _ => last.at + self.max_age,
        };
        Some(wanted.max(last.at + last.cost.saturating_mul(PAUSE_FACTOR).min(MAX_PAUSE)))
    }

    /// Whether a snapshot of `head` is due.
    pub fn is_due(&self, head: Version, now: Instant) -> bool {
        self.due_at(head, now).is_some_and(|due| due <= now)
    }

    /// A snapshot of `version` was finished at `at`, after `cost` of work.
    pub fn taken(&mut self, version: Version, at: Instant, cost: Duration) {
        self.last = Some(Taken { version, at, cost });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn taken(cost: Duration) -> (SnapshotSchedule, Instant) {
        let mut schedule = SnapshotSchedule::new(100);
        let start = Instant::now();
        schedule.taken(Version(1_000), start, cost);
        (schedule, start)
    }

    #[test]
    fn the_first_event_is_due_at_once_and_an_empty_log_never() {
        let schedule = SnapshotSchedule::new(100);
        assert!(!schedule.is_due(Version::ZERO, Instant::now()));
        assert!(schedule.is_due(Version(1), Instant::now()));
    }

    #[test]
    fn enough_events_make_one_due_after_the_pause_for_the_last_cost() {
        let (schedule, start) = taken(2 * MS);
        assert!(!schedule.is_due(Version(1_100), start + 99 * MS));
        assert!(schedule.is_due(Version(1_100), start + 100 * MS));
        assert!(!schedule.is_due(Version(1_099), start + 100 * MS));
    }

    #[test]
    fn a_single_event_is_due_after_three_seconds_and_nothing_new_never() {
        let (schedule, start) = taken(2 * MS);
        assert!(!schedule.is_due(Version(1_001), start + 2_999 * MS));
        assert!(schedule.is_due(Version(1_001), start + 3_000 * MS));
        assert_eq!(schedule.due_at(Version(1_000), start + 60_000 * MS), None);
    }

    #[test]
    fn checkpoints_are_rarer() {
        let mut schedule = SnapshotSchedule::of_checkpoints();
        let start = Instant::now();
        schedule.taken(Version(1_000), start, 100 * MS);
        assert!(!schedule.is_due(Version(2_000), start + 59_999 * MS));
        assert!(schedule.is_due(Version(2_000), start + 60_000 * MS));
        assert!(schedule.is_due(Version(101_000), start + 5_000 * MS));
    }

    #[test]
    fn a_costly_snapshot_takes_precedence_over_the_age() {
        let (schedule, start) = taken(100 * MS);
        assert!(!schedule.is_due(Version(2_000), start + 4_999 * MS));
        assert!(schedule.is_due(Version(2_000), start + 5_000 * MS));
    }
}
