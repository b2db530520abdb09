//! One error type per operation. `Display` speaks for its own layer only; the cause is the source.

use crate::event::{DecodeError, Version};

/// A cause from a library, kept for logs and never shown to clients.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or the server could not be reached; may work later.
    #[error("could not open log `{log}`")]
    Unavailable {
        /// The file or the stream's name.
        log: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The log exists, but with settings that this program refuses to run with.
    #[error("log `{log}` has {setting} = {found}, expected {expected}")]
    Drift {
        /// The file or the stream's name.
        log: String,
        /// The setting's name.
        setting: &'static str,
        /// Its value in the log.
        found: String,
        /// The value that this program needs.
        expected: String,
    },
    /// What is stored cannot be read.
    #[error("log `{log}` is damaged")]
    Corrupt {
        /// The file or the stream's name.
        log: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
}

/// Why an event was not appended, or is not known to be.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The guard does not hold: the subject has moved on. Nothing was appended.
    #[error("subject has a newer event than the guard")]
    Conflict,
    /// It is not known whether the event is durable. Safe to retry with the same id.
    #[error("could not append event to log")]
    Unavailable {
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The encoded event is larger than [`MAX_EVENT_BYTES`](crate::MAX_EVENT_BYTES). Nothing was
    /// appended.
    #[error("event has {bytes} bytes, more than a log can hold")]
    TooLarge {
        /// The encoded size.
        bytes: usize,
    },
    /// The log will not take the event, now or later, for example because its storage limit is
    /// reached. Nothing was appended.
    #[error("log refused event")]
    Refused {
        /// The cause.
        #[source]
        source: BoxError,
    },
}

impl AppendError {
    /// Whether the same append, with the same id, may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log cannot be reached; may work later.
    #[error("could not read log at version {version}")]
    Unavailable {
        /// Where the read began.
        version: Version,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// A stored event cannot be decoded, its checksum is wrong, or a version is missing.
    #[error("log is damaged at version {version}")]
    Corrupt {
        /// The first damaged or missing version.
        version: Version,
        /// The cause.
        #[source]
        source: BoxError,
    },
}

impl ReadError {
    /// A [`ReadError::Corrupt`] for bytes that are no event.
    pub(crate) fn undecodable(version: Version, source: DecodeError) -> Self {
        Self::Corrupt {
            version,
            source: Box::new(source),
        }
    }
}

/// Why a subscription could not begin, or ended.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// The log cannot be reached; may work later.
    #[error("could not subscribe to log from version {version}")]
    Unavailable {
        /// Where the subscription was to begin.
        version: Version,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// As [`ReadError::Corrupt`].
    #[error("log is damaged at version {version}")]
    Corrupt {
        /// The first damaged or missing version.
        version: Version,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The log was closed by this process.
    #[error("log is closed")]
    Closed,
}

impl From<ReadError> for SubscribeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { version, source } => Self::Unavailable { version, source },
            ReadError::Corrupt { version, source } => Self::Corrupt { version, source },
        }
    }
}
