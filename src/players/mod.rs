//! The people on the canvas, as the relational store knows them.

mod error;
mod name;
mod schema;
mod store;

pub use error::{
    CreatePlayerError, FindPlayersError, ImportPlayersError, MigratePlayersError, OpenPlayersError,
};
pub use name::{InvalidPlayerName, MAX_NAME_CHARS, PlayerName};
pub use store::{ImportedPlayer, MAX_SOURCE_NAME_BYTES, Player, PlayerStore};
