//! Asking for another look at one's own ban or mute.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::unavailable;
use super::reports::AnswerJson;
use crate::http::client_address::Client;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Segments};
use crate::http::player::Player;
use crate::http::rate_limit::check_report;
use crate::http::{Shared, rfc3339};
use crate::moderation::ActRecord;
use crate::reports::{AppealError, OwnReport, Sanctions};

/// Why a ban or mute is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealBody {
    /// 1 to 1,000 characters; of control characters only line feeds and tabs.
    text: String,
}

/// The proof that an appeal is kept.
#[derive(Serialize, ToSchema)]
pub struct AppealReceipt {
    /// Its number.
    pub id: i64,
    /// When it came, RFC 3339.
    pub at: String,
    /// What it is against: `ban_appeal` or `mute_appeal`.
    pub kind: &'static str,
}

/// What keeps you from something, and what you said about it.
#[derive(Serialize, ToSchema)]
pub struct OwnAppealsJson {
    /// What keeps you from placing; null when nothing does.
    #[schema(required = true)]
    pub ban: Option<SanctionJson>,
    /// What keeps you from reporting and from telling the operator something.
    #[schema(required = true)]
    pub mute: Option<SanctionJson>,
    /// Your appeals, newest first, at most 100.
    pub appeals: Vec<OwnAppealJson>,
}

/// A ban or a mute in force.
#[derive(Serialize, ToSchema)]
pub struct SanctionJson {
    /// Why.
    pub reason: String,
    /// Its end, RFC 3339; null when it lasts until it is lifted.
    #[schema(required = true)]
    pub until: Option<String>,
    /// The number of the act, as in the moderation log; null when it is not known.
    #[schema(required = true)]
    pub act: Option<i64>,
    /// Since when, RFC 3339; null when it is not known.
    #[schema(required = true)]
    pub since: Option<String>,
}

/// An appeal, and the answer.
#[derive(Serialize, ToSchema)]
pub struct OwnAppealJson {
    /// Its number.
    pub id: i64,
    /// What it is against: `ban_appeal` or `mute_appeal`.
    pub kind: &'static str,
    /// The number of the act that it is against.
    #[schema(required = true)]
    pub against: Option<i64>,
    /// What you said.
    pub text: String,
    /// When, RFC 3339.
    pub at: String,
    /// The answer; null while there is none.
    #[schema(required = true)]
    pub answer: Option<AnswerJson>,
}

impl SanctionJson {
    fn of(reason: String, until: Option<UnixMs>, act: Option<&ActRecord>) -> Self {
        Self {
            reason,
            until: until.map(rfc3339),
            act: act.map(|act| act.id.0),
            since: act.map(|act| rfc3339(act.at)),
        }
    }

    /// The ban and the mute.
    pub(super) fn both(sanctions: Sanctions) -> (Option<Self>, Option<Self>) {
        let ban = sanctions.ban.map(|in_force| {
            Self::of(
                in_force.ban.reason,
                in_force.ban.until,
                in_force.act.as_ref(),
            )
        });
        let mute_act = sanctions.mute_act;
        let mute = sanctions
            .mute
            .map(|(until, reason)| Self::of(reason, Some(until), mute_act.as_ref()));
        (ban, mute)
    }
}

impl From<OwnReport> for OwnAppealJson {
    fn from(own: OwnReport) -> Self {
        Self {
            id: own.report.id.0,
            kind: own.kind.name(),
            against: own.appealed_act.map(|act| act.0),
            text: own.report.text.unwrap_or_default(),
            at: rfc3339(own.report.at),
            answer: own.report.answer.map(AnswerJson::from),
        }
    }
}

/// Ask for another look at your ban, or at your mute; once for each
#[utoipa::path(
    post, path = "/canvases/{canvas}/appeals",
    operation_id = "send_appeal", tag = "feedback",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = AppealBody,
    responses(
        (status = 201, body = AppealReceipt),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_report"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "cross_site"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 409, body = ErrorBody, description = "nothing_to_appeal, already_appealed"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "reports_full, unavailable"),
    ),
)]
pub async fn send(
    State(app): State<Shared>,
    player: Player,
    client: Client,
    Segments(canvas): Segments<String>,
    JsonBody(body): JsonBody<AppealBody>,
) -> Result<(StatusCode, Json<AppealReceipt>), ApiError> {
    app.canvas(&canvas)?;
    check_report(&app, client, player.id)?;
    let kept = app.reports.appeal(player.id, &body.text, UnixMs::now());
    let (kind, kept) = kept.await?;
    let receipt = AppealReceipt {
        id: kept.id.0,
        at: rfc3339(kept.at),
        kind: kind.name(),
    };
    Ok((StatusCode::CREATED, Json(receipt)))
}

/// Your ban and your mute with their reasons, and your appeals with their answers
#[utoipa::path(
    get, path = "/canvases/{canvas}/appeals/mine",
    operation_id = "list_own_appeals", tag = "feedback",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    responses(
        (status = 200, body = OwnAppealsJson),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn mine(
    State(app): State<Shared>,
    player: Player,
    Segments(canvas): Segments<String>,
) -> Result<Json<OwnAppealsJson>, ApiError> {
    app.canvas(&canvas)?;
    let sanctions = app.reports.sanctions(player.id, UnixMs::now()).await?;
    let (ban, mute) = SanctionJson::both(sanctions);
    let appeals = app.reports.store().appeals_of(player.id).await;
    let appeals = appeals.map_err(unavailable)?;
    Ok(Json(OwnAppealsJson {
        ban,
        mute,
        appeals: appeals.into_iter().map(OwnAppealJson::from).collect(),
    }))
}

impl From<AppealError> for ApiError {
    fn from(error: AppealError) -> Self {
        let code = match error {
            AppealError::Text(_) => ErrorCode::InvalidReport,
            AppealError::Nothing => ErrorCode::NothingToAppeal,
            AppealError::Twice => ErrorCode::AlreadyAppealed,
            AppealError::Full => {
                tracing::error!("the queue of reports is full: the staff has to look at some");
                ErrorCode::ReportsFull
            }
            AppealError::Standing(cause) => return cause.into(),
            AppealError::Unavailable(_) => return Self::fault(ErrorCode::Unavailable, &error),
        };
        Self::new(code, error.to_string())
    }
}
