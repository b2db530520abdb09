//! Reading ranges of the log.

use futures_util::TryStreamExt;
use sqlx::SqlitePool;

use super::group::{GroupColumns, GroupRow};
use crate::error::ReadError;
use crate::event::Version;
use crate::store::{MAX_READ_EVENTS, Recorded};

/// The group that holds `?1` and those after it that begin before `?2`.
const SELECT_RANGE: &str = "
    select first_version, event_count, checksum, events
    from commit_groups
    where first_version >= coalesce(
            (select max(first_version) from commit_groups where first_version <= ?1), 0)
        and first_version < ?2
    order by first_version";

const SELECT_LAST: &str = "
    select first_version + event_count - 1
    from commit_groups
    order by first_version desc
    limit 1";

/// Reads as [`EventStore::read`](crate::EventStore::read) says.
pub(super) async fn read(
    pool: &SqlitePool,
    from: Version,
    limit: usize,
) -> Result<Vec<Recorded>, ReadError> {
    let from = from.max(Version(1));
    let limit = limit.min(MAX_READ_EVENTS);
    let mut events = Vec::new();
    if limit == 0 {
        return Ok(events);
    }
    let mut rows = sqlx::query_as::<_, GroupColumns>(SELECT_RANGE)
        .bind(signed(from))
        .bind(signed(from.plus(limit as u64)))
        .fetch(pool);
    while events.len() < limit {
        let row = rows
            .try_next()
            .await
            .map_err(|source| unavailable(from, source))?;
        let Some(columns) = row else { break };
        let row = GroupRow::from(columns);
        if events.is_empty() && row.end() <= from {
            continue; // The newest group ends before `from`: there is nothing to read yet.
        }
        row.unpack_into(from, limit, &mut events)?;
    }
    Ok(events)
}

/// The newest version, zero for an empty log.
pub(super) async fn last(executor: impl sqlx::SqliteExecutor<'_>) -> Result<Version, ReadError> {
    let last: Option<i64> = sqlx::query_scalar(SELECT_LAST)
        .fetch_optional(executor)
        .await
        .map_err(|source| unavailable(Version::ZERO, source))?;
    Ok(Version(last.unwrap_or_default().unsigned_abs()))
}

/// A version as SQLite stores it. Versions stay far below 2^63: at a million events a second that
/// is 292 000 years.
pub(super) fn signed(version: Version) -> i64 {
    i64::try_from(version.0).unwrap_or(i64::MAX)
}

fn unavailable(version: Version, source: sqlx::Error) -> ReadError {
    ReadError::Unavailable {
        version,
        source: Box::new(source),
    }
}
