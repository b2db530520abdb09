//! Answering what players told.

use axum::Json;
use axum::extract::State;
use event_store::UnixMs;
use serde::Deserialize;
use utoipa::ToSchema;

use super::entries::{WholeEntryJson, whole};
use super::shape::{identity, player_of};
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Segments};
use crate::http::moderator::Staff;
use crate::http::routes::moderation::shape::Names;
use crate::moderation::ActId;
use crate::reports::{Decision, EntryId, Outcome, ResolveError};

/// What came of a report or an appeal.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportOutcome {
    /// Of a report: something was done about it.
    Acted,
    /// Of a report: nothing was to be done.
    Dismissed,
    /// Of an appeal: the ban or mute is lifted.
    Accepted,
    /// Of an appeal: the ban or mute stays.
    Denied,
}

impl From<ReportOutcome> for Outcome {
    fn from(outcome: ReportOutcome) -> Self {
        match outcome {
            ReportOutcome::Acted => Self::Acted,
            ReportOutcome::Dismissed => Self::Dismissed,
            ReportOutcome::Accepted => Self::Accepted,
            ReportOutcome::Denied => Self::Denied,
        }
    }
}

/// An answer to everybody who told of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolutionBody {
    /// What came of it.
    outcome: ReportOutcome,
    /// What those who told are told, 1 to 1,000 characters.
    answer: String,
    /// The number of the act that came of it; an accepted appeal makes its own.
    act: Option<i64>,
}

/// Answer a report, for helpers and above; an appeal, for moderators and above
#[utoipa::path(
    post, path = "/canvases/{canvas}/moderation/reports/{report}/resolution",
    operation_id = "resolve_report", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("report" = i64, Path, description = "The entry's number"),
    ),
    request_body = ResolutionBody,
    responses(
        (status = 200, body = WholeEntryJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_resolution"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody,
            description = "not_a_moderator, concerns_you, cross_site"),
        (status = 404, body = ErrorBody,
            description = "canvas_not_found, report_not_found, act_not_found"),
        (status = 409, body = ErrorBody, description = "already_resolved, overtaken"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn resolve(
    State(app): State<Shared>,
    Staff(actor): Staff,
    Segments((canvas, report)): Segments<(String, i64)>,
    JsonBody(body): JsonBody<ResolutionBody>,
) -> Result<Json<WholeEntryJson>, ApiError> {
    app.canvas(&canvas)?;
    let decision = Decision {
        outcome: body.outcome.into(),
        answer: body.answer,
        act: body.act.map(ActId),
    };
    let now = UnixMs::now();
    let resolved = app.reports.resolve(&actor, EntryId(report), decision, now);
    match resolved.await {
        Ok(entry) => whole(&app, entry).await.map(Json),
        Err(error) => Err(refused(&app, error).await),
    }
}

async fn refused(app: &Shared, error: ResolveError) -> ApiError {
    let code = match error {
        ResolveError::Text(_) | ResolveError::Outcome { .. } => ErrorCode::InvalidResolution,
        ResolveError::Unknown { .. } => ErrorCode::ReportNotFound,
        ResolveError::Oneself => ErrorCode::ConcernsYou,
        ResolveError::Overtaken { by, outcome, .. } => return overtaken(app, &by, outcome).await,
        ResolveError::Act(cause) => return cause.into(),
        ResolveError::Unavailable(cause) => return super::unavailable(cause),
    };
    ApiError::new(code, error.to_string())
}

/// Tells who was faster.
async fn overtaken(app: &Shared, by: &str, outcome: Option<Outcome>) -> ApiError {
    match Names::of(app, player_of(by)).await {
        Ok(names) => {
            let name = identity(&names, by).name;
            let did = outcome.map_or("is answering it", Outcome::name);
            let message = format!("{name} was faster: {did}");
            ApiError::new(ErrorCode::AlreadyResolved, message)
        }
        Err(error) => error,
    }
}
