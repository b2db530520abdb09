//! One error type per operation of the store. `Display` speaks for its own layer only.

use event_store::PlayerId;

/// Why the store of players could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenPlayersError {
    /// The directory of the SQLite file could not be made.
    #[error("could not make directory `{directory}`")]
    Directory {
        /// Which one.
        directory: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The database could not be reached; may work later.
    #[error("could not open database `{database}`")]
    Unavailable {
        /// Where it is, secrets masked.
        database: String,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
}

/// Why the tables could not be brought up to date. A failed migration leaves no half of itself
/// behind.
#[derive(Debug, thiserror::Error)]
#[error("could not migrate database `{database}`")]
pub struct MigratePlayersError {
    /// Where it is, secrets masked.
    pub database: String,
    /// The cause.
    #[source]
    pub source: sqlx::migrate::MigrateError,
}

/// Why a player was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreatePlayerError {
    /// The database could not be reached, or refused; may work later. The transaction that it was
    /// part of is lost.
    #[error("could not create player")]
    Unavailable {
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// The operating system gave no random numbers.
    #[error("could not draw player id")]
    Random {
        /// The cause.
        #[source]
        source: getrandom::Error,
    },
    /// Several random ids in a row were taken, which says that they are not random.
    #[error("cannot find a free player id in {tries} tries")]
    NoFreeId {
        /// How many ids were tried.
        tries: usize,
    },
}

/// Why players were not imported. None of the batch is there then, unless it was before.
#[derive(Debug, thiserror::Error)]
pub enum ImportPlayersError {
    /// A name that no database here can hold.
    #[error("cannot import player {id}: name in source is {problem}")]
    SourceName {
        /// Whose name.
        id: PlayerId,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The database could not be reached, or refused; may work later, and doing it again is safe.
    #[error("could not import {players} players")]
    Unavailable {
        /// How many.
        players: usize,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
}

/// Why players could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("could not look up {players} players")]
pub struct FindPlayersError {
    /// How many.
    pub players: usize,
    /// The cause.
    #[source]
    pub source: sqlx::Error,
}
