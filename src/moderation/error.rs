//! Why something is not done.

use event_store::{AppendError, Version};

use super::{ActId, Role};
use crate::history::HistoryError;
use crate::live::{CatchUpFault, Lagging};

/// Why an act is not done. Of a refusal nothing was done; of a fault perhaps a part, which its
/// record tells.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The role may not do that.
    #[error("a {role} may not do that; it takes a {needed}")]
    Forbidden {
        /// The actor's role.
        role: Role,
        /// The least role that may.
        needed: Role,
    },
    /// A part of the act is not lawful.
    #[error("{problem}")]
    Invalid {
        /// What, and what would be.
        problem: String,
    },
    /// No round has been opened, or the newest one is over.
    #[error("no round is open")]
    NoRound,
    /// It would change nothing.
    #[error("{problem}; nothing was done")]
    Nothing {
        /// Why.
        problem: &'static str,
    },
    /// The act takes away what players made, and was not confirmed.
    #[error("this takes a preview first; confirm it by the preview's id")]
    PreviewNeeded,
    /// No such preview: it was confirmed already, is older than a minute, or somebody else's.
    #[error("this preview is used, too old or somebody else's; look again")]
    PreviewGone,
    /// Another act came after the preview.
    #[error("somebody acted since the preview; look again")]
    Overtaken,
    /// There is no such act.
    #[error("there is no act {}", id.0)]
    UnknownAct {
        /// Its number.
        id: ActId,
    },
    /// The act cannot be undone.
    #[error("act {} cannot be undone: {why}", id.0)]
    NotUndoable {
        /// Its number.
        id: ActId,
        /// Why.
        why: &'static str,
    },
    /// Others kept acting in between.
    #[error("others kept acting meanwhile; try again")]
    Busy,
    /// The log did not take an event.
    #[error("could not append to the log")]
    Append(#[from] AppendError),
    /// The gateway did not see what it appended.
    #[error(transparent)]
    Lagging(#[from] Lagging),
    /// The gateway could not catch up with other admins.
    #[error(transparent)]
    CatchUp(#[from] CatchUpFault),
    /// The log could not be read.
    #[error("could not read the log")]
    Log(#[from] event_store::ReadError),
    /// What cells held before is not to be had.
    #[error("could not look back")]
    History(#[from] HistoryError),
    /// The relational store could not be reached, or holds what this program did not write.
    #[error("could not {what}")]
    Store {
        /// What was tried.
        what: &'static str,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// A picture could not be drawn.
    #[error("could not draw the picture of version {version}")]
    Picture {
        /// The version.
        version: Version,
        /// The cause.
        #[source]
        source: projections::image::ImageError,
    },
    /// Work on another thread was given up.
    #[error("could not finish the work")]
    Work(#[from] tokio::task::JoinError),
    /// The code of the first admin could not be kept.
    #[error("could not keep the admin code")]
    AdminCode(#[source] std::io::Error),
    /// No random number is to be had.
    #[error("could not draw a random number")]
    Random(#[source] getrandom::Error),
}

impl ActError {
    /// A part of the act that is not lawful.
    pub(super) fn invalid(problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::Invalid { problem }
    }
}

/// Names what was tried, for the error.
pub(super) fn unavailable(what: &'static str) -> impl Fn(sqlx::Error) -> ActError {
    move |source| ActError::Store { what, source }
}
