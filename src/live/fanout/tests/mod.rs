//! The fan-out against real sockets: axum serves, tungstenite or raw bytes connect.

mod behaviour;
mod limits;
mod server;
mod upgrades;
