//! The table of players, on SQLite or Postgres.

use std::collections::HashMap;

use event_store::{PlayerId, UnixMs};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::connections::Connections;
use super::error::{
    CreatePlayerError, FindPlayersError, ImportPlayersError, MigratePlayersError, OpenPlayersError,
};
use super::name::PlayerName;
use super::schema;
use crate::config::DatabaseLocation;

/// The longest name of an imported player, in bytes. The hashed names of r/place have 88
/// (2022) and 28 (2017).
pub const MAX_SOURCE_NAME_BYTES: usize = 256;

/// How often another id is drawn when one is taken. With 2^63 ids even the second try is a sign of
/// broken randomness.
const MAX_ID_TRIES: usize = 3;

/// Players in one statement: at two parameters each, well below the least limit of both databases
/// (32 766 in SQLite, "Implementation Limits"; 65 535 in Postgres's protocol, `Bind`).
const PLAYERS_PER_STATEMENT: usize = 500;

/// A player who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    /// Who it is.
    pub id: PlayerId,
    /// The name shown to others.
    pub name: PlayerName,
}

/// What the relational store knows of a player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name shown to others.
    pub name: String,
    /// How the player came to be here: `anonymous`, `imported` or `identity`.
    pub origin: String,
    /// Since when.
    pub created_at: UnixMs,
}

/// How a player who signs in came to be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By a name and nothing else.
    Anonymous,
    /// By an identity that a provider vouched for.
    Identity,
}

impl Origin {
    const fn as_column(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Identity => "identity",
        }
    }
}

/// Creates a player under a random id, as part of the transaction that `connection` is in.
///
/// # Errors
/// [`CreatePlayerError`] by cause.
pub(crate) async fn create_player(
    connection: &mut AnyConnection,
    name: PlayerName,
    origin: Origin,
    now: UnixMs,
) -> Result<Player, CreatePlayerError> {
    const INSERT: &str = "insert into players (id, name, origin, created_at) \
        values ($1, $2, $3, $4) on conflict (id) do nothing";
    for _ in 0..MAX_ID_TRIES {
        let bits = getrandom::u64().map_err(|source| CreatePlayerError::Random { source })?;
        let id = PlayerId::from_bits(bits);
        let inserted = sqlx::query(INSERT)
            .bind(to_column(id))
            .bind(name.as_str())
            .bind(origin.as_column())
            .bind(now.0)
            .execute(&mut *connection)
            .await
            .map_err(|source| CreatePlayerError::Unavailable { source })?;
        if inserted.rows_affected() == 1 {
            return Ok(Player { id, name });
        }
    }
    Err(CreatePlayerError::NoFreeId {
        tries: MAX_ID_TRIES,
    })
}

/// A player of a log that is being imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportedPlayer<'a> {
    /// Who it is; [`PlayerId::of_name`] of the name in the source.
    pub id: PlayerId,
    /// The name in the source, 1 to [`MAX_SOURCE_NAME_BYTES`] bytes, kept unchanged: it does not
    /// obey the rule of [`PlayerName`].
    pub source_name: &'a str,
}

/// The players, as the relational store knows them. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct PlayerStore {
    connections: Connections,
    location: DatabaseLocation,
}

impl PlayerStore {
    /// Connects to the database at `location`. A SQLite file, and the directory it lies in, is made
    /// when missing. The tables are there only after [`PlayerStore::migrate`].
    ///
    /// # Errors
    /// [`OpenPlayersError::Directory`] and [`OpenPlayersError::Unavailable`].
    pub async fn open(location: DatabaseLocation) -> Result<Self, OpenPlayersError> {
        let connections = Connections::open(&location).await?;
        Ok(Self {
            connections,
            location,
        })
    }

    /// Brings the tables up to date; nothing happens when they are. When several processes do it
    /// at once, on Postgres they wait for each other; on SQLite all but one may fail and then find
    /// it done.
    ///
    /// # Errors
    /// [`MigratePlayersError`], also when the database has migrations that this program does not
    /// know.
    pub async fn migrate(&self) -> Result<(), MigratePlayersError> {
        schema::migrator(&self.location)
            .run(&self.connections.writers)
            .await
            .map_err(|source| MigratePlayersError {
                database: self.location.to_string(),
                source,
            })
    }

    /// The database, for the stores that keep their tables beside this one. Each table is written
    /// by one store only.
    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Writes the players of an imported log, all or none. A player who is there already stays as
    /// it is, so doing it again changes nothing.
    ///
    /// # Errors
    /// [`ImportPlayersError`] by cause.
    pub async fn put_imported(
        &self,
        players: &[ImportedPlayer<'_>],
        now: UnixMs,
    ) -> Result<(), ImportPlayersError> {
        players.iter().try_for_each(check_source_name)?;
        self.insert_imported(players, now)
            .await
            .map_err(|source| ImportPlayersError::Unavailable {
                players: players.len(),
                source,
            })
    }

    /// The name of a player, or `None` when the store does not know the player.
    ///
    /// # Errors
    /// [`FindPlayersError`] when the database could not be read.
    pub async fn name_of(&self, player: PlayerId) -> Result<Option<String>, FindPlayersError> {
        let mut names = self.names_of(&[player]).await?;
        Ok(names.remove(&player))
    }

    /// What the store knows of a player; `None` when it does not know the player.
    ///
    /// # Errors
    /// [`FindPlayersError`] when the database could not be read.
    pub async fn profile(&self, player: PlayerId) -> Result<Option<Profile>, FindPlayersError> {
        const SELECT: &str = "select name, origin, created_at from players where id = $1";
        let found = sqlx::query_as::<_, (String, String, i64)>(SELECT)
            .bind(to_column(player))
            .fetch_optional(&self.connections.readers)
            .await
            .map_err(|source| FindPlayersError { players: 1, source })?;
        Ok(found.map(|(name, origin, created_at)| Profile {
            name,
            origin,
            created_at: UnixMs(created_at),
        }))
    }

    /// The names of those of `players` that the store knows, read in pages.
    ///
    /// # Errors
    /// [`FindPlayersError`] when the database could not be read.
    pub async fn names_of(
        &self,
        players: &[PlayerId],
    ) -> Result<HashMap<PlayerId, String>, FindPlayersError> {
        let mut names = HashMap::with_capacity(players.len());
        for page in players.chunks(PLAYERS_PER_STATEMENT) {
            let named = self.page_of_names(page).await;
            names.extend(named.map_err(|source| FindPlayersError {
                players: players.len(),
                source,
            })?);
        }
        Ok(names)
    }

    /// The players of exactly this name, at most `limit`, in the order of their ids: names are not
    /// unique.
    ///
    /// # Errors
    /// [`FindPlayersError`] when the database could not be read.
    pub async fn find_called(
        &self,
        name: &str,
        limit: u32,
    ) -> Result<Vec<PlayerId>, FindPlayersError> {
        const SELECT: &str = "select id from players where name = $1 order by id limit $2";
        let found = sqlx::query_scalar::<_, i64>(SELECT)
            .bind(name)
            .bind(i64::from(limit))
            .fetch_all(&self.connections.readers)
            .await;
        let failed = |source| FindPlayersError { players: 1, source };
        Ok(found
            .map_err(failed)?
            .into_iter()
            .map(from_column)
            .collect())
    }

    async fn page_of_names(
        &self,
        page: &[PlayerId],
    ) -> Result<Vec<(PlayerId, String)>, sqlx::Error> {
        let marks: Vec<String> = (1..=page.len()).map(|mark| format!("${mark}")).collect();
        let sql = format!(
            "select id, name from players where id in ({})",
            marks.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for player in page {
            query = query.bind(to_column(*player));
        }
        let rows = query.fetch_all(&self.connections.readers).await?;
        let named = |row: &AnyRow| Ok((from_column(row.try_get(0)?), row.try_get(1)?));
        rows.iter().map(named).collect()
    }

    async fn insert_imported(
        &self,
        players: &[ImportedPlayer<'_>],
        now: UnixMs,
    ) -> Result<(), sqlx::Error> {
        let mut transaction = self.connections.writers.begin().await?;
        for page in players.chunks(PLAYERS_PER_STATEMENT) {
            let rows: Vec<String> = (0..page.len())
                .map(|row| format!("(${}, ${}, 'imported', $1)", 2 * row + 2, 2 * row + 3))
                .collect();
            let sql = format!(
                "insert into players (id, name, origin, created_at) values {} \
                on conflict (id) do nothing",
                rows.join(", ")
            );
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(now.0);
            for player in page {
                query = query.bind(to_column(player.id)).bind(player.source_name);
            }
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}

fn check_source_name(player: &ImportedPlayer<'_>) -> Result<(), ImportPlayersError> {
    let problem = match player.source_name {
        "" => "empty",
        name if name.len() > MAX_SOURCE_NAME_BYTES => "too long",
        // Postgres texts cannot hold it (documentation, "Character Types").
        name if name.contains('\0') => "with a NUL character",
        _ => return Ok(()),
    };
    Err(ImportPlayersError::SourceName {
        id: player.id,
        problem,
    })
}

/// The id as a column: the same number, which fits, having 63 bits.
pub(crate) fn to_column(id: PlayerId) -> i64 {
    id.bits().cast_signed()
}

/// The id of a column that [`to_column`] made.
pub(crate) fn from_column(id: i64) -> PlayerId {
    PlayerId::from_bits(id.cast_unsigned())
}
