//! Opening the file: its settings, its schema, and what the writer must know before it starts.

use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

use super::index::{ID_WINDOW_MS, Index, MAX_WINDOW_IDS};
use super::reader;
use crate::error::{BoxError, OpenError, ReadError};
use crate::event::{UnixMs, Version};
use crate::store::MAX_READ_EVENTS;

/// `PRAGMA application_id` of a log: `PXEV` in ASCII, so that another SQLite file is not taken for
/// one.
const APPLICATION_ID: i32 = 0x5058_4556;

/// `PRAGMA user_version`: the format of the tables.
const FORMAT: i64 = 1;

/// How long a statement waits for another process's transaction. Those take milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Reading connections: catching up, history and verification run beside each other.
const MAX_READERS: u32 = 4;

const SCHEMA: &str = include_str!("schema.sql");

const SELECT_CHECKPOINT: &str = "
    select version, subjects
    from subject_checkpoints
    where version <= ?1
    order by version desc
    limit 1";

/// Newest first; the caller stops reading where the window ends.
const SELECT_RECENT: &str = "
    select first_version, event_count, committed_at
    from commit_groups
    order by first_version desc";

/// An opened file.
pub(super) struct Opened {
    pub(super) connection: SqliteConnection,
    pub(super) readers: SqlitePool,
    pub(super) index: Index,
    /// The version of the newest subject checkpoint.
    pub(super) checkpoint: Version,
}

/// Opens the log at `path`, and makes it when there is none.
pub(super) async fn open(path: &Path) -> Result<Opened, OpenError> {
    let log = path.display().to_string();
    let unavailable = |source: BoxError| OpenError::Unavailable {
        log: log.clone(),
        source,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| unavailable(source.into()))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        // 16 MiB of log between checkpoints, four times the default: at full rate a checkpoint's
        // own fsyncs would otherwise come dozens of times a second.
        .pragma("wal_autocheckpoint", "4096")
        .disable_statement_logging();
    let connected = options.clone().connect().await;
    let mut connection = connected.map_err(|source| unavailable(source.into()))?;
    check_format(&mut connection, &log).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(MAX_READERS)
        .connect_with(options.pragma("query_only", "on"))
        .await
        .map_err(|source| unavailable(source.into()))?;
    let loaded = load_index(&readers).await;
    let (index, checkpoint) = loaded.map_err(|source| OpenError::Corrupt { log, source })?;
    Ok(Opened {
        connection,
        readers,
        index,
        checkpoint,
    })
}

/// Makes the tables in a new file; refuses a file that is something else.
async fn check_format(connection: &mut SqliteConnection, log: &str) -> Result<(), OpenError> {
    let unavailable = |source: sqlx::Error| OpenError::Unavailable {
        log: log.to_owned(),
        source: Box::new(source),
    };
    let drift = |setting, found: i64, expected: i64| OpenError::Drift {
        log: log.to_owned(),
        setting,
        found: found.to_string(),
        expected: expected.to_string(),
    };
    let application: i64 = sqlx::query_scalar("pragma application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_schema")
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
    if application != i64::from(APPLICATION_ID) && (application != 0 || tables != 0) {
        let expected = i64::from(APPLICATION_ID);
        return Err(drift("application_id", application, expected));
    }
    let format: i64 = sqlx::query_scalar("pragma user_version")
        .fetch_one(&mut *connection)
        .await
        .map_err(unavailable)?;
    if format != 0 && format != FORMAT {
        return Err(drift("user_version", format, FORMAT));
    }
    if format == 0 {
        sqlx::raw_sql(SCHEMA)
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
        // Pragmas take no parameters; both values are the constants above.
        sqlx::raw_sql("pragma application_id = 1347962198; pragma user_version = 1;")
            .execute(&mut *connection)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

/// The index of the newest checkpoint, brought up to the log's end.
async fn load_index(readers: &SqlitePool) -> Result<(Index, Version), BoxError> {
    let last = reader::last(readers).await?;
    let row: Option<(i64, Vec<u8>)> = sqlx::query_as(SELECT_CHECKPOINT)
        .bind(reader::signed(last))
        .fetch_optional(readers)
        .await?;
    // A damaged checkpoint is only a lost shortcut.
    let loaded = row.and_then(|(version, subjects)| {
        Index::from_checkpoint(Version(version.unsigned_abs()), &subjects).ok()
    });
    let mut index = loaded.unwrap_or_default();
    let checkpoint = index.last();
    let window = recent_commits(readers, UnixMs::now()).await?;
    replay_with(readers, &mut index, checkpoint, &window).await?;
    Ok((index, checkpoint))
}

/// The commits inside the id window, as (first version, committed at), oldest first.
async fn recent_commits(
    readers: &SqlitePool,
    now: UnixMs,
) -> Result<Vec<(Version, UnixMs)>, BoxError> {
    let mut rows = sqlx::query_as::<_, (i64, i64, i64)>(SELECT_RECENT).fetch(readers);
    let mut commits = Vec::new();
    let mut ids = 0;
    while let Some((first, count, committed_at)) = rows.try_next().await? {
        let committed_at = UnixMs(committed_at);
        if now.ms_since(committed_at) > ID_WINDOW_MS || ids >= MAX_WINDOW_IDS {
            break;
        }
        ids += usize::try_from(count).unwrap_or_default();
        commits.push((Version(first.unsigned_abs()), committed_at));
    }
    commits.reverse();
    Ok(commits)
}

/// Takes in everything after `covered`; its ids count as committed now.
pub(super) async fn replay(
    readers: &SqlitePool,
    index: &mut Index,
    covered: Version,
) -> Result<(), ReadError> {
    let window = [(covered.next(), UnixMs::now())];
    replay_with(readers, index, covered, &window).await
}

/// Reads the log from after `covered`, or from the window's start if that is earlier, to its end.
async fn replay_with(
    readers: &SqlitePool,
    index: &mut Index,
    covered: Version,
    window: &[(Version, UnixMs)],
) -> Result<(), ReadError> {
    let window_start = window.first().map(|(first, _)| *first);
    let mut from = covered.next().min(window_start.unwrap_or(covered.next()));
    let mut commit = 0;
    loop {
        let events = reader::read(readers, from, MAX_READ_EVENTS).await?;
        let Some(newest) = events.last() else {
            return Ok(());
        };
        from = newest.version.next();
        for event in &events {
            while window
                .get(commit + 1)
                .is_some_and(|next| next.0 <= event.version)
            {
                commit += 1;
            }
            let committed = window
                .get(commit)
                .filter(|(first, _)| *first <= event.version);
            index.replay(event, covered, committed.map(|(_, at)| *at));
        }
    }
}
