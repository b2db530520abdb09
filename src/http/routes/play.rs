//! Taking and leaving a seat, and the feed that goes with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header, request};
use axum::response::Response;
use event_store::{CanvasSlug, PlayerId, UnixMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::accounts::RevocationState;
use crate::auth::{FeedTicket, TicketHolder};
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::long_connection::LongConnection;
use crate::http::player::{Player, session_revoked};
use crate::http::timestamp::rfc3339;
use crate::live::State as LiveState;
use crate::live::fanout::{UpgradeError, upgrade};
use crate::placements::Rejection;
use crate::players::{PlayRefusal, PlayerStatus};

use super::placements::{ChargesJson, charges};

/// How long a player is asked to wait before trying a full queue again, in milliseconds.
const RETRY_AFTER_FULL_MS: u64 = 5_000;

/// The feed's subprotocol.
const PROTOCOL: &str = "pixelwars.v1";

/// A player's status and charges, and where the feed is.
#[derive(Serialize, ToSchema)]
pub struct PlayJson {
    /// `playing`: the player may place. `queued`: the player waits for a seat.
    #[schema(value_type = SeatStatus)]
    pub status: PlayerStatus,
    /// The place in the queue, 0 for a player that has a seat.
    pub position: u32,
    /// When the status ends by itself, RFC 3339: a seat without a placement or undo until then, a
    /// place in the queue without a socket until then.
    #[schema(required = true)]
    pub until: Option<String>,
    /// How to open the feed.
    pub feed: FeedJson,
    /// The canvas's version that the charges are of.
    pub version: u64,
    /// What the player may do, as after a placement; before the first round 0 of 0.
    #[serde(flatten)]
    pub charges: ChargesJson,
}

/// What becomes of a player who asks to play.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(
    dead_code,
    reason = "the document's own: nobody who asks to play is afk"
)]
enum SeatStatus {
    /// May place.
    Playing,
    /// Waits for a seat.
    Queued,
}

/// How to open the feed.
#[derive(Serialize, ToSchema)]
pub struct FeedJson {
    /// Its path on this server.
    #[schema(example = "/api/v1/canvases/main/feed")]
    pub url: String,
    /// Good for one connection within 30 seconds; goes into `Sec-WebSocket-Protocol`.
    pub ticket: String,
}

/// A player's status.
#[derive(Serialize, ToSchema)]
pub struct LeftJson {
    /// `afk`.
    #[schema(example = "afk")]
    pub status: PlayerStatus,
}

/// Where a client of the feed stands. The server does not need it: the client compares versions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documented parameters that clients may send")]
pub struct FeedQuery {
    /// The newest version that the client has.
    after: Option<u64>,
    /// Its round.
    round: Option<u32>,
}

/// Take a seat, and get a ticket for the feed
#[utoipa::path(
    post, path = "/canvases/{canvas}/play",
    operation_id = "play", tag = "play",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = PlayJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "banned, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "session_superseded: refresh, then play"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "queue_full, too_many_connections"),
    ),
)]
pub async fn play(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    player: Player,
) -> Result<Json<PlayJson>, ApiError> {
    let live = app.canvas(&canvas)?;
    let now = UnixMs::now();
    let holder = TicketHolder {
        player: player.id,
        session: player.play_session(),
    };
    let tickets = app.tickets.tickets();
    let ticket = tickets.issue(holder, live.slug().clone(), now);
    let ticket = ticket.map_err(|_full| {
        let message = "too many players are coming in at once; try again in a moment";
        ApiError::new(ErrorCode::TooManyConnections, message).retry_after_ms(1_000)
    })?;
    // The ticket first: whoever gets none takes no seat.
    let played = app
        .seats
        .play_anywhere(player.id, player.play_session(), now)
        .await;
    let report = played.map_err(|refusal| refused(&refusal, now))?;
    let revocations = app.sign_in.revocations();
    if revocations.state_of(player.login_session, now) == RevocationState::Revoked {
        // It was ended while the seat was taken, and its seats were looked for before.
        app.seats.leave(player.id, now);
        return Err(session_revoked());
    }
    let (version, charges) = live.read(|state| charges_of(state, player.id, now));
    Ok(Json(PlayJson {
        status: report.status,
        position: report.position,
        until: report.until.map(rfc3339),
        feed: FeedJson {
            url: format!("/api/v1/canvases/{}/feed", live.slug()),
            ticket: ticket.to_string(),
        },
        version,
        charges,
    }))
}

/// What the player may do by the state that this gateway shows, and that state's version.
fn charges_of(state: &LiveState, player: PlayerId, now: UnixMs) -> (u64, ChargesJson) {
    let canvas = &state.canvas;
    let known = canvas.allowance(player, now).zip(canvas.cooldown());
    let charges = match known {
        Some((allowance, rule)) => charges(rule.max_charges, allowance),
        None => ChargesJson {
            charges: 0,
            max_charges: 0,
            next_charge_at: None,
        },
    };
    (canvas.version().0, charges)
}

/// Give the seat up
#[utoipa::path(
    post, path = "/canvases/{canvas}/leave",
    operation_id = "leave", tag = "play",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = LeftJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
    ),
)]
pub async fn leave(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    player: Player,
) -> Result<Json<LeftJson>, ApiError> {
    app.canvas(&canvas)?;
    app.seats.leave(player.id, UnixMs::now());
    Ok(Json(LeftJson {
        status: PlayerStatus::Afk,
    }))
}

fn refused(refusal: &PlayRefusal, now: UnixMs) -> ApiError {
    match refusal {
        PlayRefusal::Banned { until, reason } => {
            let (until, reason) = (*until, reason.clone());
            ApiError::rejected(&Rejection::Banned { until, reason }, now)
        }
        PlayRefusal::Superseded => ApiError::new(ErrorCode::SessionSuperseded, refusal.to_string()),
        PlayRefusal::QueueFull => ApiError::new(ErrorCode::QueueFull, refusal.to_string())
            .retry_after_ms(RETRY_AFTER_FULL_MS),
    }
}

/// The feed: a WebSocket of the frames in `docs/API.md`, one way
#[utoipa::path(
    get, path = "/canvases/{canvas}/feed",
    operation_id = "open_feed", tag = "play",
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        FeedQuery,
        ("sec-websocket-protocol" = String, Header, description = "`pixelwars.v1, <ticket>`, or \
            the ticket alone"),
    ),
    responses(
        (status = 101, description = "Binary messages follow"),
        (status = 401, body = ErrorBody, description = "invalid_ticket, session_revoked"),
        (status = 403, body = ErrorBody, description = "foreign_origin"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 426, body = ErrorBody, description = "upgrade_required"),
        (status = 503, body = ErrorBody, description = "too_many_connections"),
    ),
)]
pub async fn feed(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(_query): Parameters<FeedQuery>,
    LongConnection(place): LongConnection,
    mut parts: request::Parts,
) -> Result<Response, ApiError> {
    let slug = app.canvas(&canvas)?.slug().clone();
    check_origin(&app, &parts.headers)?;
    has_room(&app)?;
    let offer = Offer::read(&parts.headers)?;
    let holder = redeem(&app, &offer, &slug).await?;
    let (live, seats) = (Arc::clone(&app.live), Arc::clone(&app.seats));
    let adopted = upgrade(&mut parts, Some(offer.answer), move |socket| {
        let round = live.read(|state| state.canvas.round().map(|round| round.round));
        let TicketHolder { player, session } = holder;
        match live.feed().adopt(socket, player, place, round) {
            Ok(connection) => seats.socket_opened(player, session, connection, UnixMs::now()),
            Err(error) => {
                tracing::warn!(player.id = %player, %error, "could not take a socket over");
                metrics::counter!("canvas_connections_refused_total").increment(1);
            }
        }
    });
    adopted.map_err(not_a_handshake)
}

/// Uses the ticket up. One from another gateway brings its seat along.
async fn redeem(app: &Shared, offer: &Offer, slug: &CanvasSlug) -> Result<TicketHolder, ApiError> {
    let now = UnixMs::now();
    let invalid = || {
        let message = "the ticket is unknown, used or older than 30 seconds; get one from `play`";
        ApiError::new(ErrorCode::InvalidTicket, message)
    };
    let ticket: FeedTicket = offer.ticket.parse().map_err(|_| invalid())?;
    let redeemed = app.tickets.redeem(ticket, slug, now).await;
    let holder = redeemed.map_err(|_| invalid())?;
    let revocations = app.sign_in.revocations();
    if revocations.state_of(holder.session.login_session, now) == RevocationState::Revoked {
        return Err(session_revoked());
    }
    if ticket.gateway() != app.tickets.tickets().gateway() {
        let played = app
            .seats
            .play_anywhere(holder.player, holder.session, now)
            .await;
        played.map_err(|refusal| refused(&refusal, now))?;
    }
    Ok(holder)
}

/// What a client offers as subprotocols: the ticket among them, since browsers can set no other
/// header.
struct Offer {
    ticket: String,
    answer: HeaderValue,
}

impl Offer {
    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let lists = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
        let offered: Vec<&str> = lists
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .collect();
        let ticket = offered
            .iter()
            .find(|offer| **offer != PROTOCOL && !offer.is_empty());
        let ticket = ticket.ok_or_else(|| {
            let message = "open the feed with the ticket from `play` in Sec-WebSocket-Protocol";
            ApiError::new(ErrorCode::InvalidTicket, message)
        })?;
        // A browser closes the connection when none of its offers is answered.
        let answer = if offered.contains(&PROTOCOL) {
            PROTOCOL
        } else {
            ticket
        };
        let answer = HeaderValue::from_str(answer).map_err(|_| {
            ApiError::new(
                ErrorCode::InvalidRequest,
                "Sec-WebSocket-Protocol cannot be read",
            )
        })?;
        Ok(Self {
            ticket: (*ticket).to_owned(),
            answer,
        })
    }
}

/// Refuses early, while there is still an HTTP response to say it in. A crowd that comes at once
/// may still find the last place taken after its upgrade; those sockets are closed.
fn has_room(app: &Shared) -> Result<(), ApiError> {
    let most = app.config.limits.max_connections as usize;
    if app.live.feed().fanout().stats().connections < most {
        return Ok(());
    }
    metrics::counter!("canvas_connections_refused_total").increment(1);
    let message = "the server has as many connections as it takes; try again later";
    Err(ApiError::new(ErrorCode::TooManyConnections, message).retry_after_ms(10_000))
}

/// A page of another site must not open a player's feed, whatever name of this server it was loaded
/// from: the list is exact, and the header `Host`, which a page can choose by its DNS, does not
/// count. Programs that are no browsers send no origin.
fn check_origin(app: &Shared, headers: &HeaderMap) -> Result<(), ApiError> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let is_allowed = |origin: &HeaderValue| {
        let mut allowed = app.origins.iter();
        allowed.any(|allowed| allowed.as_bytes() == origin.as_bytes())
    };
    if origins.all(is_allowed) {
        return Ok(());
    }
    let message = "this page may not open the feed; the operator sets `public_url` to the page's \
        address, or names it in `allowed_origins`";
    Err(ApiError::new(ErrorCode::ForeignOrigin, message))
}

fn not_a_handshake(error: UpgradeError) -> ApiError {
    let message = format!("this is the feed, a WebSocket: {error}");
    ApiError::new(ErrorCode::UpgradeRequired, message)
}
