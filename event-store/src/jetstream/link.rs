//! The connection to the server, and the single requests that go over it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::context::{ContextBuilder, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{RawMessageError, RawMessageErrorKind, Stream};
use async_nats::jetstream::{self, Context, ErrorCode};
use async_nats::{Client, ConnectOptions, Event, HeaderMap};
use bytes::Bytes;
use tokio::sync::watch;

use super::backoff::Backoff;
use super::message::{self, Outgoing};
use super::names::Names;
use super::options::{JetStreamOptions, user_and_password};
use super::stream;
use crate::{BoxError, OpenError, ReadError, Recorded, Version};

/// The longest wait for one answer of the server, an ack or a reply; then the request is repeated.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// The longest wait for a connection to one address.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How often a silent connection is probed; it is given up after two probes without an answer.
const PING_EVERY: Duration = Duration::from_secs(5);

/// What the server, or the way to it, says instead of an ack.
#[derive(Debug)]
pub(super) enum Fault {
    /// The subject's last event is another one than the guard says.
    GuardFailed,
    /// The condition of [`Outgoing::inquiry_headers`], which never holds, does not hold.
    NotStored,
    /// The server will not store it.
    Refused(BoxError),
    /// Not known; the same message may be sent again.
    Retry(BoxError),
}

/// The connection was replaced or closed while an answer was awaited; the answer will not come any
/// more.
#[derive(Debug, thiserror::Error)]
#[error("connection was lost before the answer")]
struct ConnectionLost;

/// The log was closed by this process.
#[derive(Debug, thiserror::Error)]
#[error("log is closed")]
pub(super) struct Closed;

/// The state of the connection. Any change means that answers to older requests will not come.
#[derive(Clone, Copy, Debug, Default)]
struct Connection {
    /// How often a connection was made.
    made_count: u64,
    /// Whether the log was closed.
    is_closed: bool,
}

/// The connection, shared by everything that belongs to one open log.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) stream: Stream<()>,
    /// The stream's name.
    pub(super) stream_name: Arc<str>,
    connection: Arc<watch::Sender<Connection>>,
}

/// Tells of each loss of the connection.
pub(super) struct Losses(watch::Receiver<Connection>);

impl Losses {
    /// Waits for the next loss. Cancel safe.
    pub(super) async fn next(&mut self) {
        // An error would mean that nobody can send any more: as good as a loss.
        self.0.changed().await.ok();
    }
}

impl Link {
    /// Connects, and opens the canvas's stream.
    pub(super) async fn open(names: &Names, options: &JetStreamOptions) -> Result<Self, OpenError> {
        let unavailable = |source: BoxError| OpenError::Unavailable {
            log: names.stream.clone(),
            source,
        };
        let connection = Arc::<watch::Sender<Connection>>::default();
        let client = connect(options, names.stream.clone(), Arc::clone(&connection))
            .await
            .map_err(unavailable)?;
        let context = ContextBuilder::new()
            .timeout(ANSWER_WITHIN)
            .build(client.clone());
        stream::open(&context, names, options).await?;
        let stream = context.get_stream_no_info(&names.stream).await;
        Ok(Self {
            stream: stream.map_err(|error| unavailable(error.into()))?,
            stream_name: names.stream.as_str().into(),
            client,
            context,
            connection,
        })
    }

    /// Ends everything that waits for an answer, and closes the connection. Idempotent.
    pub(super) async fn close(&self) {
        let was_closed = self.is_closed();
        self.connection
            .send_modify(|connection| connection.is_closed = true);
        if !was_closed && let Err(error) = self.client.drain().await {
            tracing::debug!(%error, "connection was gone before it was closed");
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.borrow().is_closed
    }

    /// A receiver that changes once answers to requests sent from now on will not come.
    pub(super) fn losses(&self) -> Losses {
        Losses(self.connection.subscribe())
    }

    /// Sends a message and waits for its ack.
    pub(super) async fn publish(
        &self,
        subject: &str,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<PublishAck, Fault> {
        let mut losses = self.losses();
        let message = PublishMessage::build().headers(headers).payload(payload);
        let ack = self
            .context
            .send_publish(subject.to_owned(), message)
            .await
            .map_err(fault)?;
        tokio::select! {
            biased;
            ack = ack.into_future() => ack.map_err(fault),
            () = losses.next() => Err(Fault::Retry(ConnectionLost.into())),
        }
    }

    /// The version of the event that has the message's id, if the server remembers one.
    pub(super) async fn find_id(&self, message: &Outgoing) -> Result<Option<Version>, Fault> {
        let headers = message.inquiry_headers();
        match self.publish(&message.subject, headers, Bytes::new()).await {
            Ok(ack) => Ok(Some(Version(ack.sequence))),
            Err(Fault::NotStored) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The event of a version, as the stream's leader has it.
    pub(super) async fn event(&self, version: Version) -> Result<Option<Recorded>, ReadError> {
        let message = self.stream.get_raw_message(version.0).await;
        found(version, message)
    }

    /// The first event on `subject` from `from` on (inclusive), as the stream's leader has it.
    pub(super) async fn first_on(
        &self,
        subject: &str,
        from: Version,
    ) -> Result<Option<Recorded>, ReadError> {
        let stream = &self.stream;
        let message = stream
            .get_first_raw_message_by_subject(subject, from.0)
            .await;
        found(from, message)
    }

    /// The last version on `subject`, as the stream's leader has it.
    pub(super) async fn last_on(&self, subject: &str) -> Result<Version, ReadError> {
        match self.stream.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Version(message.sequence)),
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(Version::ZERO),
            Err(error) => Err(unavailable(Version::ZERO, error)),
        }
    }

    /// The last version, as the stream's leader has it.
    pub(super) async fn last(&self) -> Result<Version, ReadError> {
        let info = self.stream.get_info().await;
        let info = info.map_err(|error| unavailable(Version::ZERO, error))?;
        Ok(Version(info.state.last_sequence))
    }
}

pub(super) fn unavailable(version: Version, error: impl Into<BoxError>) -> ReadError {
    ReadError::Unavailable {
        version,
        source: error.into(),
    }
}

fn found(
    version: Version,
    message: Result<jetstream::message::StreamMessage, RawMessageError>,
) -> Result<Option<Recorded>, ReadError> {
    match message {
        Ok(found) => {
            let version = Version(found.sequence);
            message::recorded(version, Some(&found.headers), &found.payload).map(Some)
        }
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(unavailable(version, error)),
    }
}

async fn connect(
    options: &JetStreamOptions,
    log: String,
    connection: Arc<watch::Sender<Connection>>,
) -> Result<Client, BoxError> {
    let log: Arc<str> = log.into();
    let mut connect = ConnectOptions::new()
        .name("pixelwars")
        .connection_timeout(CONNECT_WITHIN)
        .request_timeout(Some(ANSWER_WITHIN))
        .ping_interval(PING_EVERY)
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            Backoff::pause(u32::try_from(attempts).unwrap_or(u32::MAX))
        })
        .require_tls(options.require_tls)
        .event_callback(move |event| {
            if event == Event::Connected {
                connection.send_modify(|connection| connection.made_count += 1);
            }
            note(&event, &log);
            std::future::ready(())
        });
    if let Some((user, password)) = options.servers.iter().find_map(user_and_password) {
        connect = connect.user_and_password(user, password);
    }
    if let Some(certificates) = &options.root_certificates {
        connect = connect.add_root_certificates(certificates.clone());
    }
    if let Some(credentials) = &options.credentials_file {
        connect = connect.credentials_file(credentials).await?;
    }
    Ok(connect.connect(&options.servers[..]).await?)
}

fn note(event: &Event, log: &str) {
    match event {
        Event::Connected => tracing::info!(stream = log, "connected to NATS for stream {log}"),
        Event::Draining | Event::Closed => {
            tracing::info!(stream = log, "{event}: NATS for stream {log}");
        }
        Event::Disconnected
        | Event::LameDuckMode
        | Event::SlowConsumer(_)
        | Event::ServerError(_)
        | Event::ClientError(_) => {
            tracing::warn!(stream = log, "{event}: NATS for stream {log}");
        }
    }
}

fn fault(error: PublishError) -> Fault {
    match error.kind() {
        PublishErrorKind::WrongLastSequence => Fault::GuardFailed,
        PublishErrorKind::WrongLastMessageId => Fault::NotStored,
        PublishErrorKind::MaxPayloadExceeded => Fault::Refused(error.into()),
        PublishErrorKind::Other if is_refusal(&error) => Fault::Refused(error.into()),
        PublishErrorKind::StreamNotFound
        | PublishErrorKind::TimedOut
        | PublishErrorKind::BrokenPipe
        | PublishErrorKind::MaxAckPending
        | PublishErrorKind::Other => Fault::Retry(error.into()),
    }
}

/// Whether the server says that there is no room, or that the message is too large. For a full stream
/// (`discard: new`) it has no code of its own, only the text "maximum bytes exceeded".
fn is_refusal(error: &PublishError) -> bool {
    let answer = std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<jetstream::Error>());
    answer.is_some_and(|answer| match answer.error_code() {
        ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM
        | ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM
        | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED => true,
        ErrorCode::STREAM_STORE_FAILED => answer.to_string().contains("maximum bytes exceeded"),
        _ => false,
    })
}
