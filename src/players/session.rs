//! The number of an account's session.

use std::fmt;

/// Counts the sessions of an account, from 1: every sign-in and every refresh makes the next one.
/// The newest one wins the seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNumber(pub u64);

impl fmt::Display for SessionNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
