//! Group commit: whatever waits goes out as one atomic batch (NATS ADR-50).
//!
//! The server stores all members of a batch or none, next to each other, and syncs them once; the one
//! ack names the last member's sequence. When it refuses a batch, because of one member's guard or
//! because it knows one member's id, it does not say which member it was: then each is told to go alone,
//! and so it is when the ack does not come. That is safe, because an id is never stored twice.

use std::collections::HashSet;
use std::sync::Arc;

use async_nats::HeaderValue;
use async_nats::header::{
    NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

use super::link::{Fault, Link};
use super::message::Outgoing;
use crate::{EventId, Version};

/// The most members of one batch; the server's limit is 1 000 (ADR-50).
const MAX_MEMBERS: usize = 512;

/// A batch takes no more members once their payloads have this many bytes.
const MAX_BYTES: usize = 1 << 20;

/// Batches sent and not yet acked. The server allows 50 for each stream, over all clients.
const MAX_IN_FLIGHT: usize = 2;

/// The way into the batches.
pub(super) struct Batcher {
    offers: mpsc::Sender<Offer>,
}

/// An event that waits for its batch.
struct Offer {
    message: Outgoing,
    /// Its version, or nothing when the event must go alone.
    outcome: oneshot::Sender<Version>,
}

impl Batcher {
    /// Starts the task that makes the batches; `waiting` is the most events that wait for one. The task
    /// ends when this is dropped.
    pub(super) fn start(link: Link, waiting: usize) -> Self {
        let (offers, offered) = mpsc::channel(waiting);
        tokio::spawn(run(link, offered));
        Self { offers }
    }

    /// The event's version when its batch was stored; nothing when it was not, or is not known to be.
    pub(super) async fn append(&self, message: Outgoing) -> Option<Version> {
        let (outcome, answer) = oneshot::channel();
        let offer = Offer { message, outcome };
        self.offers.send(offer).await.ok()?;
        answer.await.ok()
    }
}

async fn run(link: Link, mut offers: mpsc::Receiver<Offer>) {
    // Batch ids of different processes must not meet: an inbox is a name that nobody else has.
    let inbox = link.client.new_inbox();
    let prefix = inbox.rsplit('.').next().unwrap_or_default();
    let slots = Arc::new(Semaphore::new(MAX_IN_FLIGHT));
    let mut batches = JoinSet::new();
    let mut first = None;
    for number in 0_u64.. {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let Some(offer) = (match first.take() {
            Some(offer) => Some(offer),
            None => offers.recv().await,
        }) else {
            break;
        };
        let members;
        (members, first) = gather(offer, &mut offers);
        let (link, batch) = (link.clone(), format!("{prefix}-{number}"));
        batches.spawn(async move {
            send(&link, &batch, members).await;
            drop(slot);
        });
        while batches.try_join_next().is_some() {}
    }
    while batches.join_next().await.is_some() {}
}

/// Takes what waits, up to the first one that cannot be in the same batch.
fn gather(first: Offer, offers: &mut mpsc::Receiver<Offer>) -> (Vec<Offer>, Option<Offer>) {
    let mut members = Vec::new();
    let mut subjects: HashSet<String> = HashSet::new();
    let mut ids: HashSet<EventId> = HashSet::new();
    let mut bytes = 0;
    let mut next = Some(first);
    while let Some(offer) = next {
        let message = &offer.message;
        // Of two members with one subject the server refuses a guarded one, and ids must differ.
        let is_new = ids.insert(message.id) && subjects.insert(message.subject.clone());
        if !is_new || (bytes > 0 && bytes + message.payload.len() > MAX_BYTES) {
            return (members, Some(offer));
        }
        bytes += message.payload.len();
        members.push(offer);
        if members.len() == MAX_MEMBERS {
            break;
        }
        next = offers.try_recv().ok();
    }
    (members, None)
}

/// Sends a batch and tells its members their versions. Members whose `outcome` is dropped go alone.
async fn send(link: &Link, batch: &str, members: Vec<Offer>) {
    let count = members.len() as u64;
    match publish(link, batch, &members).await {
        Ok(last) => {
            for (member, version) in members.into_iter().zip(last + 1 - count..) {
                member.outcome.send(Version(version)).ok();
            }
        }
        Err(fault) => {
            tracing::debug!(
                batch,
                members = count,
                ?fault,
                "batch was not stored, members go alone"
            );
        }
    }
}

/// The sequence of the last member.
async fn publish(link: &Link, batch: &str, members: &[Offer]) -> Result<u64, Fault> {
    for (member, number) in members.iter().zip(1_u64..) {
        let message = &member.message;
        let mut headers = message.headers();
        let payload = message.payload.clone();
        let is_last = number == members.len() as u64;
        if members.len() > 1 {
            headers.insert(NATS_BATCH_ID, batch);
            headers.insert(NATS_BATCH_SEQUENCE, HeaderValue::from(number));
        }
        if !is_last {
            let subject = message.subject.clone();
            let sent = link.client.publish_with_headers(subject, headers, payload);
            sent.await.map_err(|error| Fault::Retry(error.into()))?;
            continue;
        }
        if members.len() > 1 {
            headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
        }
        let ack = link.publish(&message.subject, headers, payload).await?;
        let is_whole = members.len() == 1 || ack.batch_size == Some(number);
        if ack.duplicate || !is_whole {
            return Err(Fault::Retry("ack is not of the whole batch".into()));
        }
        return Ok(ack.sequence);
    }
    Err(Fault::Retry("batch is empty".into()))
}
