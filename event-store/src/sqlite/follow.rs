//! Following the log: pages while catching up, the writer's own batches when live.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::SqlitePool;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::reader;
use super::writer::Committed;
use crate::error::{ReadError, SubscribeError};
use crate::event::Version;
use crate::store::{MAX_BATCH_EVENTS, Recorded, Subscription};

/// How long a subscription waits before it reads again after a failed read.
const RETRY_DELAY: std::time::Duration = std::time::Duration::from_millis(200);

/// A subscription to the embedded log.
///
/// It listens before it reads, and every batch says which versions it holds, so a batch that does
/// not begin where the subscription stands is either old (skipped) or tells it to read the missing
/// part.
pub(super) struct Follower {
    pub(super) readers: SqlitePool,
    pub(super) committed: broadcast::Receiver<Committed>,
    /// The version to hand out next.
    pub(super) next: Version,
    /// Whether the log may hold events from `next` on that were not heard of.
    pub(super) behind: bool,
    /// The rest of a batch that was too long to hand out at once.
    pub(super) rest: Option<Arc<[Recorded]>>,
}

impl Follower {
    /// Reads the next page, or finds that there is none and so the subscription is live.
    async fn catch_up(&mut self) -> Result<Option<Vec<Recorded>>, SubscribeError> {
        match reader::read(&self.readers, self.next, MAX_BATCH_EVENTS).await {
            Ok(events) if events.is_empty() => {
                self.behind = false;
                Ok(None)
            }
            Ok(events) => Ok(Some(events)),
            Err(_) if self.readers.is_closed() => Err(SubscribeError::Closed),
            Err(error @ ReadError::Unavailable { .. }) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "could not read log, trying again"
                );
                tokio::time::sleep(RETRY_DELAY).await;
                Ok(None)
            }
            Err(error @ ReadError::Corrupt { .. }) => Err(error.into()),
        }
    }

    /// The part of a batch from `next` on, at most a batch's length.
    fn take(&mut self, batch: Arc<[Recorded]>) -> Option<Vec<Recorded>> {
        let (first, last) = (batch.first()?.version, batch.last()?.version);
        if last < self.next {
            return None;
        }
        if first > self.next {
            self.behind = true;
            return None;
        }
        let skipped = usize::try_from(self.next.events_since(first)).unwrap_or(usize::MAX);
        let events: Vec<_> = batch
            .iter()
            .skip(skipped)
            .take(MAX_BATCH_EVENTS)
            .cloned()
            .collect();
        if skipped + events.len() < batch.len() {
            self.rest = Some(batch);
        }
        Some(events)
    }
}

#[async_trait]
impl Subscription for Follower {
    async fn next(&mut self) -> Result<Vec<Recorded>, SubscribeError> {
        let events = loop {
            if self.behind {
                self.rest = None;
                match self.catch_up().await? {
                    Some(events) => break events,
                    None => continue,
                }
            }
            let batch = match self.rest.take() {
                Some(batch) => batch,
                None => match self.committed.recv().await {
                    Ok(Committed::Events(batch)) => batch,
                    Ok(Committed::Elsewhere) | Err(RecvError::Lagged(_)) => {
                        self.behind = true;
                        continue;
                    }
                    Err(RecvError::Closed) => return Err(SubscribeError::Closed),
                },
            };
            if let Some(events) = self.take(batch) {
                break events;
            }
        };
        let mut events = events;
        if let Some(last) = events.last() {
            self.next = last.version.next();
        }
        // What else is already there goes along, so that a busy log is handed out in large pieces.
        while self.rest.is_none() && !self.behind && events.len() < MAX_BATCH_EVENTS / 2 {
            match self.committed.try_recv() {
                Ok(Committed::Events(batch)) if batch.len() <= MAX_BATCH_EVENTS / 2 => {
                    if let Some(more) = self.take(batch) {
                        self.next = more.last().map_or(self.next, |last| last.version.next());
                        events.extend(more);
                    }
                }
                Ok(Committed::Events(batch)) => self.rest = Some(batch),
                Ok(Committed::Elsewhere) | Err(TryRecvError::Lagged(_)) => self.behind = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Ok(events)
    }
}
