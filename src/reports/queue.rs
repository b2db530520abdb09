//! The staff reads what players told.

use std::collections::HashMap;

use event_store::{Cell, PlayerId, Region, UnixMs, Version};
use sqlx::{AssertSqlSafe, Row as _};

use super::error::ReportsUnavailable;
use super::report::{Category, Kind, Outcome};
use super::rows::{ENTRY_COLUMNS, REPORT_COLUMNS, read_entry, read_report};
use super::store::{EntryId, MAX_PAGE, ReportId, ReportStore, unavailable};
use crate::moderation::ActId;
use crate::players::to_column;

/// The most reports of an entry that are shown: the newest.
pub const MAX_REPORTS_SHOWN: i64 = 100;

/// Whether an entry waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// It does.
    Open,
    /// It is answered.
    Done,
}

/// What came of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What.
    pub outcome: Outcome,
    /// What those who told are told.
    pub answer: String,
    /// The act that came of it.
    pub act: Option<ActId>,
    /// When.
    pub at: UnixMs,
}

/// Everything that was told of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: EntryId,
    /// What it is.
    pub kind: Kind,
    /// The same words for the same subject.
    pub(super) subject: String,
    /// Whom it concerns; none for a cell that nobody had set.
    pub player: Option<PlayerId>,
    /// The cell, and the region to show around it.
    pub place: Option<(Cell, Region)>,
    /// The version that the newest report saw.
    pub version: Version,
    /// Of an appeal: the act that it is against.
    pub appealed_act: Option<ActId>,
    /// Whether it waits.
    pub state: EntryState,
    /// The newest report: where the entry stands in the queue.
    pub newest_report: ReportId,
    /// Since when it waits, or waited.
    pub opened_at: UnixMs,
    /// How often it was opened again after it was done.
    pub reopened: u64,
    /// How many players tell of it: now while it is open, ever when it is done.
    pub reporters: u64,
    /// What came of it, when it is done.
    pub resolution: Option<Resolution>,
    /// Who decided, as an identity of the table of acts.
    pub resolved_by: Option<String>,
}

/// What one player told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its number.
    pub id: ReportId,
    /// Who.
    pub reporter: PlayerId,
    /// What somebody did.
    pub category: Category,
    /// In their own words.
    pub text: Option<String>,
    /// The version that they saw.
    pub version: Version,
    /// When.
    pub at: UnixMs,
    /// The answer.
    pub answer: Option<Resolution>,
}

/// How many entries there are about a player.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// That wait.
    pub open: u64,
    /// That are done.
    pub done: u64,
}

impl ReportStore {
    /// The entries of a state whose newest report is older than the one numbered `before`, the
    /// newest first, at most `limit` and at most [`MAX_PAGE`] of them.
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn page(
        &self,
        state: EntryState,
        before: Option<ReportId>,
        limit: u32,
    ) -> Result<Vec<Entry>, ReportsUnavailable> {
        let select = format!(
            "select {ENTRY_COLUMNS} from report_entries \
             where canvas = $1 and state = $2 and newest_report < $3 \
             order by newest_report desc limit $4"
        );
        let state = match state {
            EntryState::Open => "open",
            EntryState::Done => "done",
        };
        let failed = unavailable("read the queue");
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(&self.canvas)
            .bind(state)
            .bind(before.map_or(i64::MAX, |before| before.0))
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_entry).collect();
        read.map_err(failed)
    }

    /// One entry; none when there is none of that number.
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn entry(&self, id: EntryId) -> Result<Option<Entry>, ReportsUnavailable> {
        let select =
            format!("select {ENTRY_COLUMNS} from report_entries where canvas = $1 and id = $2");
        let failed = unavailable("read an entry of the queue");
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(&self.canvas)
            .bind(id.0)
            .fetch_optional(&self.connections.readers)
            .await
            .map_err(&failed)?;
        row.as_ref().map(read_entry).transpose().map_err(failed)
    }

    /// How often each category was told of entries: of what waits in open ones, of all in those
    /// that are done.
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn categories_of(
        &self,
        entries: &[EntryId],
    ) -> Result<HashMap<EntryId, Vec<(Category, u64)>>, ReportsUnavailable> {
        let mut categories: HashMap<EntryId, Vec<(Category, u64)>> = HashMap::new();
        if entries.is_empty() {
            return Ok(categories);
        }
        let marks: Vec<String> = (1..=entries.len()).map(|mark| format!("${mark}")).collect();
        let select = format!(
            "select r.entry_id as entry_id, r.category as category, count(*) as told \
             from reports r join report_entries e on e.id = r.entry_id \
             where r.entry_id in ({}) and (r.answered_at is null or e.state = 'done') \
             group by r.entry_id, r.category order by told desc, r.category",
            marks.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(select));
        for entry in entries {
            query = query.bind(entry.0);
        }
        let failed = unavailable("count what was told");
        let rows = query.fetch_all(&self.connections.readers).await;
        for row in rows.map_err(&failed)? {
            let entry: i64 = row.try_get("entry_id").map_err(&failed)?;
            let category: String = row.try_get("category").map_err(&failed)?;
            let told: i64 = row.try_get("told").map_err(&failed)?;
            let category = Category::of_name(&category).unwrap_or(Category::Other);
            let told = u64::try_from(told).unwrap_or_default();
            let of_entry = categories.entry(EntryId(entry)).or_default();
            of_entry.push((category, told));
        }
        Ok(categories)
    }

    /// What players told of an entry, the newest first, at most [`MAX_REPORTS_SHOWN`].
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn reports_of(&self, id: EntryId) -> Result<Vec<Report>, ReportsUnavailable> {
        let select = format!(
            "select {REPORT_COLUMNS} from reports where entry_id = $1 order by id desc limit $2"
        );
        let failed = unavailable("read the reports of an entry");
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(id.0)
            .bind(MAX_REPORTS_SHOWN)
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_report).collect();
        read.map_err(failed)
    }

    /// How many entries there are about a player, appeals aside.
    ///
    /// # Errors
    /// [`ReportsUnavailable`]
    pub async fn tallies_of(&self, player: PlayerId) -> Result<Tallies, ReportsUnavailable> {
        const COUNT: &str = "select state, count(*) as entries from report_entries \
            where canvas = $1 and player_id = $2 and kind in ('cell', 'player') group by state";
        let failed = unavailable("count the reports of a player");
        let rows = sqlx::query(COUNT)
            .bind(&self.canvas)
            .bind(to_column(player))
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let mut tallies = Tallies::default();
        for row in rows {
            let state: String = row.try_get("state").map_err(&failed)?;
            let entries: i64 = row.try_get("entries").map_err(&failed)?;
            let entries = u64::try_from(entries).unwrap_or_default();
            match state.as_str() {
                "open" => tallies.open = entries,
                _ => tallies.done = entries,
            }
        }
        Ok(tallies)
    }
}
