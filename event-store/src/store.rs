//! The trait that both engines implement, and the values that cross it.

use async_trait::async_trait;

use crate::error::{AppendError, ReadError, SubscribeError};
use crate::event::{Event, EventId, UnixMs, Version};

/// The most events one [`EventStore::read`] returns; a greater `limit` is lowered to this.
pub const MAX_READ_EVENTS: usize = 10_000;

/// The most events one [`Subscription::next`] returns.
pub const MAX_BATCH_EVENTS: usize = 4_096;

/// The largest encoded event, in bytes. It stays under the NATS default `max_payload` of 1 MiB
/// (nats-server documentation, "Server Configuration: max_payload"), headers included.
pub const MAX_EVENT_BYTES: usize = 1_000_000;

const _: () = assert!(MAX_BATCH_EVENTS <= MAX_READ_EVENTS);

/// The condition under which an event may be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// No condition.
    None,
    /// The last event on the event's own [`Subject`](crate::Subject) has this version;
    /// [`Version::ZERO`] means that the subject has no event yet.
    LastOnSubject(Version),
}

/// One event to append, with its time, its deduplication key and its guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The deduplication key. A retry must carry the same one.
    pub id: EventId,
    /// The condition; checked atomically with the append.
    pub guard: Guard,
    /// When the event happened, by the clock of whoever decided it.
    pub at: UnixMs,
    /// What happened.
    pub event: Event,
}

/// Where an event stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The event's version; for a reused id, the version of the first append.
    pub version: Version,
    /// The event's time; for a reused id, the time of the first append.
    pub at: UnixMs,
}

/// One event as read from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the log.
    pub version: Version,
    /// When it happened.
    pub at: UnixMs,
    /// The key it was appended with.
    pub id: EventId,
    /// What happened.
    pub event: Event,
}

/// An append-only log of one canvas.
#[async_trait]
pub trait EventStore: Send + Sync + 'static {
    /// Appends one event and returns once it is durable.
    ///
    /// An id that was appended before (inside the engine's window) returns the first append's
    /// version and time, and appends nothing; this is checked before the guard, so that a retry of
    /// an append that did win is not told that it lost.
    ///
    /// Dropping the future does not undo the append: it may or may not happen.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] when the guard does not hold, [`AppendError::Unavailable`] when it
    /// is not known whether the event is durable (retry with the same id),
    /// [`AppendError::TooLarge`] and [`AppendError::Refused`] when it can never be.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// Reads events from `from` on (inclusive, [`Version::ZERO`] counts as 1), in order and without
    /// a gap, at most `limit` of them. Empty when there is none, and when `limit` is 0. May return
    /// fewer than `limit` although more exist; go on from the last one's version plus 1.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] for a fault that may pass, [`ReadError::Corrupt`] when a stored
    /// event cannot be decoded or the numbering has a gap; it names the version.
    async fn read(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// Follows the log from `from` on (inclusive).
    ///
    /// # Errors
    /// [`SubscribeError::Unavailable`] when the log cannot be reached now.
    async fn subscribe(&self, from: Version) -> Result<Box<dyn Subscription>, SubscribeError>;

    /// The version of the newest event, [`Version::ZERO`] for an empty log.
    ///
    /// # Errors
    /// As for [`EventStore::read`].
    async fn last(&self) -> Result<Version, ReadError>;

    /// The version of the newest event on `subject`, [`Version::ZERO`] when there is none.
    ///
    /// # Errors
    /// As for [`EventStore::read`].
    async fn last_on(&self, subject: crate::Subject) -> Result<Version, ReadError>;

    /// Flushes what the engine keeps open and stops its background tasks. Appends after it fail
    /// with [`AppendError::Unavailable`]. Idempotent. Not calling it loses nothing that was acked.
    async fn close(&self);
}

/// A reader that follows the log.
#[async_trait]
pub trait Subscription: Send {
    /// Waits for the next events and returns between 1 and [`MAX_BATCH_EVENTS`] of them,
    /// consecutive, starting right after the last one returned. Cancel safe: dropping the future
    /// loses no event.
    ///
    /// A fault that may pass (the server is away, a connection is cut) is retried inside with a
    /// backoff of at most two seconds, for as long as it takes.
    ///
    /// # Errors
    /// [`SubscribeError::Corrupt`] as for [`EventStore::read`], [`SubscribeError::Closed`] after
    /// [`EventStore::close`].
    async fn next(&mut self) -> Result<Vec<Recorded>, SubscribeError>;
}
