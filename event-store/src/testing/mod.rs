//! What tests of any crate need to run against the real engines: a real nats-server and the
//! conformance suite that every [`EventStore`](crate::EventStore) passes.

pub mod conformance;
mod nats_server;
mod settings;

pub use nats_server::{NatsServer, free_port};
pub use settings::count_setting;
