//! The queue of what players told.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shape::{EntryJson, ReportJson, names_of};
use super::unavailable;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::moderator::Staff;
use crate::http::paging::{limit, next_before};
use crate::http::routes::moderation::shape::Names;
use crate::reports::{Entry, EntryId, EntryState, Report, ReportId};

/// Which state of what waits for the staff.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingState {
    /// It waits.
    #[default]
    Open,
    /// It is answered.
    Done,
}

/// Which part of the queue.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    /// `open` or `done`; `open` when left out.
    #[param(inline)]
    pub(super) state: Option<WaitingState>,
    /// The `next_before` of the page before.
    pub(super) before: Option<i64>,
    /// The most entries, 1 to 100; 20 when left out.
    pub(super) limit: Option<u32>,
}

/// A page of the queue, that with the newest report first.
#[derive(Serialize, ToSchema)]
pub struct QueueJson {
    /// The entries.
    pub entries: Vec<EntryJson>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<i64>,
}

/// An entry of the queue, with what each player told.
#[derive(Serialize, ToSchema)]
pub struct WholeEntryJson {
    /// The entry.
    #[serde(flatten)]
    pub entry: EntryJson,
    /// What each told, newest first, at most 100.
    pub reports: Vec<ReportJson>,
}

/// What players reported and appealed against, for helpers and above
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/reports",
    operation_id = "list_reports", tag = "moderation",
    security(("access_token" = [])),
    params(("canvas" = String, Path, description = "The canvas's slug"), QueueQuery),
    responses(
        (status = 200, body = QueueJson),
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
    Parameters(query): Parameters<QueueQuery>,
) -> Result<Json<QueueJson>, ApiError> {
    app.canvas(&canvas)?;
    let limit = limit(query.limit)?;
    let state = match query.state.unwrap_or_default() {
        WaitingState::Open => EntryState::Open,
        WaitingState::Done => EntryState::Done,
    };
    let store = app.reports.store();
    let entries = store.page(state, query.before.map(ReportId), limit).await;
    let entries = entries.map_err(unavailable)?;
    let next_before = next_before(&entries, limit, |entry| entry.newest_report.0);
    let names = names_of(&app, &entries).await?;
    let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id).collect();
    let categories = store.categories_of(&ids).await.map_err(unavailable)?;
    let shown = entries.into_iter().map(|entry| {
        let told = categories.get(&entry.id).map(Vec::as_slice);
        EntryJson::of(&app, entry, told.unwrap_or_default(), &names)
    });
    Ok(Json(QueueJson {
        entries: shown.collect(),
        next_before,
    }))
}

/// One entry of the queue, with what each player told, for helpers and above
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/reports/{report}",
    operation_id = "get_report", tag = "moderation",
    security(("access_token" = [])),
    params(
        ("canvas" = String, Path, description = "The canvas's slug"),
        ("report" = i64, Path, description = "The entry's number"),
    ),
    responses(
        (status = 200, body = WholeEntryJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 403, body = ErrorBody, description = "not_a_moderator, concerns_you"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, report_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Staff(actor): Staff,
    Segments((canvas, report)): Segments<(String, i64)>,
) -> Result<Json<WholeEntryJson>, ApiError> {
    app.canvas(&canvas)?;
    let entry = app.reports.store().entry(EntryId(report)).await;
    let entry = entry.map_err(unavailable)?.ok_or_else(|| {
        let message = format!("there is no report {report}");
        ApiError::new(ErrorCode::ReportNotFound, message)
    })?;
    if entry.player.is_some() && entry.player == actor.player {
        // Who told of somebody is none of their business.
        let message = "this concerns yourself; leave it to somebody else";
        return Err(ApiError::new(ErrorCode::ConcernsYou, message));
    }
    whole(&app, entry).await.map(Json)
}

/// An entry with what each player told.
pub(super) async fn whole(app: &Shared, entry: Entry) -> Result<WholeEntryJson, ApiError> {
    let store = app.reports.store();
    let reports = store.reports_of(entry.id).await.map_err(unavailable)?;
    let categories = store.categories_of(&[entry.id]).await;
    let categories = categories.map_err(unavailable)?;
    let resolver = entry
        .resolved_by
        .as_deref()
        .and_then(super::shape::player_of);
    let named = [entry.player, resolver].into_iter().flatten();
    let reporters = reports.iter().map(|report: &Report| report.reporter);
    let names = Names::of(app, named.chain(reporters)).await?;
    let told = categories.get(&entry.id).map(Vec::as_slice);
    let told = told.unwrap_or_default();
    let reports = reports.into_iter();
    Ok(WholeEntryJson {
        reports: reports
            .map(|report| ReportJson::of(report, &names))
            .collect(),
        entry: EntryJson::of(app, entry, told, &names),
    })
}
