//! An event as a message, and back.

use async_nats::header::{
    NATS_EXPECTED_LAST_MESSAGE_ID, NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID,
};
use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;

use super::names::Names;
use crate::event::{self, EventId, InvalidName, UnixMs, Version};
use crate::{Append, AppendError, Guard, MAX_EVENT_BYTES, ReadError, Recorded};

/// An id that no event has: ids are 32 hexadecimal digits.
const NO_EVENT: &str = "none";

/// A message without an event's id.
#[derive(Debug, thiserror::Error)]
enum ForeignMessage {
    /// No `Nats-Msg-Id`.
    #[error("message has no id")]
    NoId,
    /// A `Nats-Msg-Id` that is not ours.
    #[error("message has a foreign id")]
    ForeignId(#[source] InvalidName),
}

/// An event on its way to the server. Cloning is cheap but for the subject's text.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) subject: String,
    pub(super) id: EventId,
    pub(super) guard: Guard,
    pub(super) at: UnixMs,
    pub(super) payload: Bytes,
}

impl Outgoing {
    pub(super) fn new(names: &Names, append: &Append) -> Result<Self, AppendError> {
        let payload = event::encode(append.at, &append.event);
        if payload.len() > MAX_EVENT_BYTES {
            let bytes = payload.len();
            return Err(AppendError::TooLarge { bytes });
        }
        Ok(Self {
            subject: names.subject(append.event.subject()),
            id: append.id,
            guard: append.guard,
            at: append.at,
            payload: payload.into(),
        })
    }

    /// The headers that make the append conditional and repeatable.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = self.id_header();
        if let Guard::LastOnSubject(last) = self.guard {
            headers.insert(
                NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
                HeaderValue::from(last.0),
            );
        }
        headers
    }

    /// The headers of a message that the server never stores: its condition never holds. But the
    /// server looks at the id before it looks at this condition, so that it answers with the
    /// version of the event that has the id, when there is one.
    pub(super) fn inquiry_headers(&self) -> HeaderMap {
        let mut headers = self.id_header();
        headers.insert(NATS_EXPECTED_LAST_MESSAGE_ID, NO_EVENT);
        headers
    }

    fn id_header(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, self.id.to_string());
        headers
    }
}

/// The event of a stored message.
pub(super) fn recorded(
    version: Version,
    headers: Option<&HeaderMap>,
    payload: &[u8],
) -> Result<Recorded, ReadError> {
    let id = id_of(headers).map_err(|error| ReadError::Corrupt {
        version,
        source: error.into(),
    })?;
    let (at, event) =
        event::decode(payload).map_err(|error| ReadError::undecodable(version, error))?;
    Ok(Recorded {
        version,
        at,
        id,
        event,
    })
}

fn id_of(headers: Option<&HeaderMap>) -> Result<EventId, ForeignMessage> {
    let id = headers.and_then(|headers| headers.get(NATS_MESSAGE_ID));
    let id = id.ok_or(ForeignMessage::NoId)?;
    id.as_str().parse().map_err(ForeignMessage::ForeignId)
}
