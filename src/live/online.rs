//! How many people are there.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Serialize;
use utoipa::ToSchema;

/// How many people this gateway serves right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Online {
    /// Players with a seat.
    pub players: u32,
    /// Players that wait for a seat.
    pub queued: u32,
    /// Readers of the event stream.
    pub watching: u32,
}

/// A bounded counter of people.
#[derive(Debug, Default)]
pub struct Audience(AtomicU32);

impl Audience {
    /// Counts one more, unless there are `most` already; says whether it did. Each one that was
    /// counted must [`leave`](Self::leave) once.
    #[must_use]
    pub fn enter(&self, most: u32) -> bool {
        let entered = self
            .0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                (count < most).then_some(count + 1)
            });
        entered.is_ok()
    }

    /// Counts one less.
    pub fn leave(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_has_a_bound_and_forgets_those_who_leave() {
        let audience = Audience::default();
        assert!(audience.enter(1));
        assert!(!audience.enter(1));
        audience.leave();
        assert_eq!(audience.count(), 0);
        assert!(audience.enter(1));
    }
}
