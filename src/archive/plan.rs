//! Which part of the log an archive holds.

use event_store::{RoundId, Version};
use projections::canvas::Round;

/// One round, or its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchivePlan {
    /// The round.
    pub round: RoundId,
    /// The version that opens it.
    pub first: Version,
    /// The last version in the archive.
    pub last: Version,
}

/// A part of the log that cannot be archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchivePlanError {
    /// There is no such round.
    #[error("there is no round {round}")]
    NoSuchRound {
        /// The round asked for.
        round: RoundId,
    },
    /// No round was asked for, and none is over.
    #[error("no round is over yet; name one with --round and an end with --to")]
    NoFinishedRound,
    /// The round goes on, and nobody said where to stop.
    #[error("round {round} is not over; say with --to up to which version it is archived")]
    Running {
        /// The round.
        round: RoundId,
    },
    /// The end asked for is not in the round.
    #[error("version {to} is not in the round, which has {first} to {last}")]
    Outside {
        /// The end asked for.
        to: Version,
        /// The version that opens the round.
        first: Version,
        /// Its last version so far.
        last: Version,
    },
}

impl ArchivePlan {
    /// The plan for a round, the newest that is over when `round` is none, up to `to`, its end when
    /// that is none. `rounds` are all of a log of `newest` events, oldest first.
    ///
    /// # Errors
    /// [`ArchivePlanError`]
    pub fn new(
        rounds: &[Round],
        newest: Version,
        round: Option<RoundId>,
        to: Option<Version>,
    ) -> Result<Self, ArchivePlanError> {
        let index = match round {
            Some(round) => rounds
                .iter()
                .position(|known| known.round == round)
                .ok_or(ArchivePlanError::NoSuchRound { round })?,
            None => rounds
                .iter()
                .rposition(|known| known.closed.is_some())
                .ok_or(ArchivePlanError::NoFinishedRound)?,
        };
        let chosen = &rounds[index];
        let first = chosen.opened.version;
        let next = rounds.get(index + 1).map(|next| next.opened.version);
        // After its end a round keeps what happens before the next one: bans and locks.
        let last = next.map_or(newest, |next| Version(next.0 - 1));
        let round = chosen.round;
        match to {
            None if chosen.closed.is_none() => Err(ArchivePlanError::Running { round }),
            None => Ok(Self { round, first, last }),
            Some(to) if (first..=last).contains(&to) => Ok(Self {
                round,
                first,
                last: to,
            }),
            Some(to) => Err(ArchivePlanError::Outside { to, first, last }),
        }
    }
}
