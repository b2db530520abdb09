//! `kill -9` in the middle of 200 players who place: what was acknowledged is in the log exactly
//! once, in both engines, and nobody has to start anew.
//!
//! Each test kills twice. `PW_TEST_KILLS=10` kills ten times.

#![expect(
    clippy::unwrap_used,
    reason = "clippy sees tests in functions marked as such only, not in those they call"
)]

mod client;
mod cooldown;
mod log;
mod placers;
mod scenario;
mod server;
mod watcher;

use event_store::testing::{NatsServer, count_setting};
use scenario::{Victim, survives};
use server::Log;

/// How often each test kills.
fn kills() -> u32 {
    count_setting("PW_TEST_KILLS", 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_log_survives_the_server() {
    survives(Log::Embedded, Victim::Server, kills()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_log_survives_the_server() {
    let nats = NatsServer::start().await;
    survives(Log::Nats(nats), Victim::Server, kills()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_log_survives_nats() {
    let nats = NatsServer::start().await;
    survives(Log::Nats(nats), Victim::Nats, kills()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_restart_refunds_no_charge() {
    cooldown::restart_refunds_nothing(Log::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_restart_refunds_no_charge() {
    let nats = NatsServer::start().await;
    cooldown::restart_refunds_nothing(Log::Nats(nats)).await;
}
