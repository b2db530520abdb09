//! Following the stream with a consumer that is made anew whenever anything is wrong with it.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_trait::async_trait;
use futures_util::{FutureExt, StreamExt};
use tokio::task::unconstrained;

use super::backoff::Backoff;
use super::link::{Link, Losses, unavailable};
use super::message;
use super::read::Missing;
use crate::{
    BoxError, MAX_BATCH_EVENTS, ReadError, Recorded, SubscribeError, Subscription, Version,
};

/// The server removes a consumer that asks for nothing for this long.
const FORGET_AFTER: Duration = Duration::from_secs(10);

/// A pull request waits this long on the server before it is renewed.
const PULL_EXPIRES: Duration = Duration::from_secs(30);

/// The server shows that it is alive this often; a consumer is made anew after twice as long.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// A batch takes no more events once it has this many bytes.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// A reader of one stream.
pub(super) struct JetStreamSubscription {
    link: Link,
    losses: Losses,
    /// The version that must come next.
    next: Version,
    /// None when there is no consumer, or not any more.
    messages: Option<pull::Stream>,
    /// Whether the consumer has not delivered yet: then a gap is in the log, not on the way.
    fresh: bool,
    backoff: Backoff,
}

/// What to do with a message.
enum Arrival {
    Event(Recorded, usize),
    /// From before the start.
    Old,
    /// Messages were lost on the way.
    Gap,
}

impl JetStreamSubscription {
    pub(super) async fn open(link: Link, from: Version) -> Result<Self, SubscribeError> {
        if link.is_closed() {
            return Err(SubscribeError::Closed);
        }
        let mut subscription = Self {
            losses: link.losses(),
            link,
            next: from.max(Version(1)),
            messages: None,
            fresh: true,
            backoff: Backoff::default(),
        };
        let opened = subscription.consume().await;
        opened.map_err(|error| unavailable(from, error))?;
        Ok(subscription)
    }

    /// Makes a consumer that begins at the next version.
    async fn consume(&mut self) -> Result<(), BoxError> {
        self.losses = self.link.losses();
        let config = pull::Config {
            description: Some("follows the canvas".to_owned()),
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: self.next.0,
            },
            ack_policy: AckPolicy::None,
            inactive_threshold: FORGET_AFTER,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let consumer = self.link.stream.create_consumer(config).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(MAX_BATCH_EVENTS)
            .max_bytes_per_batch(MAX_BATCH_BYTES)
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await?;
        self.messages = Some(messages);
        self.fresh = true;
        Ok(())
    }

    /// The next message, or nothing when the consumer must be made anew.
    async fn arrival(&mut self) -> Option<jetstream::Message> {
        let Some(messages) = self.messages.as_mut() else {
            let fault = self.consume().await.err()?;
            tracing::debug!(version = %self.next, error = fault, "could not make a consumer");
            tokio::select! {
                () = self.backoff.wait() => {}
                () = self.losses.next() => {}
            }
            return None;
        };
        tokio::select! {
            biased;
            message = messages.next() => match message {
                Some(Ok(message)) => return Some(message),
                Some(Err(error)) => {
                    tracing::debug!(version = %self.next, %error, "consumer is made anew");
                }
                None => tracing::debug!(version = %self.next, "consumer ended, it is made anew"),
            },
            () = self.losses.next() => {
                tracing::debug!(version = %self.next, "connection is new, so is the consumer");
            }
        }
        self.messages = None;
        None
    }

    /// The message, and what came with it, as events. Without an await, so that none is lost.
    fn gather(&mut self, first: jetstream::Message) -> Result<Vec<Recorded>, ReadError> {
        let mut events = Vec::new();
        let mut bytes = 0;
        let mut message = Some(first);
        while let Some(arrived) = message.take() {
            match self.judge(&arrived) {
                Ok(Arrival::Event(event, event_bytes)) => {
                    self.next = event.version.next();
                    self.fresh = false;
                    bytes += event_bytes;
                    events.push(event);
                }
                Ok(Arrival::Old) => {}
                Ok(Arrival::Gap) => {
                    self.messages = None;
                    break;
                }
                // What came before it goes out first; a new consumer delivers the bad one again.
                Err(_) if !events.is_empty() => {
                    self.messages = None;
                    break;
                }
                Err(error) => return Err(error),
            }
            if events.len() == MAX_BATCH_EVENTS || bytes >= MAX_BATCH_BYTES {
                break;
            }
            message = self.ready();
        }
        Ok(events)
    }

    /// A message that is here already. A fault is left for the next wait to find.
    fn ready(&mut self) -> Option<jetstream::Message> {
        // The runtime's budget would end a batch after some hundred messages.
        let next = unconstrained(self.messages.as_mut()?.next()).now_or_never();
        match next? {
            Some(Ok(message)) => Some(message),
            Some(Err(_)) | None => {
                self.messages = None;
                None
            }
        }
    }

    fn judge(&self, message: &jetstream::Message) -> Result<Arrival, ReadError> {
        let info = message
            .info()
            .map_err(|error| unavailable(self.next, error))?;
        let version = Version(info.stream_sequence);
        if version < self.next {
            return Ok(Arrival::Old);
        }
        if version > self.next {
            return if self.fresh {
                Err(Missing::at(self.next, Some(version)))
            } else {
                Ok(Arrival::Gap)
            };
        }
        let event = message::recorded(version, message.headers.as_ref(), &message.payload)?;
        Ok(Arrival::Event(event, message.payload.len()))
    }
}

#[async_trait]
impl Subscription for JetStreamSubscription {
    async fn next(&mut self) -> Result<Vec<Recorded>, SubscribeError> {
        loop {
            if self.link.is_closed() {
                return Err(SubscribeError::Closed);
            }
            let Some(message) = self.arrival().await else {
                continue;
            };
            let events = self.gather(message)?;
            if !events.is_empty() {
                self.backoff = Backoff::default();
                return Ok(events);
            }
        }
    }
}
