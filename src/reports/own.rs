//! Players read what became of what they told.

use event_store::PlayerId;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::error::ReportsUnavailable;
use super::queue::Report;
use super::report::Kind;
use super::rows::{cell, player, read_report};
use super::store::{MAX_PAGE, ReportId, ReportStore, unavailable};
use crate::moderation::ActId;
use crate::players::to_column;

/// What a player told, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnReport {
    /// The canvas's slug.
    pub canvas: String,
    /// What it is.
    pub kind: Kind,
    /// Of a cell: where.
    pub cell: Option<event_store::Cell>,
    /// Of a player: who.
    pub player: Option<PlayerId>,
    /// Of an appeal: the act that it is against.
    pub appealed_act: Option<ActId>,
    /// What they told, and the answer.
    pub report: Report,
}

/// Of reports that are joined with their entries.
const COLUMNS: &str = "r.id as id, r.player_id as player_id, r.category as category, \
    r.text as text, r.version as version, r.at as at, r.outcome as outcome, r.answer as answer, \
    r.act as act, r.answered_at as answered_at, e.canvas as canvas, e.kind as kind, e.x as x, \
    e.y as y, e.player_id as concerned, e.appealed_act as appealed_act";

impl ReportStore {
    /// What a player reported on any canvas before the report numbered `before`, newest first, at
    /// most `limit` and at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn told_by(
        &self,
        player: PlayerId,
        before: Option<ReportId>,
        limit: u32,
    ) -> Result<Vec<OwnReport>, ReportsUnavailable> {
        let select = format!(
            "select {COLUMNS} from reports r join report_entries e on e.id = r.entry_id \
             where r.player_id = $1 and r.id < $2 and r.category <> 'appeal' \
             order by r.id desc limit $3"
        );
        let failed = unavailable("read a player's reports");
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(to_column(player))
            .bind(before.map_or(i64::MAX, |before| before.0))
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_own).collect();
        read.map_err(failed)
    }

    /// A player's appeals on this canvas, newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn appeals_of(&self, player: PlayerId) -> Result<Vec<OwnReport>, ReportsUnavailable> {
        let select = format!(
            "select {COLUMNS} from reports r join report_entries e on e.id = r.entry_id \
             where e.canvas = $1 and r.player_id = $2 and r.category = 'appeal' \
             order by r.id desc limit $3"
        );
        let failed = unavailable("read a player's appeals");
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(&self.canvas)
            .bind(to_column(player))
            .bind(i64::from(MAX_PAGE))
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_own).collect();
        read.map_err(failed)
    }
}

fn read_own(row: &AnyRow) -> Result<OwnReport, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    let kind = Kind::of_name(&kind).unwrap_or(Kind::Player);
    let concerned = player(row, "concerned")?;
    let appealed_act: Option<i64> = row.try_get("appealed_act")?;
    Ok(OwnReport {
        canvas: row.try_get("canvas")?,
        kind,
        cell: cell(row)?,
        player: concerned.filter(|_| kind == Kind::Player),
        appealed_act: appealed_act.map(ActId),
        report: read_report(row)?,
    })
}
