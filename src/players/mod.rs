//! The people on the canvas: their names in the relational store, and their seats at this gateway.

mod capacity;
mod connections;
mod elsewhere;
mod error;
mod keeper;
mod name;
mod neighbours;
mod queue;
mod schema;
mod seats;
mod session;
mod status;
mod store;

pub use capacity::{LoadLimits, watch_load};
pub use connections::Connections;
pub use error::{
    CreatePlayerError, FindPlayersError, ImportPlayersError, MigratePlayersError, OpenPlayersError,
};
pub use keeper::SeatKeeper;
pub use name::{InvalidPlayerName, MAX_NAME_CHARS, PlayerName};
pub use neighbours::{GatewayId, Neighbours, Waiting, serve as serve_neighbours};
pub use seats::{PlayRefusal, SeatRules, StatusReport};
pub use session::{InvalidLoginSessionId, LoginSessionId, PlaySession, SessionNumber};
pub use status::PlayerStatus;
pub use store::{ImportedPlayer, MAX_SOURCE_NAME_BYTES, Origin, Player, PlayerStore, Profile};
pub(crate) use store::{create_player, from_column, to_column};
