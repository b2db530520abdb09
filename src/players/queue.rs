//! Who waits for a seat, first in, first out.

use std::collections::BTreeMap;

use event_store::PlayerId;

/// A place in the queue: those with a lower number are served before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueNumber(u64);

/// The accounts that wait, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<QueueNumber, PlayerId>,
    last: QueueNumber,
}

impl Queue {
    /// Adds an account at the end.
    pub(super) fn push(&mut self, player: PlayerId) -> QueueNumber {
        self.last.0 += 1;
        self.waiting.insert(self.last, player);
        self.last
    }

    /// Takes an account out, wherever it stands.
    pub(super) fn remove(&mut self, number: QueueNumber) {
        self.waiting.remove(&number);
    }

    /// Whose turn it is.
    pub(super) fn first(&self) -> Option<PlayerId> {
        self.waiting.values().next().copied()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The position of a number, from 1. Counts those before it, or those behind it when they are
    /// likely to be fewer.
    pub(super) fn position(&self, number: QueueNumber) -> u32 {
        let first = self.waiting.keys().next().copied().unwrap_or_default();
        let is_near_front = number.0 - first.0.min(number.0) <= self.last.0 - number.0;
        let position = match is_near_front {
            true => self.waiting.range(..=number).count(),
            false => self.len() - self.waiting.range(number..).count() + 1,
        };
        u32::try_from(position).unwrap_or(u32::MAX)
    }

    /// Everybody, with positions from 1.
    pub(super) fn positions(&self) -> impl Iterator<Item = (u32, PlayerId)> {
        (1..).zip(self.waiting.values().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_first_is_served_first_and_positions_close_up() {
        let mut queue = Queue::default();
        let numbers: Vec<_> = (1..=5)
            .map(|id| queue.push(PlayerId::from_bits(id)))
            .collect();
        assert_eq!(queue.first(), Some(PlayerId::from_bits(1)));
        queue.remove(numbers[0]);
        queue.remove(numbers[2]);
        let positions: Vec<_> = queue.positions().collect();
        let expected = [(1, 2), (2, 4), (3, 5)].map(|(at, id)| (at, PlayerId::from_bits(id)));
        assert_eq!(positions, expected);
        for (position, number) in [(1, numbers[1]), (2, numbers[3]), (3, numbers[4])] {
            assert_eq!(queue.position(number), position);
        }
        assert_eq!(queue.len(), 3);
    }
}
