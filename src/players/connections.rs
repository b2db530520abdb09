//! Connections to the relational store.

use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Executor as _};

use super::error::OpenPlayersError;
use crate::config::DatabaseLocation;

/// The most connections to the database at a time.
const MAX_CONNECTIONS: u32 = 8;

/// The longest wait for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections to one database. Clones share them.
#[derive(Clone, Debug)]
pub struct Connections {
    /// For what only reads.
    pub(crate) readers: AnyPool,
    /// For what writes. SQLite has one writer at a time and lets others ask again and again, some
    /// of them for seconds; here they stand in line for its only connection.
    pub(crate) writers: AnyPool,
}

impl Connections {
    /// Connects to the database at `location`. A SQLite file, and the directory it lies in, is made
    /// when missing.
    ///
    /// # Errors
    /// [`OpenPlayersError`] by cause.
    pub(super) async fn open(location: &DatabaseLocation) -> Result<Self, OpenPlayersError> {
        sqlx::any::install_default_drivers();
        let options = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        let mut url = location.expose();
        let unavailable = |source| OpenPlayersError::Unavailable {
            database: location.to_string(),
            source,
        };
        let DatabaseLocation::Sqlite(path) = &location else {
            let options = options.max_connections(MAX_CONNECTIONS);
            let pool = options.connect(&url).await.map_err(unavailable)?;
            return Ok(Self {
                readers: pool.clone(),
                writers: pool,
            });
        };
        make_directory_of(path)?;
        url.push_str("?mode=rwc");
        let options = options.after_connect(|connection, _| Box::pin(set_up_sqlite(connection)));
        let writers = options.clone().max_connections(1).connect(&url).await;
        let writers = writers.map_err(unavailable)?;
        let readers = options.max_connections(MAX_CONNECTIONS - 1).connect(&url);
        let readers = readers.await.map_err(unavailable)?;
        Ok(Self { readers, writers })
    }
}

fn make_directory_of(file: &Path) -> Result<(), OpenPlayersError> {
    let Some(directory) = file.parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(directory).map_err(|source| OpenPlayersError::Directory {
        directory: directory.display().to_string(),
        source,
    })
}

/// WAL lets readers go on beside the one writer; a writer waits up to five seconds for another; a
/// commit is on the disk before it is answered.
async fn set_up_sqlite(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    const PRAGMAS: &str = "pragma busy_timeout = 5000; pragma journal_mode = wal; \
        pragma synchronous = full; pragma foreign_keys = on;";
    connection.execute(PRAGMAS).await.map(drop)
}
