//! How much of one person is answered.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How many updates of one person are answered in a [`WINDOW`].
const MAX_UPDATES: u32 = 30;

/// A minute: the time in which Telegram lets a bot answer as often in one chat.
const WINDOW: Duration = Duration::from_secs(60);

/// The most people who are counted; when there is one more, those whose window is over are
/// forgotten, and all if that is not enough.
const MAX_PEOPLE: usize = 10_000;

/// Counts what people write.
#[derive(Default)]
pub(super) struct Quota {
    of: Mutex<HashMap<i64, (Instant, u32)>>,
}

/// What is done with an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is answered.
    Answer,
    /// It is the first of too many: its sender is told.
    Tell,
    /// It is one more of too many.
    Ignore,
}

impl Quota {
    /// Counts an update of `person`.
    pub(super) fn count(&self, person: i64, now: Instant) -> Verdict {
        let mut of = self.of.lock();
        let is_running = |begun: Instant| now.saturating_duration_since(begun) < WINDOW;
        if of.len() >= MAX_PEOPLE && !of.contains_key(&person) {
            of.retain(|_, (begun, _)| is_running(*begun));
            if of.len() >= MAX_PEOPLE {
                of.clear();
            }
        }
        let (begun, count) = of.entry(person).or_insert((now, 0));
        if !is_running(*begun) {
            (*begun, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        match *count {
            ..=MAX_UPDATES => Verdict::Answer,
            count if count == MAX_UPDATES + 1 => Verdict::Tell,
            _ => Verdict::Ignore,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_too_much_is_told_once_a_minute() {
        let (quota, begun) = (Quota::default(), Instant::now());
        for _ in 0..MAX_UPDATES {
            assert_eq!(quota.count(1, begun), Verdict::Answer);
        }
        assert_eq!(quota.count(1, begun), Verdict::Tell);
        assert_eq!(quota.count(1, begun), Verdict::Ignore);
        assert_eq!(quota.count(2, begun), Verdict::Answer);
        assert_eq!(quota.count(1, begun + WINDOW), Verdict::Answer);
    }

    #[test]
    fn a_bounded_number_of_people_is_counted() {
        let (quota, now) = (Quota::default(), Instant::now());
        for person in 0..2 * MAX_PEOPLE as i64 {
            quota.count(person, now);
        }
        assert!(quota.of.lock().len() <= MAX_PEOPLE);
    }
}
