//! The table of feedback, on SQLite or Postgres.

use super::error::FeedbackUnavailable;
use crate::players::{Connections, PlayerStore};

/// The most messages that are kept: some 1.5 GB if all are as long as they may be in a script of
/// three bytes a character, and 20 MB of the usual kind.
pub const MAX_KEPT: i64 = 100_000;

/// The number of a message, from 1; later ones have greater numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedbackId(pub i64);

/// What people told the operator. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct FeedbackStore {
    pub(super) connections: Connections,
}

impl FeedbackStore {
    /// The feedback beside these players, in the same database.
    pub fn of(players: &PlayerStore) -> Self {
        Self {
            connections: players.connections().clone(),
        }
    }
}

/// Names what was tried, for the error.
pub(super) fn unavailable(what: &'static str) -> impl Fn(sqlx::Error) -> FeedbackUnavailable {
    move |source| FeedbackUnavailable { what, source }
}
