//! Why an import of events ended.

use std::io;

use event_store::{AppendError, ReadError, RoundId, Version};

use super::super::bad_line::BadLine;
use super::super::input::SourceError;
use super::versions::MAX_RUNS;

/// Why an import of events ended.
#[derive(Debug, thiserror::Error)]
pub enum EventImportError {
    /// A source could not be read. Nothing was appended.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A line is bad, and stopping there was asked for. Nothing was appended.
    #[error("bad line")]
    BadLine(#[source] BadLine),
    /// The temporary file of the events could not be written or read.
    #[error("could not keep events to import")]
    Spool(#[source] io::Error),
    /// The log could not be asked which events it has. Nothing was appended.
    #[error("could not look for imported events in log")]
    Scan(#[source] ReadError),
    /// A round runs, which the first one of the file would end. Nothing was appended.
    #[error("round {round} is still open")]
    RoundStillOpen {
        /// The round that runs.
        round: RoundId,
    },
    /// An earlier import ended in the middle of a round, and another one was opened since: what is
    /// missing would change nothing any more. Nothing was appended.
    #[error("the import ended in round {round}, and the log is at round {newest} by now")]
    RoundMovedOn {
        /// The round that what is missing belongs to.
        round: RoundId,
        /// The log's newest round.
        newest: RoundId,
    },
    /// The file leaves out so many stretches of versions that the versions in it cannot be kept
    /// track of. The import can be run again and ends there again.
    #[error("more than {MAX_RUNS} stretches of versions are left out")]
    TooManyGaps,
    /// An event could not be appended. The import can be run again and goes on there.
    #[error("could not append the event of version {version} in the file")]
    Append {
        /// Its version in the file.
        version: Version,
        /// The cause; a conflict when somebody else changed the canvas meanwhile.
        #[source]
        source: AppendError,
    },
}
