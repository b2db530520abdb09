//! What moderators did, for everybody.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::acts::ActsQuery;
use super::shape::{NamedJson, Names};
use crate::config::LogNames;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::extract::{Parameters, Segments};
use crate::moderation::{Act, ActRecord, ActState};

/// What moderators did, newest first.
#[derive(Serialize, ToSchema)]
pub struct ModerationLogJson {
    /// The entries.
    pub entries: Vec<LogEntryJson>,
    /// The `before` of the next page; null when this is the last.
    #[schema(required = true)]
    pub next_before: Option<i64>,
}

/// One thing that moderators did.
#[derive(Serialize, ToSchema)]
pub struct LogEntryJson {
    /// Its number.
    pub id: i64,
    /// What. Players in it are named only where the server shows names.
    #[schema(required = true)]
    pub act: Option<Act>,
    /// The act's name, as `act.kind`.
    pub kind: String,
    /// Whom it concerns; null when names are not shown, and for nobody.
    #[schema(required = true)]
    pub concerns: Option<NamedJson>,
    /// Who did it; null when names are not shown.
    #[schema(required = true)]
    pub by: Option<NamedJson>,
    /// Why.
    pub reason: String,
    /// When, RFC 3339.
    pub at: String,
    /// The number of the act that it undoes.
    #[schema(required = true)]
    pub undoes: Option<i64>,
    /// The number of the act that undid it.
    #[schema(required = true)]
    pub undone_by: Option<i64>,
    /// The canvas's version before: how it was.
    pub version_before: u64,
    /// The last event that it led to: how it was then.
    #[schema(required = true)]
    pub version_after: Option<u64>,
    /// How many cells it changed.
    pub cells: u64,
}

/// What moderators did, newest first: no sign-in needed
#[utoipa::path(
    get, path = "/canvases/{canvas}/moderation/log",
    operation_id = "get_moderation_log", tag = "moderation",
    params(("canvas" = String, Path, description = "The canvas's slug"), ActsQuery),
    responses(
        (status = 200, body = ModerationLogJson),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<ActsQuery>,
) -> Result<Json<ModerationLogJson>, ApiError> {
    app.canvas(&canvas)?;
    let (records, next_before) = query.records(&app).await?;
    let shows_names = app.config.moderation.log_names == LogNames::Shown;
    let names = Names::of_records(&app, &records).await?;
    let shown = records.into_iter().filter(is_public);
    let entries = shown.map(|record| entry(record, &names, shows_names));
    Ok(Json(ModerationLogJson {
        entries: entries.collect(),
        next_before,
    }))
}

/// What was not done is nobody's matter, and who is trusted neither.
fn is_public(record: &ActRecord) -> bool {
    let is_done = record.state == ActState::Done || record.versions.is_some();
    is_done
        && !matches!(
            record.act,
            Act::SetRole { .. } | Act::Verify { .. } | Act::Unverify { .. }
        )
}

fn entry(record: ActRecord, names: &Names, shows_names: bool) -> LogEntryJson {
    let work = record.act.work();
    let names_players = work.is_some_and(|work| !work.players.is_empty());
    let names_nobody = record.act.player().is_none() && !names_players;
    let kind = record.act.kind().to_owned();
    let act = names.act(record);
    LogEntryJson {
        id: act.id,
        kind,
        act: (shows_names || names_nobody).then_some(act.act),
        concerns: act.concerns.filter(|_| shows_names),
        by: shows_names.then_some(act.by),
        reason: act.reason,
        at: act.at,
        undoes: act.undoes,
        undone_by: act.undone_by,
        version_before: act.version_before,
        version_after: act.version_after,
        cells: act.outcome.cells,
    }
}
