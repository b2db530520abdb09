//! The errors of the store, by operation. `Display` speaks for its own layer only.

use event_store::UnixMs;

use super::store::{FeedbackId, MAX_KEPT};
use super::text::InvalidText;

/// The database could not be reached, or refused; may work later. Of a write it is not known
/// whether it was done.
#[derive(Debug, thiserror::Error)]
#[error("could not {what}")]
pub struct FeedbackUnavailable {
    /// What was tried.
    pub what: &'static str,
    /// The cause.
    #[source]
    pub source: sqlx::Error,
}

/// Why a message was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// As many are kept as may be, until the operator has forgotten some. Safe to show.
    #[error("{MAX_KEPT} messages are waiting to be read already; try again another day")]
    Full,
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] FeedbackUnavailable),
}

/// Why a message was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The answer breaks a rule.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// There is no such message.
    #[error("there is no message {}", .0.0)]
    Unknown(FeedbackId),
    /// It is answered already.
    #[error("{by} was faster")]
    Overtaken {
        /// Who did, as an identity of the table of acts.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] FeedbackUnavailable),
}
