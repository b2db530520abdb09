//! Telling the staff of a cell or of a player, and reading what became of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use event_store::{PlayerId, UnixMs, Version};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cells::cell_then;
use crate::http::client_address::Client;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Parameters, Segments};
use crate::http::paging::{PageQuery, limit, next_before};
use crate::http::player::Player;
use crate::http::rate_limit::check_report;
use crate::http::{Shared, rfc3339};
use crate::reports::{About, Category, Draft, Kept, OwnReport, ReportId, Resolution, SubmitError};

/// What somebody did.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportCategory {
    /// Destroyed what others made.
    Griefing,
    /// Made something that offends.
    Offensive,
    /// Places by a script.
    Script,
    /// Anything else.
    Other,
}

impl From<ReportCategory> for Category {
    fn from(category: ReportCategory) -> Self {
        match category {
            ReportCategory::Griefing => Self::Griefing,
            ReportCategory::Offensive => Self::Offensive,
            ReportCategory::Script => Self::Script,
            ReportCategory::Other => Self::Other,
        }
    }
}

/// A report: of a cell by `x` and `y`, or of a player by `player`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportBody {
    /// What somebody did.
    category: ReportCategory,
    /// In your own words, at most 1,000 characters; of control characters only line feeds and tabs.
    text: Option<String>,
    /// The cell's column; only together with `y`.
    #[schema(minimum = 0)]
    x: Option<i64>,
    /// The cell's row.
    #[schema(minimum = 0)]
    y: Option<i64>,
    /// The version that showed it; the newest when left out.
    version: Option<u64>,
    /// A player's id; instead of a cell.
    #[schema(example = "0123456789abcdef")]
    player: Option<String>,
}

/// The proof that a report is kept.
#[derive(Serialize, ToSchema)]
pub struct ReportReceipt {
    /// Its number.
    pub id: i64,
    /// When it came, RFC 3339.
    pub at: String,
}

/// What you reported, newest first.
#[derive(Serialize, ToSchema)]
pub struct OwnReportsJson {
    /// The reports.
    pub reports: Vec<OwnReportJson>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<i64>,
}

/// What you reported, and what became of it.
#[derive(Serialize, ToSchema)]
pub struct OwnReportJson {
    /// Its number.
    pub id: i64,
    /// The canvas's slug.
    pub canvas: String,
    /// `cell` or `player`.
    pub kind: &'static str,
    /// The cell's column; null of a player.
    #[schema(required = true)]
    pub x: Option<u16>,
    /// The cell's row.
    #[schema(required = true)]
    pub y: Option<u16>,
    /// The player's id; null of a cell.
    #[schema(required = true)]
    pub player: Option<String>,
    /// The version that showed it.
    pub version: u64,
    /// What somebody did.
    pub category: &'static str,
    /// In your own words.
    #[schema(required = true)]
    pub text: Option<String>,
    /// When you reported it, RFC 3339.
    pub at: String,
    /// What became of it; null while nobody has looked.
    #[schema(required = true)]
    pub answer: Option<AnswerJson>,
}

/// What became of something.
#[derive(Serialize, ToSchema)]
pub struct AnswerJson {
    /// `acted` or `dismissed`; of an appeal `accepted` or `denied`.
    pub outcome: &'static str,
    /// What the staff says.
    pub answer: String,
    /// The number of the act that came of it, as in the moderation log.
    #[schema(required = true)]
    pub act: Option<i64>,
    /// When, RFC 3339.
    pub at: String,
}

impl From<Resolution> for AnswerJson {
    fn from(resolution: Resolution) -> Self {
        Self {
            outcome: resolution.outcome.name(),
            answer: resolution.answer,
            act: resolution.act.map(|act| act.0),
            at: rfc3339(resolution.at),
        }
    }
}

impl From<OwnReport> for OwnReportJson {
    fn from(own: OwnReport) -> Self {
        let report = own.report;
        Self {
            id: report.id.0,
            canvas: own.canvas,
            kind: own.kind.name(),
            x: own.cell.map(|cell| cell.x),
            y: own.cell.map(|cell| cell.y),
            player: own.player.map(|player| player.to_string()),
            version: report.version.0,
            category: report.category.name(),
            text: report.text,
            at: rfc3339(report.at),
            answer: report.answer.map(AnswerJson::from),
        }
    }
}

/// Report a cell or a player to the staff; the same again is the same report
#[utoipa::path(
    post, path = "/canvases/{canvas}/reports",
    operation_id = "send_report", tag = "feedback",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug")),
    request_body = ReportBody,
    responses(
        (status = 200, body = ReportReceipt, description = "You reported that already"),
        (status = 201, body = ReportReceipt),
        (status = 400, body = ErrorBody,
            description = "malformed_json, invalid_report, out_of_bounds"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "muted, cross_site"),
        (status = 404, body = ErrorBody,
            description = "canvas_not_found, player_not_found, version_not_found"),
        (status = 409, body = ErrorBody, description = "no_round, too_many_reports"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody,
            description = "reports_full, history_not_ready, unavailable"),
    ),
)]
pub async fn send(
    State(app): State<Shared>,
    player: Player,
    client: Client,
    Segments(canvas): Segments<String>,
    JsonBody(body): JsonBody<ReportBody>,
) -> Result<(StatusCode, Json<ReportReceipt>), ApiError> {
    app.canvas(&canvas)?;
    check_report(&app, client, player.id)?;
    let (about, version) = about(&app, &body).await?;
    let draft = Draft {
        reporter: player.id,
        about,
        version,
        category: body.category.into(),
        text: body.text,
    };
    let kept = app.reports.submit(&draft, &app.players, UnixMs::now());
    let Kept { id, at, is_new } = kept.await?;
    let status = match is_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    let receipt = ReportReceipt {
        id: id.0,
        at: rfc3339(at),
    };
    Ok((status, Json(receipt)))
}

/// What you reported and what became of it, newest first
#[utoipa::path(
    get, path = "/me/reports",
    operation_id = "list_own_reports", tag = "feedback",
    security(("access_token" = [])),
    params(PageQuery),
    responses(
        (status = 200, body = OwnReportsJson),
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
) -> Result<Json<OwnReportsJson>, ApiError> {
    let limit = limit(query.limit)?;
    let before = query.before.map(ReportId);
    let told = app.reports.store().told_by(player.id, before, limit);
    let told = told.await.map_err(super::desk::unavailable)?;
    Ok(Json(OwnReportsJson {
        next_before: next_before(&told, limit, |own| own.report.id.0),
        reports: told.into_iter().map(OwnReportJson::from).collect(),
    }))
}

/// What a report is about, and the version that it saw.
async fn about(app: &Shared, body: &ReportBody) -> Result<(About, Version), ApiError> {
    let invalid = |message: &str| Err(ApiError::new(ErrorCode::InvalidReport, message));
    match (body.x, body.y, &body.player) {
        (Some(x), Some(y), None) => {
            let then = cell_then(app, x, y, body.version).await?;
            let about = About::Cell {
                cell: then.cell,
                round: then.round,
                size: then.size,
                author: then.author,
            };
            Ok((about, then.version))
        }
        (None, None, Some(player)) => {
            let player: PlayerId = match player.parse() {
                Ok(player) => player,
                Err(_) => return invalid("a player's id is 16 hexadecimal digits"),
            };
            let version = match body.version {
                Some(version) => crate::http::past::reached(app, version)?,
                None => app.live.version(),
            };
            Ok((About::Player(player), version))
        }
        (Some(_), None, _) | (None, Some(_), _) => {
            invalid("only one of x and y is there; send both or neither")
        }
        (Some(_), Some(_), Some(_)) => invalid("report a cell or a player, not both"),
        (None, None, None) => invalid("send `x` and `y` of a cell, or a `player`"),
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let code = match error {
            SubmitError::Text(_) | SubmitError::Oneself => ErrorCode::InvalidReport,
            SubmitError::UnknownPlayer => ErrorCode::PlayerNotFound,
            SubmitError::Muted(_) => ErrorCode::Muted,
            SubmitError::TooMany => ErrorCode::TooManyReports,
            SubmitError::Full => {
                tracing::error!("the queue of reports is full: the staff has to look at some");
                ErrorCode::ReportsFull
            }
            SubmitError::Standing(cause) => return cause.into(),
            SubmitError::Players(_) | SubmitError::Unavailable(_) => {
                return Self::fault(ErrorCode::Unavailable, &error);
            }
        };
        Self::new(code, error.to_string())
    }
}
