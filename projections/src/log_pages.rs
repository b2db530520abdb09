//! Reading a stretch of the log in bounded pages.

use async_trait::async_trait;
use event_store::{EventStore, MAX_READ_EVENTS, ReadError, Recorded, Version};

/// The part of a log that reading needs: every [`EventStore`] has it.
#[async_trait]
pub trait LogPages: Sync {
    /// As [`EventStore::read`].
    async fn page(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError>;

    /// As [`EventStore::last`].
    async fn newest(&self) -> Result<Version, ReadError>;
}

#[async_trait]
impl<S: EventStore + ?Sized> LogPages for S {
    async fn page(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.read(from, limit).await
    }

    async fn newest(&self) -> Result<Version, ReadError> {
        self.last().await
    }
}

/// The events after `after` up to and including `to`, page by page.
pub(crate) struct Pages<'a, L: ?Sized> {
    log: &'a L,
    next: Version,
    to: Version,
}

impl<'a, L: LogPages + ?Sized> Pages<'a, L> {
    pub(crate) fn between(log: &'a L, after: Version, to: Version) -> Self {
        let next = Version(after.0.saturating_add(1));
        Self { log, next, to }
    }

    /// The next events, at most [`MAX_READ_EVENTS`]; `None` after the last, or where the log ends
    /// early.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Recorded>>, ReadError> {
        let left = match self.to.0.checked_sub(self.next.0) {
            Some(left) => left.saturating_add(1),
            None => return Ok(None),
        };
        let limit = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(MAX_READ_EVENTS);
        let page = self.log.page(self.next, limit).await?;
        match page.last() {
            Some(last) => {
                self.next = Version(last.version.0.saturating_add(1));
                Ok(Some(page))
            }
            None => Ok(None),
        }
    }
}
