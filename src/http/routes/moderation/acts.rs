//! Doing and undoing, and the record of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shape::{ActJson, Names};
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Parameters, Segments};
use crate::http::moderator::Staff;
use crate::moderation::{Act, ActId, ActRecord, MAX_PAGE, Order};

/// How many acts a page has when the client does not say.
const DEFAULT_LIMIT: u32 = 50;

/// What to do, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// What.
    act: Act,
    /// Why, at most 500 bytes; players see the reason of what concerns them.
    #[serde(default)]
    reason: String,
    /// The id of the preview that confirms it; acts that take away what players made need one.
    preview: Option<String>,
}

/// Why to undo.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoBody {
    /// Why, at most 500 bytes.
    #[serde(default)]
    reason: String,
}

/// Which acts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActsQuery {
    /// Only acts with a lower number.
    pub(super) before: Option<i64>,
    /// The most acts, 1 to 200; 50 when left out.
    pub(super) limit: Option<u32>,
}

/// Acts, newest first.
#[derive(Serialize, ToSchema)]
pub struct ActsJson {
    /// The acts.
    pub acts: Vec<ActJson>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<i64>,
}

impl ActsQuery {
    /// The page's records, and where the next one begins.
    pub(super) async fn records(
        &self,
        app: &Shared,
    ) -> Result<(Vec<ActRecord>, Option<i64>), ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_PAGE).contains(&limit) {
            let message = format!("limit is {limit}; use 1 to {MAX_PAGE}");
            return Err(ApiError::new(ErrorCode::InvalidRequest, message));
        }
        let acts = app.moderation.acts();
        let records = acts.page(self.before.map(ActId), limit).await?;
        let is_full = records.len() == limit as usize;
        let next = records.last().filter(|_| is_full);
        let next = next.map(|last| last.id.0);
        Ok((records, next))
    }
}

/// Do something to the canvas or to a player
#[utoipa::path(
    post, path = "/canvases/{canvas}/moderation/acts",
    operation_id = "perform_act", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = OrderBody,
    responses(
        (status = 201, body = ActJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_act"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody,
            description = "no_round, nothing_to_do, preview_needed, preview_gone, overtaken"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn perform(
    State(app): State<Shared>,
    Staff(actor): Staff,
    Segments(canvas): Segments<String>,
    JsonBody(body): JsonBody<OrderBody>,
) -> Result<(StatusCode, Json<ActJson>), ApiError> {
    app.canvas(&canvas)?;
    let gone = |_| ApiError::from(crate::moderation::ActError::PreviewGone);
    let preview = body.preview.map(|preview| preview.parse());
    let order = Order {
        act: body.act,
        reason: body.reason,
        preview: preview.transpose().map_err(gone)?,
    };
    let record = app.moderation.perform(&actor, order, UnixMs::now()).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, record).await?)))
}

/// Undo an act, as far as nobody has placed over it since
#[utoipa::path(
    post, path = "/canvases/{canvas}/moderation/acts/{act}/undo",
    operation_id = "undo_act", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("act" = i64, Path, description = "The act's number"),
    ),
    request_body = UndoBody,
    responses(
        (status = 201, body = ActJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_act"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, act_not_found"),
        (status = 409, body = ErrorBody,
            description = "no_round, nothing_to_do, not_undoable, overtaken"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn undo(
    State(app): State<Shared>,
    Staff(actor): Staff,
    Segments((canvas, act)): Segments<(String, i64)>,
    JsonBody(body): JsonBody<UndoBody>,
) -> Result<(StatusCode, Json<ActJson>), ApiError> {
    app.canvas(&canvas)?;
    let moderation = &app.moderation;
    let undone = moderation.undo(&actor, ActId(act), body.reason, UnixMs::now());
    let record = undone.await?;
    Ok((StatusCode::CREATED, Json(shown(&app, record).await?)))
}

/// What was done, newest first, for helpers and above
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/acts",
    operation_id = "list_acts", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug"), ActsQuery),
    responses(
        (status = 200, body = ActsJson),
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
    Parameters(query): Parameters<ActsQuery>,
) -> Result<Json<ActsJson>, ApiError> {
    app.canvas(&canvas)?;
    let (records, next_before) = query.records(&app).await?;
    let names = Names::of_records(&app, &records).await?;
    let acts = records.into_iter().map(|record| names.act(record));
    Ok(Json(ActsJson {
        acts: acts.collect(),
        next_before,
    }))
}

/// One act, for helpers and above
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/acts/{act}",
    operation_id = "get_act", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("act" = i64, Path, description = "The act's number"),
    ),
    responses(
        (status = 200, body = ActJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, act_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    _: Staff,
    Segments((canvas, act)): Segments<(String, i64)>,
) -> Result<Json<ActJson>, ApiError> {
    app.canvas(&canvas)?;
    let record = app.moderation.acts().get(ActId(act)).await?;
    Ok(Json(shown(&app, record).await?))
}

async fn shown(app: &Shared, record: ActRecord) -> Result<ActJson, ApiError> {
    let names = Names::of_records(app, std::slice::from_ref(&record)).await?;
    Ok(names.act(record))
}
