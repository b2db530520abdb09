//! The log as it is: pages of events, and a stream of them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use event_store::{MAX_READ_EVENTS, Recorded, Version, event};
use futures_util::Stream;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::exchange::json::EventJson;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::long_connection::LongConnection;
use crate::http::media::{MSGPACK, prefers_json};
use crate::live::LiveCanvas;

/// How many events a page has when the client does not say.
const DEFAULT_LIMIT: usize = 1_000;

/// The most readers of event streams at a time.
const MAX_STREAMS: u32 = 1_000;

/// The most events that a stream reads at a time.
const STREAM_PAGE: usize = 500;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// The version before the first one wanted; 0 for the log's start.
    #[serde(default)]
    after: u64,
    /// The most events, 1 to 10 000; 1 000 when left out.
    limit: Option<usize>,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<EventJson>,
    /// The `after` of the next page: the last event's version, or the one asked for when there is
    /// none.
    pub next_after: u64,
    /// The newest version of the log.
    pub last: u64,
}

/// The events after a version, oldest first
#[utoipa::path(
    get, path = "/canvases/{canvas}/events",
    operation_id = "list_events", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug"), EventsQuery),
    responses(
        (status = 200, description = "MessagePack array of `[version, event]` with the event as in \
            `docs/FORMATS.md`, or JSON by `Accept`",
            content((EventPage = "application/json"), (String = "application/msgpack"))),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_READ_EVENTS).contains(&limit) {
        let message = format!("limit is {limit}; use 1 to {MAX_READ_EVENTS}");
        return Err(ApiError::new(ErrorCode::InvalidRequest, message));
    }
    let events = read_after(live, Version(query.after), limit).await?;
    if !prefers_json(&headers) {
        let body = as_msgpack(&events);
        return Ok(([(header::CONTENT_TYPE, MSGPACK)], body).into_response());
    }
    let page = EventPage {
        next_after: events.last().map_or(query.after, |last| last.version.0),
        last: live.version().0,
        events: events.iter().map(EventJson::from).collect(),
    };
    Ok(Json(page).into_response())
}

/// The events after a version, from memory when they are recent.
async fn read_after(
    live: &LiveCanvas,
    after: Version,
    limit: usize,
) -> Result<Vec<Recorded>, ApiError> {
    let recent = live.read(|state| state.recent.events_after(after, limit));
    match recent {
        Some(events) => Ok(events),
        None => {
            let events = live
                .store()
                .read(Version(after.0.saturating_add(1)), limit)
                .await;
            events.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))
        }
    }
}

fn as_msgpack(events: &[Recorded]) -> Vec<u8> {
    const INTO_MEMORY: &str = "writing into memory does not fail";
    let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let mut body = Vec::with_capacity(events.len() * 40 + 8);
    rmp::encode::write_array_len(&mut body, count).expect(INTO_MEMORY);
    for recorded in events {
        rmp::encode::write_array_len(&mut body, 2).expect(INTO_MEMORY);
        rmp::encode::write_uint(&mut body, recorded.version.0).expect(INTO_MEMORY);
        body.extend(event::encode(recorded.at, &recorded.event));
    }
    body
}

/// Where a stream begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// The version before the first event wanted; only what comes from now on when left out. The
    /// header `Last-Event-ID` wins over it.
    after: Option<u64>,
}

/// The events as they happen, as server-sent events: `id` is the version, `data` an event as JSON
#[utoipa::path(
    get, path = "/canvases/{canvas}/events/stream",
    operation_id = "stream_events", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug"), StreamQuery),
    responses(
        (status = 200, content_type = "text/event-stream", body = EventJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "too_many_connections"),
    ),
)]
pub async fn stream(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<StreamQuery>,
    connection: LongConnection,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let resumed = match headers.get("last-event-id") {
        None => query.after,
        Some(id) => Some(last_event_id(id)?),
    };
    let after = resumed.map_or(live.version(), Version);
    let events = follow(Arc::clone(&app), after, connection)?;
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}

fn last_event_id(id: &axum::http::HeaderValue) -> Result<u64, ApiError> {
    let version = id.to_str().ok().and_then(|text| text.parse().ok());
    version.ok_or_else(|| {
        let message = "the header Last-Event-ID is not a version; send the last event's `id`";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })
}

/// One reader of the stream.
struct Reader {
    app: Shared,
    after: Version,
    versions: tokio::sync::watch::Receiver<Version>,
    pending: std::vec::IntoIter<Recorded>,
    _seat: Seat,
    _connection: LongConnection,
}

/// Counts the reader for as long as it reads.
struct Seat(Arc<App>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.live.watching().leave();
    }
}

fn follow(
    app: Shared,
    after: Version,
    connection: LongConnection,
) -> Result<impl Stream<Item = Result<SseEvent, Infallible>>, ApiError> {
    if !app.live.watching().enter(MAX_STREAMS) {
        let message = format!("{MAX_STREAMS} readers follow the events already; try again later");
        let error = ApiError::new(ErrorCode::TooManyConnections, message);
        return Err(error.retry_after_ms(10_000));
    }
    let reader = Reader {
        versions: app.live.versions(),
        _seat: Seat(Arc::clone(&app)),
        _connection: connection,
        app,
        after,
        pending: Vec::new().into_iter(),
    };
    Ok(stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    }))
}

impl Reader {
    /// The next event; none when the log can no longer be read or the server stops: the client then
    /// comes back with its `Last-Event-ID`.
    async fn next(&mut self) -> Option<SseEvent> {
        let recorded = loop {
            if let Some(recorded) = self.pending.next() {
                break recorded;
            }
            let stopping = self.app.stopping.clone();
            stopping.run_until_cancelled(self.reached()).await??;
            let page = read_after(&self.app.live, self.after, STREAM_PAGE)
                .await
                .ok()?;
            self.pending = page.into_iter();
        };
        self.after = recorded.version;
        let event = SseEvent::default().id(recorded.version.to_string());
        event.json_data(EventJson::from(&recorded)).ok()
    }

    /// Waits until there is an event after the last one.
    async fn reached(&mut self) -> Option<()> {
        let after = self.after;
        let reached = self.versions.wait_for(|version| *version > after).await;
        reached.is_ok().then_some(())
    }
}
