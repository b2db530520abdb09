//! Reading a range, in pages of the server's batched direct get (NATS ADR-31).

use async_nats::header::NATS_SEQUENCE;
use async_nats::{Message, StatusCode};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::link::{ANSWER_WITHIN, Link, unavailable};
use super::message;
use crate::{MAX_READ_EVENTS, ReadError, Recorded, Version};

/// A page of the server ends after this many bytes, and a read with the page that reaches them.
const MAX_PAGE_BYTES: usize = 8 << 20;

/// The end of a page: the server's status 204, "EOB".
const END_OF_BATCH: u16 = 204;

/// A version that the log should have.
#[derive(Debug, thiserror::Error)]
#[error("version is missing, the next one is {found:?}")]
pub(super) struct Missing {
    /// What is there instead, if anything.
    pub(super) found: Option<Version>,
}

impl Missing {
    pub(super) fn at(version: Version, found: Option<Version>) -> ReadError {
        ReadError::Corrupt {
            version,
            source: Self { found }.into(),
        }
    }
}

/// As [`EventStore::read`](crate::EventStore::read).
///
/// The leader says how far the log goes; the events come from whichever replica answers. One that
/// lags behind gives a page that ends early, and the leader is asked for the next event.
pub(super) async fn read(
    link: &Link,
    from: Version,
    limit: usize,
) -> Result<Vec<Recorded>, ReadError> {
    let first = from.max(Version(1));
    if limit == 0 {
        return Ok(Vec::new());
    }
    let there = link.last().await?.next().events_since(first);
    let limit = limit.min(MAX_READ_EVENTS);
    let count = usize::try_from(there).map_or(limit, |there| there.min(limit));

    let mut page = Page {
        events: Vec::with_capacity(count),
        next: first,
        bytes: 0,
    };
    while page.events.len() < count && page.bytes < MAX_PAGE_BYTES {
        let wanted = count - page.events.len();
        let before = page.next;
        page.fetch(link, wanted).await?;
        if page.next == before {
            let event = link.event(before).await?;
            let event = event.ok_or_else(|| Missing::at(before, None))?;
            page.push(event)?;
        }
    }
    Ok(page.events)
}

struct Page {
    events: Vec<Recorded>,
    /// The version that must come next.
    next: Version,
    bytes: usize,
}

impl Page {
    fn push(&mut self, event: Recorded) -> Result<(), ReadError> {
        if event.version != self.next {
            return Err(Missing::at(self.next, Some(event.version)));
        }
        self.next = self.next.next();
        self.events.push(event);
        Ok(())
    }

    /// Adds up to `wanted` events, as many as the server gives at once.
    async fn fetch(&mut self, link: &Link, wanted: usize) -> Result<(), ReadError> {
        let from = self.next;
        let inbox = link.client.new_inbox();
        let answers = link.client.subscribe(inbox.clone()).await;
        let mut answers = answers.map_err(|error| unavailable(from, error))?;
        let request = format!(r#"{{"seq":{from},"batch":{wanted},"max_bytes":{MAX_PAGE_BYTES}}}"#);
        let request = async_nats::client::Request::new()
            .inbox(inbox)
            .payload(request.into());
        let subject = format!("DIRECT.GET.{}", link.stream_name);
        let sent = link.context.send_request(subject, request).await;
        sent.map_err(|error| unavailable(from, error))?;
        for _ in 0..=wanted {
            let answer = timeout(ANSWER_WITHIN, answers.next()).await;
            let answer = answer.map_err(|elapsed| unavailable(self.next, elapsed))?;
            let Some(answer) = answer else {
                return Err(unavailable(self.next, "connection was closed"));
            };
            if let Some(status) = answer.status {
                return self.ended(status, answer);
            }
            self.bytes += answer.payload.len();
            self.push(self.decoded(&answer)?)?;
        }
        Ok(())
    }

    fn decoded(&self, answer: &Message) -> Result<Recorded, ReadError> {
        let headers = answer.headers.as_ref();
        let sequence = headers
            .and_then(|headers| headers.get_last(NATS_SEQUENCE))
            .and_then(|sequence| sequence.as_str().parse().ok());
        let Some(sequence) = sequence else {
            return Err(unavailable(
                self.next,
                "server sent an event without a sequence",
            ));
        };
        message::recorded(Version(sequence), headers, &answer.payload)
    }

    fn ended(&self, status: StatusCode, answer: Message) -> Result<(), ReadError> {
        if status.as_u16() == END_OF_BATCH || status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        let description = answer.description.unwrap_or_default();
        let error = format!("server answered {status} {description}");
        Err(unavailable(self.next, error))
    }
}
