//! The errors, by operation. `Display` speaks for its own layer only, and what a player caused is
//! safe to show.

use event_store::UnixMs;

use super::report::Outcome;
use super::store::{MAX_OPEN, MAX_OPEN_OF_PLAYER};
use crate::feedback::InvalidText;
use crate::moderation::{ActError, Muted};
use crate::players::FindPlayersError;

/// The database could not be reached, or refused; may work later. Of a write it is not known
/// whether it was done.
#[derive(Debug, thiserror::Error)]
#[error("could not {what}")]
pub struct ReportsUnavailable {
    /// What was tried.
    pub what: &'static str,
    /// The cause.
    #[source]
    pub source: sqlx::Error,
}

/// Why a report was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The text breaks a rule.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// Somebody reports themselves.
    #[error("you cannot report yourself")]
    Oneself,
    /// There is no such player.
    #[error("there is no such player")]
    UnknownPlayer,
    /// The reporter's reports are not taken.
    #[error(transparent)]
    Muted(#[from] Muted),
    /// The reporter has as many waiting as one may.
    #[error("{MAX_OPEN_OF_PLAYER} reports of yours wait to be looked at; wait until some are")]
    TooMany,
    /// As many wait as may.
    #[error("{MAX_OPEN} reports wait to be looked at already; try again another day")]
    Full,
    /// What is known of the reporter could not be read.
    #[error("could not look at the reporter")]
    Standing(#[source] ActError),
    /// The players could not be read.
    #[error(transparent)]
    Players(#[from] FindPlayersError),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] ReportsUnavailable),
}

/// Why an appeal was not kept.
#[derive(Debug, thiserror::Error)]
pub enum AppealError {
    /// The text breaks a rule.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// The player is neither banned nor muted.
    #[error("you are neither banned nor muted")]
    Nothing,
    /// There is an appeal against this already.
    #[error("you have appealed already; one appeal is heard for each ban and each mute")]
    Twice,
    /// As many wait as may.
    #[error("{MAX_OPEN} reports wait to be looked at already; try again another day")]
    Full,
    /// What is known of the player could not be read.
    #[error("could not look at the player")]
    Standing(#[source] ActError),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] ReportsUnavailable),
}

/// Why an entry was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The answer breaks a rule.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// Reports are answered in one way, appeals in another.
    #[error("{} is no answer to {to}", .outcome.name())]
    Outcome {
        /// The answer.
        outcome: Outcome,
        /// What it was to: `a report` or `an appeal`.
        to: &'static str,
    },
    /// There is no such entry.
    #[error("there is no report {id}")]
    Unknown {
        /// Its number.
        id: i64,
    },
    /// It concerns whoever answers.
    #[error("this concerns yourself; leave it to somebody else")]
    Oneself,
    /// Somebody else answered it, or is about to.
    #[error("{by} was faster: {}", .outcome.map_or("is answering it", Outcome::name))]
    Overtaken {
        /// Who, as an identity of the table of acts.
        by: String,
        /// What they answered; none while they are at it.
        outcome: Option<Outcome>,
        /// When.
        at: UnixMs,
    },
    /// The act that came of it is not there, or could not be done.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] ReportsUnavailable),
}
