//! What people told the operator, for admins to answer.

use axum::Json;
use axum::extract::State;
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entries::{QueueQuery, WaitingState};
use super::shape::{identity, player_of};
use crate::feedback::{AnswerError, Answered, FeedbackId, FeedbackUnavailable};
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Parameters, Segments};
use crate::http::moderator::Admin;
use crate::http::paging::{PageQuery, limit, next_before};
use crate::http::player::Player;
use crate::http::routes::moderation::shape::{NamedJson, Names};
use crate::http::{Shared, rfc3339};

/// Messages to the operator, newest first.
#[derive(Serialize, ToSchema)]
pub struct FeedbackPageJson {
    /// The messages.
    pub feedback: Vec<FeedbackJson>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<i64>,
}

/// A message to the operator, as admins see it.
#[derive(Serialize, ToSchema)]
pub struct FeedbackJson {
    /// The message.
    #[serde(flatten)]
    pub message: OwnFeedbackJson,
    /// Who wrote it; null for guests.
    #[schema(required = true)]
    pub player: Option<NamedJson>,
    /// How to answer elsewhere, in the sender's own words.
    #[schema(required = true)]
    pub contact: Option<String>,
    /// Who answered.
    #[schema(required = true)]
    pub answered_by: Option<NamedJson>,
}

/// What you told the operator, newest first.
#[derive(Serialize, ToSchema)]
pub struct OwnFeedbackPageJson {
    /// The messages.
    pub feedback: Vec<OwnFeedbackJson>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<i64>,
}

/// A message to the operator, and the answer.
#[derive(Serialize, ToSchema)]
pub struct OwnFeedbackJson {
    /// Its number.
    pub id: i64,
    /// When it came, RFC 3339.
    pub at: String,
    /// `bug`, `idea`, `abuse` or `other`.
    pub category: &'static str,
    /// The message.
    pub text: String,
    /// The canvas that it is about.
    #[schema(required = true)]
    pub canvas: Option<String>,
    /// The version that was seen.
    #[schema(required = true)]
    pub version: Option<u64>,
    /// The cell's column.
    #[schema(required = true)]
    pub x: Option<u16>,
    /// The cell's row.
    #[schema(required = true)]
    pub y: Option<u16>,
    /// The answer; null while there is none.
    #[schema(required = true)]
    pub answer: Option<String>,
    /// When it was answered, RFC 3339.
    #[schema(required = true)]
    pub answered_at: Option<String>,
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackAnswerBody {
    /// 1 to 1,000 characters; the player reads it.
    answer: String,
}

/// What people told the operator, for admins
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/feedback",
    operation_id = "list_feedback", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug"), QueueQuery),
    responses(
        (status = 200, body = FeedbackPageJson),
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
    _: Admin,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<QueueQuery>,
) -> Result<Json<FeedbackPageJson>, ApiError> {
    app.canvas(&canvas)?;
    let limit = limit(query.limit)?;
    let is_answered = match query.state.unwrap_or_default() {
        WaitingState::Open => false,
        WaitingState::Done => true,
    };
    let before = query.before.map(FeedbackId);
    let page = app.feedback.waiting(is_answered, before, limit).await?;
    let next_before = next_before(&page, limit, |one| one.feedback.id.0);
    Ok(Json(FeedbackPageJson {
        feedback: shown(&app, page).await?,
        next_before,
    }))
}

/// Answer what somebody told the operator, once, for admins
#[utoipa::path(
    post, path = "/canvases/{canvas}/moderation/feedback/{feedback}/answer",
    operation_id = "answer_feedback", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("feedback" = i64, Path, description = "The message's number"),
    ),
    request_body = FeedbackAnswerBody,
    responses(
        (status = 200, body = FeedbackJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_resolution"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, feedback_not_found"),
        (status = 409, body = ErrorBody, description = "already_resolved"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn answer(
    State(app): State<Shared>,
    Admin(actor): Admin,
    Segments((canvas, feedback)): Segments<(String, i64)>,
    JsonBody(body): JsonBody<FeedbackAnswerBody>,
) -> Result<Json<FeedbackJson>, ApiError> {
    app.canvas(&canvas)?;
    let by = actor.identity.to_string();
    let (id, now) = (FeedbackId(feedback), UnixMs::now());
    let answered = app.feedback.answer(id, &body.answer, &by, now).await;
    let answered = match answered {
        Ok(answered) => answered,
        Err(error) => return Err(refused(&app, error).await),
    };
    metrics::counter!("canvas_feedback_answers_total").increment(1);
    let mut shown = shown(&app, vec![answered]).await?;
    shown.pop().map(Json).ok_or_else(|| {
        let message = format!("there is no message {feedback}");
        ApiError::new(ErrorCode::FeedbackNotFound, message)
    })
}

/// What you told the operator, and the answers, newest first
#[utoipa::path(
    get, path = "/me/feedback",
    operation_id = "list_own_feedback", tag = "feedback",
    security(("access_token" = [])),
    params(PageQuery),
    responses(
        (status = 200, body = OwnFeedbackPageJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn own(
    State(app): State<Shared>,
    player: Player,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<OwnFeedbackPageJson>, ApiError> {
    let limit = limit(query.limit)?;
    let before = query.before.map(FeedbackId);
    let page = app.feedback.told_by(player.id, before, limit).await?;
    Ok(Json(OwnFeedbackPageJson {
        next_before: next_before(&page, limit, |one| one.feedback.id.0),
        feedback: page.into_iter().map(OwnFeedbackJson::from).collect(),
    }))
}

impl From<Answered> for OwnFeedbackJson {
    fn from(one: Answered) -> Self {
        let message = one.feedback.message;
        let (text, answered_at) = one.answer.map(|answer| (answer.text, answer.at)).unzip();
        Self {
            id: one.feedback.id.0,
            at: rfc3339(one.feedback.at),
            category: message.category.as_str(),
            text: message.text,
            canvas: message.place.canvas,
            version: message.place.version,
            x: message.place.cell.map(|(x, _)| x),
            y: message.place.cell.map(|(_, y)| y),
            answer: text,
            answered_at: answered_at.map(rfc3339),
        }
    }
}

async fn shown(app: &Shared, page: Vec<Answered>) -> Result<Vec<FeedbackJson>, ApiError> {
    let named = |one: &Answered| {
        let by = one.answer.as_ref().and_then(|answer| player_of(&answer.by));
        [one.feedback.message.player, by]
    };
    let names = Names::of(app, page.iter().flat_map(named).flatten()).await?;
    let shown = page.into_iter().map(|one| {
        let message = &one.feedback.message;
        let answer = one.answer.as_ref();
        FeedbackJson {
            player: message.player.map(|player| names.player(player)),
            contact: message.contact.clone(),
            answered_by: answer.map(|answer| identity(&names, &answer.by)),
            message: OwnFeedbackJson::from(one),
        }
    });
    Ok(shown.collect())
}

async fn refused(app: &Shared, error: AnswerError) -> ApiError {
    let code = match error {
        AnswerError::Text(_) => ErrorCode::InvalidResolution,
        AnswerError::Unknown(_) => ErrorCode::FeedbackNotFound,
        AnswerError::Overtaken { by, .. } => {
            return match Names::of(app, player_of(&by)).await {
                Ok(names) => {
                    let name = identity(&names, &by).name;
                    let message = format!("{name} was faster: it is answered");
                    ApiError::new(ErrorCode::AlreadyResolved, message)
                }
                Err(error) => error,
            };
        }
        AnswerError::Unavailable(cause) => return cause.into(),
    };
    ApiError::new(code, error.to_string())
}

impl From<FeedbackUnavailable> for ApiError {
    fn from(error: FeedbackUnavailable) -> Self {
        Self::fault(ErrorCode::Unavailable, &error)
    }
}
