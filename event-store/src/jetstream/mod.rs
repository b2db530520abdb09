//! The scale-out engine: one NATS JetStream stream a canvas.
//!
//! A version is a stream sequence. A player's events are on `canvas.<slug>.place.<player id>`, the
//! rest on `canvas.<slug>.admin`, all in the stream `CANVAS_<slug>`, which is created when it is
//! missing and verified when it is there: see [`OpenError::Drift`].
//!
//! **Durable** means what the server's settings make of it, which a client cannot see: with
//! `sync_interval: always` (the repository's `nats.conf`) an acked event is on the disk of the
//! server, or of a majority of three; with the server's default it is in the page cache until the
//! next sync, at most two minutes later, and outlives a crash of the server but not of the machine.
//!
//! **Guard.** `Nats-Expected-Last-Subject-Sequence`. Races are decided by the stream's leader, so
//! any number of gateways may write.
//!
//! **Idempotence.** `Nats-Msg-Id`, remembered for [`JetStreamOptions::duplicate_window`]. A retry
//! of a guarded append finds its own event however late it comes; an unguarded one only inside the
//! window.
//!
//! **Faults.** Time-outs, a lost connection and a missing leader are retried inside with the same
//! id, for [`JetStreamOptions::give_up_after`]; then the answer is [`AppendError::Unavailable`].
//!
//! **Messages or batches.** Under `sync_interval: always` a single server syncs each message, but
//! an atomic batch only a fixed few times. Measured with a bare client on nats-server 2.15.1 and
//! two idle cores, group commit of whatever waits against single messages: 17,800/s against 7,100/s
//! with 64 writers, 101,000/s against 7,700/s with 1,024. With the server's default sync, single
//! messages reach 130,000/s and batches are slower unless they are large. [`PublishMode::Auto`]
//! tells the two apart by the time of an ack.

mod append;
mod backoff;
mod batch;
mod link;
mod message;
mod names;
mod options;
mod pace;
mod read;
mod stream;
mod subscribe;

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub use options::{InvalidServers, JetStreamOptions, PublishMode};

use self::backoff::Backoff;
use self::batch::Batcher;
use self::link::{Closed, Link};
use self::message::Outgoing;
use self::names::Names;
use self::pace::Pace;
use self::subscribe::JetStreamSubscription;
use crate::{
    Append, AppendError, Appended, BoxError, EventStore, OpenError, ReadError, Recorded, Subject,
    SubscribeError, Subscription, Version,
};

/// Appends that wait for the server at the same time; more wait for one of them to end.
const MAX_IN_FLIGHT: usize = 1_024;

/// The answer to an append that found no end in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer in time")]
struct NoAnswer;

/// The log of one canvas on NATS JetStream. See [the module](self).
pub struct JetStreamStore {
    link: Link,
    names: Names,
    give_up_after: Duration,
    in_flight: Semaphore,
    pace: Pace,
    batcher: Batcher,
}

impl JetStreamStore {
    /// Connects to the server, creates the stream if it is missing, and verifies its settings.
    ///
    /// # Errors
    /// [`OpenError::Drift`] when the stream has settings that do not keep the log's promises, and
    /// [`OpenError::Unavailable`] when it could not be reached for
    /// [`JetStreamOptions::give_up_after`].
    pub async fn connect(options: JetStreamOptions) -> Result<Self, OpenError> {
        let names = Names::new(&options.canvas);
        let deadline = Instant::now() + options.give_up_after;
        let mut backoff = Backoff::default();
        let link = loop {
            match Link::open(&names, &options).await {
                Ok(link) => break link,
                Err(OpenError::Unavailable { log, source }) => {
                    if !backoff.wait_before(deadline).await {
                        return Err(OpenError::Unavailable { log, source });
                    }
                }
                Err(error @ (OpenError::Drift { .. } | OpenError::Corrupt { .. })) => {
                    return Err(error);
                }
            }
        };
        Ok(Self {
            batcher: Batcher::start(link.clone(), MAX_IN_FLIGHT),
            link,
            names,
            give_up_after: options.give_up_after,
            in_flight: Semaphore::new(MAX_IN_FLIGHT),
            pace: Pace::new(options.publish),
        })
    }

    /// The connection to the servers, for messages that are none of the log's. Clones share it; it
    /// is drained when the store is closed.
    pub fn client(&self) -> async_nats::Client {
        self.link.client.clone()
    }

    async fn append_until(
        &self,
        message: Outgoing,
        deadline: Instant,
    ) -> Result<Appended, AppendError> {
        let permit = self.in_flight.acquire().await;
        let _permit = permit.map_err(|_closed| unavailable(Closed.into()))?;
        if self.pace.is_batched() {
            let at = message.at;
            if let Some(version) = self.batcher.append(message.clone()).await {
                return Ok(Appended { version, at });
            }
        }
        let appended = append::append(&self.link, &message, deadline).await;
        if appended.is_ok() {
            self.pace
                .acked(MAX_IN_FLIGHT - self.in_flight.available_permits());
        }
        appended
    }
}

fn unavailable(source: BoxError) -> AppendError {
    AppendError::Unavailable { source }
}

#[async_trait]
impl EventStore for JetStreamStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let message = Outgoing::new(&self.names, &append)?;
        let deadline = Instant::now() + self.give_up_after;
        let answer = timeout_at(deadline, self.append_until(message, deadline)).await;
        answer.unwrap_or_else(|_elapsed| Err(unavailable(NoAnswer.into())))
    }

    async fn read(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        read::read(&self.link, from, limit).await
    }

    async fn subscribe(&self, from: Version) -> Result<Box<dyn Subscription>, SubscribeError> {
        let opened = JetStreamSubscription::open(self.link.clone(), from).await;
        Ok(Box::new(opened?))
    }

    async fn last(&self) -> Result<Version, ReadError> {
        self.link.last().await
    }

    async fn last_on(&self, subject: Subject) -> Result<Version, ReadError> {
        self.link.last_on(&self.names.subject(subject)).await
    }

    async fn close(&self) {
        self.in_flight.close();
        self.link.close().await;
    }
}
