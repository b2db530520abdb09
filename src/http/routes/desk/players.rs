//! What is known of a player, for the staff.

use axum::Json;
use axum::extract::State;
use event_store::{PlayerId, UnixMs};
use serde::Serialize;
use utoipa::ToSchema;

use super::bans::parse_player;
use super::unavailable;
use crate::history::{HistoryError, Look};
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::Segments;
use crate::http::moderator::{Staff, role_of};
use crate::http::past::no_answer;
use crate::http::routes::appeals::SanctionJson;
use crate::http::routes::moderation::shape::{ActJson, Names};
use crate::http::{Shared, rfc3339};
use crate::moderation::Role;
use crate::reports::Tallies;

/// How many of the newest acts about a player are told.
const ACTS: u32 = 20;

/// The most placements that are counted.
const MAX_COUNTED: usize = 10_000;

/// What is known of a player.
#[derive(Serialize, ToSchema)]
pub struct PlayerFactsJson {
    /// Who: 16 hexadecimal digits.
    pub id: String,
    /// The name shown to others.
    pub name: String,
    /// How the player came to be here: `anonymous`, `imported` or `identity`.
    pub origin: String,
    /// Since when, RFC 3339.
    pub since: String,
    /// What the player may do.
    pub role: Role,
    /// The ban in force.
    #[schema(required = true)]
    pub ban: Option<SanctionJson>,
    /// The mute in force.
    #[schema(required = true)]
    pub mute: Option<SanctionJson>,
    /// Since when the player is known to be no script, RFC 3339; null when nobody said so.
    #[schema(required = true)]
    pub verified_at: Option<String>,
    /// How often the player placed or undid in the newest round, counted to 10,000; null while
    /// history is being read after a start.
    #[schema(required = true)]
    pub placements: Option<u64>,
    /// Whether there are more than that.
    pub placements_are_more: bool,
    /// How many cells of the newest round hold the player's work now.
    pub cells_held: u64,
    /// What others told of the player and of cells that the player had set.
    pub reports: TalliesJson,
    /// The newest acts about the player, newest first, at most 20.
    pub acts: Vec<ActJson>,
    /// Where the player is signed in. The server knows no device and keeps no network.
    pub devices: Vec<DeviceJson>,
}

/// How many entries of the queue there are.
#[derive(Serialize, ToSchema)]
pub struct TalliesJson {
    /// That wait.
    pub open: u64,
    /// That are answered.
    pub done: u64,
}

impl From<Tallies> for TalliesJson {
    fn from(tallies: Tallies) -> Self {
        let Tallies { open, done } = tallies;
        Self { open, done }
    }
}

/// A sign-in that holds.
#[derive(Serialize, ToSchema)]
pub struct DeviceJson {
    /// Since when, RFC 3339.
    pub since: String,
    /// When its tokens were renewed last, RFC 3339: every quarter of an hour while it is used.
    pub last_used_at: String,
}

/// What is known of a player, for helpers and above
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/players/{player}",
    operation_id = "get_player_facts", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("player" = String, Path, description = "The player's id"),
    ),
    responses(
        (status = 200, body = PlayerFactsJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, player_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    _: Staff,
    Segments((canvas, player)): Segments<(String, String)>,
) -> Result<Json<PlayerFactsJson>, ApiError> {
    app.canvas(&canvas)?;
    let player = parse_player(&player)?;
    let now = UnixMs::now();
    let fault =
        |error: &(dyn std::error::Error + 'static)| ApiError::fault(ErrorCode::Unavailable, error);
    let profile = app.players.profile(player).await;
    let profile = profile.map_err(|error| fault(&error))?.ok_or_else(|| {
        let message = "there is no such player";
        ApiError::new(ErrorCode::PlayerNotFound, message)
    })?;
    let standing = app.moderation.standings().standing(player).await?;
    let sanctions = app.reports.sanctions(player, now).await?;
    let (ban, mute) = SanctionJson::both(sanctions);
    let (placements, placements_are_more) = placements(&app, player).await?;
    let tallies = app.reports.store().tallies_of(player).await;
    let acts = app.moderation.acts().about(player, ACTS).await?;
    let names = Names::of_records(&app, &acts).await?;
    let devices = app.sign_in.accounts().devices_of(player, now).await;
    let devices = devices.map_err(|error| fault(&error))?.into_iter();
    let devices = devices.map(|(since, last_used_at)| DeviceJson {
        since: rfc3339(since),
        last_used_at: rfc3339(last_used_at),
    });
    Ok(Json(PlayerFactsJson {
        id: player.to_string(),
        name: profile.name,
        origin: profile.origin,
        since: rfc3339(profile.created_at),
        role: role_of(&app, player).await?,
        ban,
        mute,
        verified_at: standing.verified_at.map(rfc3339),
        placements,
        placements_are_more,
        cells_held: app.moderation.cells_held_by(player).await,
        reports: tallies.map_err(unavailable)?.into(),
        acts: acts.into_iter().map(|act| names.act(act)).collect(),
        devices: devices.collect(),
    }))
}

/// How often a player placed or undid in the newest round, and whether there is more.
async fn placements(app: &Shared, player: PlayerId) -> Result<(Option<u64>, bool), ApiError> {
    let round = app.live.read(|state| {
        let round = state.canvas.round()?;
        let closed = round.closed.map(|closed| closed.version);
        let end = closed.unwrap_or(state.canvas.version().next());
        Some((round.round, end))
    });
    let Some((round, before)) = round else {
        return Ok((Some(0), false));
    };
    let look = Look {
        round,
        region: None,
        player: Some(player),
        before,
        limit: MAX_COUNTED,
    };
    match app.history.look(look).await {
        Ok(page) => Ok((Some(page.versions.len() as u64), page.next_before.is_some())),
        Err(HistoryError::NotReady | HistoryError::NotReached { .. }) => Ok((None, false)),
        Err(error) => Err(no_answer(&error)),
    }
}
