//! Films of the canvas: asking for one, looking how far it is, giving it up.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use event_store::UnixMs;

use super::timelapse_body::{TimelapseBody, invalid};
use super::timelapse_state::{TimelapseLimits, TimelapseOffer, TimelapseState};
use crate::http::Shared;
use crate::http::client_address::Client;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Segments};
use crate::http::player::Player;
use crate::http::rate_limit::check_timelapse;
use crate::timelapse::jobs::{FilmId, Known, NoRoom, NotCancelled, ShelfError};
use crate::timelapse::{Format, PlanError};

/// When to try again after the queue was full, in milliseconds: a film takes about so long.
const RETRY_AFTER_FULL_MS: u64 = 30_000;

/// What films can be asked for
#[utoipa::path(
    get, path = "/canvases/{canvas}/timelapses",
    operation_id = "get_timelapse_offer", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = TimelapseOffer),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
    ),
)]
pub async fn offer(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
) -> Result<Json<TimelapseOffer>, ApiError> {
    app.canvas(&canvas)?;
    let formats = app.timelapses.formats().await;
    let settings = app.timelapses.settings();
    Ok(Json(TimelapseOffer {
        formats: formats.into_iter().map(Into::into).collect(),
        queued: app.timelapses.waiting(),
        max_queued: settings.max_queue,
        limits: TimelapseLimits::of(settings.max_file_bytes()),
    }))
}

/// Ask for a film of the canvas
#[utoipa::path(
    post, path = "/canvases/{canvas}/timelapses",
    operation_id = "request_timelapse", tag = "play",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = TimelapseBody,
    responses(
        (status = 200, body = TimelapseState, description = "It is done already"),
        (status = 202, body = TimelapseState, description = "It will be rendered"),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_timelapse"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "no_round, timelapse_pending"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody,
            description = "timelapse_unavailable, timelapse_queue_full, unavailable"),
    ),
)]
pub async fn request(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    player: Player,
    client: Client,
    JsonBody(body): JsonBody<TimelapseBody>,
) -> Result<(StatusCode, Json<TimelapseState>), ApiError> {
    let live = app.canvas(&canvas)?;
    let request = body.request()?;
    let films = &app.timelapses;
    check_format(&films.formats().await, request.format)?;
    let (rounds, head) = live.read(|state| {
        let canvas = &state.canvas;
        (canvas.rounds().to_vec(), canvas.version())
    });
    let prepared = {
        // Planning folds the canvas, as drawing a picture does.
        let folding = app.drawing.acquire().await;
        let _folding = folding.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
        films.prepare(&request, rounds, head).await?
    };
    if let Some(known) = films.join(&prepared.id, player.id).await? {
        return Ok(answer(&app, known));
    }
    films.check_room(player.id)?;
    check_timelapse(&app, client, player.id)?;
    let job = films.queue(prepared, player.id, UnixMs::now())?;
    Ok(answer(&app, Known::Job(job)))
}

fn check_format(formats: &[Format], wanted: Format) -> Result<(), ApiError> {
    let message = match formats {
        [] => "films are off on this server",
        formats if formats.contains(&wanted) => return Ok(()),
        _ => "this server has no ffmpeg, and renders nothing but GIFs",
    };
    Err(ApiError::new(ErrorCode::TimelapseUnavailable, message))
}

fn answer(app: &Shared, known: Known) -> (StatusCode, Json<TimelapseState>) {
    let status = match &known {
        Known::Finished(..) => StatusCode::OK,
        Known::Job(_) => StatusCode::ACCEPTED,
    };
    (status, Json(state(app, known)))
}

fn state(app: &Shared, known: Known) -> TimelapseState {
    TimelapseState::of(known, app.live.slug(), app.timelapses.keep_ms())
}

/// How far a film is
#[utoipa::path(
    get, path = "/canvases/{canvas}/timelapses/{id}",
    operation_id = "get_timelapse", tag = "canvas",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("id" = String, Path, description = "The film's name"),
    ),
    responses(
        (status = 200, body = TimelapseState),
        (status = 404, body = ErrorBody, description = "canvas_not_found, timelapse_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments((canvas, id)): Segments<(String, String)>,
) -> Result<Response, ApiError> {
    app.canvas(&canvas)?;
    let known = find(&app, &id).await?;
    let fresh = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((fresh, Json(state(&app, known))).into_response())
}

/// The film of a name.
pub(super) async fn find(app: &Shared, id: &str) -> Result<Known, ApiError> {
    let known = match FilmId::parse(id) {
        Some(id) => app.timelapses.find(&id).await?,
        None => None,
    };
    known.ok_or_else(unknown)
}

fn unknown() -> ApiError {
    let message = "no such film is known: it has expired, was not done when the server stopped, \
        or nobody asked for it; ask again";
    ApiError::new(ErrorCode::TimelapseNotFound, message)
}

/// Give a film up that one asked for; it ends when nobody wants it
#[utoipa::path(
    delete, path = "/canvases/{canvas}/timelapses/{id}",
    operation_id = "cancel_timelapse", tag = "play",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("id" = String, Path, description = "The film's name"),
    ),
    responses(
        (status = 200, body = TimelapseState, description = "As it is now; what is done stays"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "timelapse_not_yours, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, timelapse_not_found"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn cancel(
    State(app): State<Shared>,
    Segments((canvas, id)): Segments<(String, String)>,
    player: Player,
) -> Result<Json<TimelapseState>, ApiError> {
    app.canvas(&canvas)?;
    let name = FilmId::parse(&id).ok_or_else(unknown)?;
    let known = match app.timelapses.cancel(&name, player.id) {
        Ok(job) => Known::Job(job),
        Err(NotCancelled::Unknown) => find(&app, &id).await?,
        Err(NotCancelled::NotYours) => {
            let message = "you did not ask for this film";
            return Err(ApiError::new(ErrorCode::TimelapseNotYours, message));
        }
    };
    Ok(Json(state(&app, known)))
}

impl From<ShelfError> for ApiError {
    fn from(error: ShelfError) -> Self {
        Self::fault(ErrorCode::Unavailable, &error)
    }
}

impl From<NoRoom> for ApiError {
    fn from(no_room: NoRoom) -> Self {
        match no_room {
            NoRoom::Pending => Self::new(ErrorCode::TimelapsePending, no_room.to_string()),
            NoRoom::Full => Self::new(ErrorCode::TimelapseQueueFull, no_room.to_string())
                .retry_after_ms(RETRY_AFTER_FULL_MS),
        }
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        match &error {
            PlanError::NoRound => Self::new(ErrorCode::NoRound, error.to_string()),
            PlanError::UnknownRound { .. }
            | PlanError::OtherRound { .. }
            | PlanError::BeforeRound { .. }
            | PlanError::Reversed { .. }
            | PlanError::Region { .. }
            | PlanError::Layout(_)
            | PlanError::OutOfBounds { .. }
            | PlanError::Caption
            | PlanError::IdleWithoutTime => invalid(error.to_string()),
            PlanError::Log(_) | PlanError::At(_) => Self::fault(ErrorCode::Unavailable, &error),
        }
    }
}
