//! Appending one event: retries, duplicates and lost races.

use async_nats::jetstream::publish::PublishAck;
use tokio::time::Instant;

use super::backoff::Backoff;
use super::link::{Closed, Fault, Link};
use super::message::Outgoing;
use crate::{AppendError, Appended, BoxError, Guard, ReadError, Version};

/// Why an attempt did not give the event's version.
enum Failure {
    /// The answer to the caller.
    Final(AppendError),
    /// Not known whether it is stored.
    Retry(BoxError),
}

/// A guard that failed on the server although nothing visible is in its way.
#[derive(Debug, thiserror::Error)]
#[error("guard failed, but the event that is in its way is not visible yet")]
struct RivalNotVisible;

/// The server says that an id is stored, but not as what.
#[derive(Debug, thiserror::Error)]
#[error("version {version} does not hold the event that the server says has the id")]
struct WrongDuplicate {
    version: Version,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::GuardFailed | Fault::NotStored => Self::Final(AppendError::Conflict),
            Fault::Refused(source) => Self::Final(AppendError::Refused { source }),
            Fault::Retry(source) => Self::Retry(source),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Retry(error.into())
    }
}

/// Sends `message` by itself until it is known whether it is stored, at most until `deadline`.
pub(super) async fn append(
    link: &Link,
    message: &Outgoing,
    deadline: Instant,
) -> Result<Appended, AppendError> {
    let mut backoff = Backoff::default();
    loop {
        if link.is_closed() {
            let source = Closed.into();
            return Err(AppendError::Unavailable { source });
        }
        let source = match attempt(link, message).await {
            Ok(appended) => return Ok(appended),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Retry(source)) => source,
        };
        tracing::debug!(event.id = %message.id, error = source, "append is tried again");
        if !backoff.wait_before(deadline).await {
            return Err(AppendError::Unavailable { source });
        }
    }
}

async fn attempt(link: &Link, message: &Outgoing) -> Result<Appended, Failure> {
    let (headers, payload) = (message.headers(), message.payload.clone());
    match link.publish(&message.subject, headers, payload).await {
        Ok(PublishAck {
            sequence,
            duplicate: false,
            ..
        }) => Ok(Appended {
            version: Version(sequence),
            at: message.at,
        }),
        Ok(PublishAck { sequence, .. }) => first_append(link, message, Version(sequence)).await,
        Err(Fault::GuardFailed) => settle(link, message).await,
        Err(fault) => Err(fault.into()),
    }
}

/// The first append of an id that the server has seen before.
async fn first_append(
    link: &Link,
    message: &Outgoing,
    version: Version,
) -> Result<Appended, Failure> {
    let first = link.event(version).await?;
    match first.filter(|first| first.id == message.id) {
        Some(first) => Ok(Appended {
            version,
            at: first.at,
        }),
        None => Err(Failure::Retry(WrongDuplicate { version }.into())),
    }
}

/// Tells a lost race from a win whose ack was lost: the server looks at the guard before it looks at
/// the id (seen with 2.15.1), so a retry of an append that is stored fails on its own event.
///
/// Inside the duplicate window the server knows the id. Beyond it, an append that won with this
/// guard can only be the first event on the subject after the guard's version.
async fn settle(link: &Link, message: &Outgoing) -> Result<Appended, Failure> {
    if let Some(version) = link.find_id(message).await? {
        return first_append(link, message, version).await;
    }
    let Guard::LastOnSubject(last) = message.guard else {
        return Err(Failure::Final(AppendError::Conflict));
    };
    match link.first_on(&message.subject, last.next()).await? {
        Some(rival) if rival.id == message.id => Ok(Appended {
            version: rival.version,
            at: rival.at,
        }),
        Some(_) => Err(Failure::Final(AppendError::Conflict)),
        // Nothing came after the guard: either it names a version that the subject never had, or the
        // event in its way is accepted but not yet stored, and could be this one.
        None if link.last_on(&message.subject).await? == last => {
            Err(Failure::Retry(RivalNotVisible.into()))
        }
        None => Err(Failure::Final(AppendError::Conflict)),
    }
}
