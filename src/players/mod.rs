//! The people on the canvas, as the relational store knows them.

mod error;
mod name;
mod schema;
mod session;
mod store;

pub use error::{
    CreatePlayerError, FindPlayersError, ImportPlayersError, MigratePlayersError, OpenPlayersError,
};
pub use name::{InvalidPlayerName, MAX_NAME_CHARS, PlayerName};
pub use session::{InvalidLoginSessionId, LoginSessionId, SessionNumber};
pub use store::{ImportedPlayer, MAX_SOURCE_NAME_BYTES, Origin, Player, PlayerStore};
pub(crate) use store::{create_player, from_column, to_column};
