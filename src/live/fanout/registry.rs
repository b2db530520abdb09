//! Who is connected, by number: hands out ids and slots, and takes them back.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{AdoptError, ConnectionId, EndReason, Ended};

/// Ids, slots and ends of one fan-out.
///
/// A slot is taken from the adoption until the owner fetched the end. So the list of ends has a
/// bound, no end is ever lost, and the owner's set of ids is exact after each fetch.
#[derive(Debug)]
pub(super) struct Registry {
    slots: usize,
    homes: u64,
    taken: AtomicUsize,
    next: AtomicU64,
    ended: Mutex<Vec<Ended>>,
    notify: Notify,
}

impl Registry {
    /// `homes`, at least 1: how many owners of connections there are (shards, or the tasks).
    pub(super) fn new(slots: usize, homes: usize) -> Self {
        Self {
            slots,
            homes: homes.max(1) as u64,
            taken: AtomicUsize::new(0),
            next: AtomicU64::new(0),
            ended: Mutex::new(Vec::new()),
            notify: Notify::new(),
        }
    }

    /// Takes a slot and an id for a connection that lives in `home`.
    pub(super) fn open(&self, home: usize) -> Result<ConnectionId, AdoptError> {
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken < self.slots).then_some(taken + 1)
            })
            .map_err(|_| AdoptError::Full)?;
        let serial = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(ConnectionId(serial * self.homes + home as u64))
    }

    /// Where the connection lives, so that no map is needed to find it.
    pub(super) fn home(&self, id: ConnectionId) -> usize {
        (id.0 % self.homes) as usize
    }

    /// Gives a slot back that was never used.
    pub(super) fn cancel(&self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }

    /// Keeps the end of a connection for the owner.
    pub(super) fn end(&self, id: ConnectionId, reason: EndReason) {
        self.ended.lock().push(Ended { id, reason });
        self.notify.notify_one();
    }

    /// The ends since the last call; gives their slots back.
    pub(super) fn take_ended(&self) -> Vec<Ended> {
        let ended = std::mem::take(&mut *self.ended.lock());
        self.taken.fetch_sub(ended.len(), Ordering::Relaxed);
        ended
    }

    pub(super) fn notify(&self) -> &Notify {
        &self.notify
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_only_when_its_end_was_fetched() {
        let registry = Registry::new(1, 3);
        let first = registry.open(2).unwrap();
        assert_eq!(registry.open(2), Err(AdoptError::Full));
        registry.end(first, EndReason::Gone);
        assert_eq!(registry.open(2), Err(AdoptError::Full));
        assert_eq!(
            registry.take_ended(),
            [Ended {
                id: first,
                reason: EndReason::Gone
            }]
        );
        let second = registry.open(2).unwrap();
        assert!(second > first);
        assert_eq!(registry.home(second), 2);
        registry.cancel();
        assert!(registry.open(2).is_ok());
    }
}
