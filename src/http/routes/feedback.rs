//! Telling the operator something.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::feedback::{Category, FeedbackDraft, InvalidFeedback, SubmitError};
use crate::http::client_address::Client;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::JsonBody;
use crate::http::player::Player;
use crate::http::rate_limit::check_feedback;
use crate::http::{Shared, rfc3339};
use crate::moderation::Muted;

/// What a message is about.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackCategory {
    /// Something does not work.
    Bug,
    /// Something is wished for.
    Idea,
    /// Somebody behaves badly.
    Abuse,
    /// Anything else.
    Other,
}

impl From<FeedbackCategory> for Category {
    fn from(category: FeedbackCategory) -> Self {
        match category {
            FeedbackCategory::Bug => Self::Bug,
            FeedbackCategory::Idea => Self::Idea,
            FeedbackCategory::Abuse => Self::Abuse,
            FeedbackCategory::Other => Self::Other,
        }
    }
}

/// A message for the operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackBody {
    /// What it is about.
    category: FeedbackCategory,
    /// 1 to 4,000 characters; of control characters only line feeds and tabs.
    #[schema(example = "The palette hides the cell that I place on.")]
    text: String,
    /// How to answer, at most 200 characters; the operator alone sees it.
    contact: Option<String>,
    /// The slug of the canvas that it is about.
    #[schema(example = "main")]
    canvas: Option<String>,
    /// The version that was seen.
    version: Option<u64>,
    /// The cell's column, 0 to 8191; only together with `y`.
    #[schema(minimum = 0, maximum = 8191)]
    x: Option<i64>,
    /// The cell's row, 0 to 8191.
    #[schema(minimum = 0, maximum = 8191)]
    y: Option<i64>,
}

/// The proof that a message is kept.
#[derive(Serialize, ToSchema)]
pub struct FeedbackReceipt {
    /// Its number.
    pub id: i64,
    /// When it came, RFC 3339.
    pub at: String,
}

/// Tell the operator something; with an access token also who says it
#[utoipa::path(
    post, path = "/feedback",
    operation_id = "send_feedback", tag = "feedback",
    security((), ("access_token" = [])),
    request_body = FeedbackBody,
    responses(
        (status = 201, body = FeedbackReceipt),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_feedback"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "muted, cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "feedback_full, unavailable"),
    ),
)]
pub async fn send(
    State(app): State<Shared>,
    player: Option<Player>,
    client: Client,
    JsonBody(body): JsonBody<FeedbackBody>,
) -> Result<(StatusCode, Json<FeedbackReceipt>), ApiError> {
    if let Some(canvas) = &body.canvas {
        app.canvas(canvas)?;
    }
    let player = player.map(|player| player.id);
    let draft = FeedbackDraft {
        category: body.category.into(),
        text: body.text,
        contact: body.contact,
        player,
        canvas: body.canvas,
        version: body.version,
        x: body.x,
        y: body.y,
    };
    let message = draft.check()?;
    if let Some(player) = player {
        let standing = app.moderation.standings().standing(player).await?;
        standing.refuse_muted(UnixMs::now())?;
    }
    check_feedback(&app, client, player)?;
    let now = UnixMs::now();
    let id = app.feedback.submit(&message, now).await?;
    let category = message.category.as_str();
    metrics::counter!("canvas_feedback_total", "category" => category).increment(1);
    let receipt = FeedbackReceipt {
        id: id.0,
        at: rfc3339(now),
    };
    Ok((StatusCode::CREATED, Json(receipt)))
}

impl From<InvalidFeedback> for ApiError {
    fn from(wrong: InvalidFeedback) -> Self {
        Self::new(ErrorCode::InvalidFeedback, wrong.to_string())
    }
}

impl From<Muted> for ApiError {
    fn from(muted: Muted) -> Self {
        Self::new(ErrorCode::Muted, muted.to_string())
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match &error {
            SubmitError::Full => {
                tracing::error!("feedback is full: read it, then `admin forget-feedback`");
                Self::new(ErrorCode::FeedbackFull, error.to_string())
            }
            SubmitError::Unavailable(_) => Self::fault(ErrorCode::Unavailable, &error),
        }
    }
}
