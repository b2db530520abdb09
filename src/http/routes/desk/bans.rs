//! The bans in force.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use event_store::{PlayerId, UnixMs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::moderator::Staff;
use crate::http::paging::limit;
use crate::http::routes::moderation::shape::{NamedJson, Names};
use crate::http::{Shared, rfc3339};
use crate::moderation::ActRecord;

/// Which bans.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BansQuery {
    /// Only players whose id comes after this one: the `next_after` of the page before.
    after: Option<String>,
    /// The most bans, 1 to 100; 20 when left out.
    limit: Option<u32>,
}

/// Bans in force, by the players' ids.
#[derive(Serialize, ToSchema)]
pub struct BansJson {
    /// How many there are in all.
    pub count: usize,
    /// The bans.
    pub bans: Vec<BanJson>,
    /// The `after` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_after: Option<String>,
}

/// A ban in force.
#[derive(Serialize, ToSchema)]
pub struct BanJson {
    /// Who.
    pub player: NamedJson,
    /// Why.
    pub reason: String,
    /// Its end, RFC 3339; null when it lasts until it is lifted.
    #[schema(required = true)]
    pub until: Option<String>,
    /// The number of the act; null when it is not among the newest.
    #[schema(required = true)]
    pub act: Option<i64>,
    /// By whom.
    #[schema(required = true)]
    pub by: Option<NamedJson>,
    /// Since when, RFC 3339.
    #[schema(required = true)]
    pub since: Option<String>,
}

/// The bans in force, for helpers and above
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/bans",
    operation_id = "list_bans", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug"), BansQuery),
    responses(
        (status = 200, body = BansJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    _: Staff,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<BansQuery>,
) -> Result<Json<BansJson>, ApiError> {
    let live = app.canvas(&canvas)?;
    let limit = limit(query.limit)? as usize;
    let after = query.after.as_deref().map(parse_player);
    let after: Option<PlayerId> = after.transpose()?;
    let now = UnixMs::now();
    let (count, mut bans) = live.read(|state| {
        let in_force = || {
            let bans = state.canvas.bans();
            bans.filter(|(_, ban)| ban.until.is_none_or(|until| now < until))
        };
        let wanted = in_force().filter(|(player, _)| after.is_none_or(|after| *player > after));
        let wanted = wanted.map(|(player, ban)| (player, ban.clone()));
        (
            in_force().count(),
            wanted.take(limit + 1).collect::<Vec<_>>(),
        )
    });
    let is_last = bans.len() <= limit;
    bans.truncate(limit);
    let acts = match bans.is_empty() {
        true => HashMap::new(),
        false => newest_of_each(app.moderation.acts().bans().await?),
    };
    let of_page = bans.iter().map(|(player, _)| *player);
    let actors = bans
        .iter()
        .filter_map(|(player, _)| acts.get(player)?.actor.player);
    let names = Names::of(&app, of_page.chain(actors)).await?;
    let next_after = bans.last().filter(|_| !is_last);
    let next_after = next_after.map(|(player, _)| player.to_string());
    let shown = bans.into_iter().map(|(player, ban)| {
        let act = acts.get(&player);
        BanJson {
            player: names.player(player),
            reason: ban.reason,
            until: ban.until.map(rfc3339),
            act: act.map(|act| act.id.0),
            by: act.map(|act| names.identity(act.actor.identity)),
            since: act.map(|act| rfc3339(act.at)),
        }
    });
    Ok(Json(BansJson {
        count,
        bans: shown.collect(),
        next_after,
    }))
}

/// The newest act that banned each player.
fn newest_of_each(acts: Vec<ActRecord>) -> HashMap<PlayerId, ActRecord> {
    let mut newest = HashMap::new();
    for act in acts.into_iter().filter(crate::reports::bans) {
        if let Some(player) = act.act.player() {
            newest.entry(player).or_insert(act);
        }
    }
    newest
}

/// A player's id that a client names.
pub(super) fn parse_player(text: &str) -> Result<PlayerId, ApiError> {
    text.parse().map_err(|_| {
        let message = "a player's id is 16 hexadecimal digits";
        ApiError::new(ErrorCode::InvalidRequest, message)
    })
}
