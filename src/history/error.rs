//! Why history has no answer.

use event_store::Version;
use projections::history::HistoryStoreError;
use tokio::task::JoinError;

/// Why history has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// What was stored before the start is still being read.
    #[error("history is still being read after a start")]
    NotReady,
    /// The version is newer than history.
    #[error("history ends at version {reached}, before version {version}")]
    NotReached {
        /// The version asked for.
        version: Version,
        /// The newest one in history.
        reached: Version,
    },
    /// No round was open at the version, or before.
    #[error("version {version} lies before the first round")]
    BeforeFirstRound {
        /// The version asked for.
        version: Version,
    },
    /// No such segment.
    #[error("there is no closed segment {number}")]
    NoSegment {
        /// The number asked for.
        number: u32,
    },
    /// No such keyframe.
    #[error("there is no keyframe at version {version}")]
    NoKeyframe {
        /// The version asked for.
        version: Version,
    },
    /// A file is missing, damaged or cannot be reached.
    #[error(transparent)]
    Store(#[from] HistoryStoreError),
    /// The work on another thread was given up.
    #[error("could not read a file of history")]
    Work(#[source] JoinError),
}
