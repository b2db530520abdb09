//! Requests that wait until the fold has reached a version.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use event_store::Version;
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// Wakes each waiter once, when its version is there. With hundreds of placements under way,
/// telling all of them of every step would wake most for nothing.
#[derive(Default)]
pub(super) struct Waiters(Mutex<BinaryHeap<Reverse<Waiter>>>);

struct Waiter {
    version: Version,
    reached: oneshot::Sender<()>,
}

impl Waiters {
    /// Resolves when `version` is reached. Look whether it is already after calling this, not
    /// before: else it may be reached in between.
    pub(super) fn wait_for(&self, version: Version) -> oneshot::Receiver<()> {
        let (reached, waits) = oneshot::channel();
        let mut waiters = self.0.lock();
        if waiters.len() == waiters.capacity() {
            // Before it grows: those who have given up are not counted.
            waiters.retain(|Reverse(waiter)| !waiter.reached.is_closed());
        }
        waiters.push(Reverse(Waiter { version, reached }));
        waits
    }

    /// Wakes those whose version is `newest` or older.
    pub(super) fn reached(&self, newest: Version) {
        let mut waiters = self.0.lock();
        while let Some(Reverse(next)) = waiters.peek()
            && next.version <= newest
        {
            if let Some(Reverse(waiter)) = waiters.pop() {
                // One who has given up does not need it.
                let _ = waiter.reached.send(());
            }
        }
    }
}

impl Ord for Waiter {
    fn cmp(&self, other: &Self) -> Ordering {
        self.version.cmp(&other.version)
    }
}

impl PartialOrd for Waiter {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiter {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Eq for Waiter {}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;

    #[test]
    fn those_who_have_waited_long_enough_are_woken() {
        let waiters = Waiters::default();
        let [mut late, mut early, mut now] =
            [9, 3, 5].map(|version| waiters.wait_for(Version(version)));
        waiters.reached(Version(5));
        assert_eq!(early.try_recv(), Ok(()));
        assert_eq!(now.try_recv(), Ok(()));
        assert_eq!(late.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn those_who_gave_up_take_no_room() {
        let waiters = Waiters::default();
        for _ in 0..10_000 {
            drop(waiters.wait_for(Version(9)));
        }
        assert!(waiters.0.lock().capacity() < 100);
    }
}
