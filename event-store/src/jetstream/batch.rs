//! Group commit: whatever waits goes out as one atomic batch (NATS ADR-50).
//!
//! The server stores all members of a batch or none, next to each other, and syncs them together;
//! the one ack names the last member's sequence. When it refuses a batch, because of one member's
//! guard or because it knows one member's id, it does not say which member it was: then each is
//! told to go alone, and so it is when the ack does not come. That is safe, because an id is never
//! stored twice.

use std::collections::HashSet;

use async_nats::HeaderValue;
use async_nats::header::{
    NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL, NATS_BATCH_ID, NATS_BATCH_SEQUENCE,
};
use async_nats::jetstream::publish::PublishAck;
use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};

use super::link::{Fault, Link};
use super::message::Outgoing;
use crate::{EventId, Guard, Version};

/// The most members of one batch; the server's limit is 1 000 (ADR-50).
const MAX_MEMBERS: usize = 1_000;

/// Fewer go out as messages of their own, side by side: for each batch the server makes a directory
/// with files that it syncs (seen with strace, 2.15.1), which costs as much as a dozen messages.
const MIN_MEMBERS: usize = 12;

/// A batch takes no more members once their payloads have this many bytes.
const MAX_BYTES: usize = 1 << 20;

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
    /// Starts the task that makes the batches; `waiting` is the most events that wait for one. The
    /// task ends when this is dropped.
    pub(super) fn start(link: Link, waiting: usize) -> Self {
        let (offers, offered) = mpsc::channel(waiting);
        tokio::spawn(run(link, offered));
        Self { offers }
    }

    /// The event's version when its batch was stored; nothing when it was not, or is not known to
    /// be.
    pub(super) async fn append(&self, message: Outgoing) -> Option<Version> {
        let (outcome, answer) = oneshot::channel();
        let offer = Offer { message, outcome };
        self.offers.send(offer).await.ok()?;
        answer.await.ok()
    }
}

/// One batch after the other: what comes while one is on its way makes the next.
async fn run(link: Link, mut offers: mpsc::Receiver<Offer>) {
    // Batch ids of different processes must not meet: an inbox is a name that nobody else has.
    let inbox = link.client.new_inbox();
    let prefix = inbox.rsplit('.').next().unwrap_or_default();
    let mut held_back = None;
    for number in 0_u64.. {
        let first = match held_back.take() {
            Some(offer) => Some(offer),
            None => offers.recv().await,
        };
        let Some(first) = first else {
            return;
        };
        // The acks of the last batch woke many writers: let them get in.
        tokio::task::yield_now().await;
        let members;
        (members, held_back) = gather(first, &mut offers);
        send(&link, &format!("{prefix}-{number}"), members).await;
    }
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
        // The server refuses a guarded member whose subject the batch has already; and ids must
        // differ.
        let is_new_subject = subjects.insert(message.subject.clone());
        let is_new = ids.insert(message.id) && (is_new_subject || message.guard == Guard::None);
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

/// Sends what was gathered and tells the members their versions. Those whose `outcome` is dropped
/// go alone.
async fn send(link: &Link, batch: &str, members: Vec<Offer>) {
    let count = members.len() as u64;
    if members.len() < MIN_MEMBERS {
        join_all(members.into_iter().map(|member| send_one(link, member))).await;
        return;
    }
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

async fn send_one(link: &Link, member: Offer) {
    let Offer { message, outcome } = member;
    let sent = link.publish(&message.subject, message.headers(), message.payload);
    if let Ok(PublishAck {
        sequence,
        duplicate: false,
        ..
    }) = sent.await
    {
        outcome.send(Version(sequence)).ok();
    }
}

/// Publishes a batch and gives the sequence of its last member.
async fn publish(link: &Link, batch: &str, members: &[Offer]) -> Result<u64, Fault> {
    let Some((last, others)) = members.split_last() else {
        return Err(Fault::Retry("batch is empty".into()));
    };
    let headers = |message: &Outgoing, number: usize| {
        let mut headers = message.headers();
        headers.insert(NATS_BATCH_ID, batch);
        headers.insert(NATS_BATCH_SEQUENCE, HeaderValue::from(number));
        headers
    };
    for (member, number) in others.iter().zip(1..) {
        let Outgoing {
            subject, payload, ..
        } = member.message.clone();
        let headers = headers(&member.message, number);
        let sent = link.client.publish_with_headers(subject, headers, payload);
        sent.await.map_err(|error| Fault::Retry(error.into()))?;
    }
    let message = &last.message;
    let mut headers = headers(message, members.len());
    headers.insert(NATS_BATCH_COMMIT, NATS_BATCH_COMMIT_FINAL);
    let ack = link
        .publish(&message.subject, headers, message.payload.clone())
        .await?;
    if ack.batch_size == Some(members.len() as u64) {
        Ok(ack.sequence)
    } else {
        Err(Fault::Retry("ack is not of the whole batch".into()))
    }
}
