//! Reading what the tables hold.

use event_store::{Cell, PlayerId, Region, UnixMs, Version};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::queue::{Entry, EntryState, Report, Resolution};
use super::report::{Category, Kind, Outcome};
use super::store::{EntryId, ReportId};
use crate::moderation::ActId;
use crate::players::from_column;

/// The columns that [`read_entry`] reads. Of an open entry those count who tell of it now, of one
/// that is done everybody who ever did.
pub(super) const ENTRY_COLUMNS: &str = "id, kind, subject, player_id, x, y, version, region, \
    appealed_act, state, newest_report, opened_at, reopened_count, outcome, answer, act, \
    resolved_by, resolved_at, (select count(distinct r.player_id) from reports r \
        where r.entry_id = report_entries.id \
        and (r.answered_at is null or report_entries.state = 'done')) as reporters";

/// The columns that [`read_report`] reads.
pub(super) const REPORT_COLUMNS: &str =
    "id, player_id, category, text, version, at, outcome, answer, act, answered_at";

pub(super) fn read_entry(row: &AnyRow) -> Result<Entry, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    let state: String = row.try_get("state")?;
    let resolved_by: Option<String> = row.try_get("resolved_by")?;
    let reporters: i64 = row.try_get("reporters")?;
    let region: Option<String> = row.try_get("region")?;
    let region = region.and_then(|region| region.parse::<Region>().ok());
    let appealed_act: Option<i64> = row.try_get("appealed_act")?;
    Ok(Entry {
        id: EntryId(row.try_get("id")?),
        // A later program's kind is still about somebody.
        kind: Kind::of_name(&kind).unwrap_or(Kind::Player),
        subject: row.try_get("subject")?,
        player: player(row, "player_id")?,
        place: cell(row)?.zip(region),
        version: version(row)?,
        appealed_act: appealed_act.map(ActId),
        state: match state.as_str() {
            "open" => EntryState::Open,
            _ => EntryState::Done,
        },
        newest_report: ReportId(row.try_get("newest_report")?),
        opened_at: UnixMs(row.try_get("opened_at")?),
        reopened: count(row, "reopened_count")?,
        reporters: u64::try_from(reporters).unwrap_or_default(),
        resolution: resolution(row, "resolved_at")?,
        resolved_by,
    })
}

pub(super) fn read_report(row: &AnyRow) -> Result<Report, sqlx::Error> {
    let category: String = row.try_get("category")?;
    let reporter: i64 = row.try_get("player_id")?;
    Ok(Report {
        id: ReportId(row.try_get("id")?),
        reporter: from_column(reporter),
        category: Category::of_name(&category).unwrap_or(Category::Other),
        text: row.try_get("text")?,
        version: version(row)?,
        at: UnixMs(row.try_get("at")?),
        answer: resolution(row, "answered_at")?,
    })
}

pub(super) fn cell(row: &AnyRow) -> Result<Option<Cell>, sqlx::Error> {
    let side = |name: &str| -> Result<Option<u16>, sqlx::Error> {
        let side: Option<i32> = row.try_get(name)?;
        Ok(side.and_then(|side| u16::try_from(side).ok()))
    };
    let cell = side("x")?.zip(side("y")?);
    Ok(cell.map(|(x, y)| Cell::new(x, y)))
}

pub(super) fn player(row: &AnyRow, name: &str) -> Result<Option<PlayerId>, sqlx::Error> {
    let player: Option<i64> = row.try_get(name)?;
    Ok(player.map(from_column))
}

fn version(row: &AnyRow) -> Result<Version, sqlx::Error> {
    let version: Option<i64> = row.try_get("version")?;
    Ok(Version(version.unwrap_or_default().max(0).cast_unsigned()))
}

fn count(row: &AnyRow, name: &str) -> Result<u64, sqlx::Error> {
    let count: i64 = row.try_get(name)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

fn resolution(row: &AnyRow, at: &str) -> Result<Option<Resolution>, sqlx::Error> {
    let at: Option<i64> = row.try_get(at)?;
    let Some(at) = at else {
        return Ok(None);
    };
    let outcome: Option<String> = row.try_get("outcome")?;
    let outcome = outcome.as_deref().and_then(Outcome::of_name);
    let answer: Option<String> = row.try_get("answer")?;
    let act: Option<i64> = row.try_get("act")?;
    Ok(Some(Resolution {
        outcome: outcome.unwrap_or(Outcome::Dismissed),
        answer: answer.unwrap_or_default(),
        act: act.map(ActId),
        at: UnixMs(at),
    }))
}
