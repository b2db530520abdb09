//! What a gateway is made of, built once.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{AttemptSealer, FeedTickets, MiniApp, OidcProviders, SignIn, TokenVerifier};
use crate::config::Config;
use crate::live::LiveCanvas;
use crate::players::PlayerStore;

/// The most pictures that are drawn at a time: each takes up to a core and, for the largest canvas,
/// some 200 MB.
pub const MAX_DRAWINGS: usize = 2;

/// A running gateway.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The canvas.
    pub live: Arc<LiveCanvas>,
    /// The players' names.
    pub players: PlayerStore,
    /// Signs people in and out.
    pub sign_in: SignIn,
    /// The providers where people sign in.
    pub oidc: OidcProviders,
    /// Seals what browsers take along to providers.
    pub attempts: AttemptSealer,
    /// Signs people in from the Telegram Mini App, if there is one.
    pub mini_app: Option<MiniApp>,
    /// Checks access tokens.
    pub tokens: TokenVerifier,
    /// Tickets for the feed.
    pub tickets: FeedTickets,
    /// Bounds how many pictures are drawn at a time.
    pub drawing: Semaphore,
    /// What the process has measured.
    pub metrics: PrometheusHandle,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}
