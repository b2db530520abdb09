//! What a gateway is made of, built once.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::auth::{AttemptSealer, MiniApp, OidcProviders, SignIn, TicketExchange, TokenVerifier};
use crate::bot::Bot;
use crate::config::Config;
use crate::feedback::FeedbackStore;
use crate::history::History;
use crate::http::client_address::ClientAddresses;
use crate::http::exports::Exports;
use crate::human_check::HumanChecks;
use crate::limits::AbuseLimits;
use crate::live::LiveCanvas;
use crate::moderation::{AdminCode, Moderation};
use crate::players::{PlayerStore, SeatKeeper};
use crate::reports::Reports;
use crate::timelapse::jobs::Timelapses;

/// The most pictures that are drawn at a time: each takes up to a core and, for the largest canvas,
/// some 200 MB.
pub const MAX_DRAWINGS: usize = 2;

/// A running gateway.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The canvas.
    pub live: Arc<LiveCanvas>,
    /// Every moment of it.
    pub history: Arc<History>,
    /// What admins and moderators can do.
    pub moderation: Arc<Moderation>,
    /// What makes the first admin.
    pub admin_code: AdminCode,
    /// The films that players ask for.
    pub timelapses: Arc<Timelapses>,
    /// Who plays and who waits.
    pub seats: Arc<SeatKeeper>,
    /// The players' names.
    pub players: PlayerStore,
    /// What people told the operator.
    pub feedback: FeedbackStore,
    /// What players tell of each other.
    pub reports: Arc<Reports>,
    /// Signs people in and out.
    pub sign_in: SignIn,
    /// The providers where people sign in.
    pub oidc: OidcProviders,
    /// Seals what browsers take along to providers.
    pub attempts: AttemptSealer,
    /// Signs people in from the Telegram Mini App, if there is one.
    pub mini_app: Option<MiniApp>,
    /// The Telegram bot, if this process runs one.
    pub bot: Option<Arc<Bot>>,
    /// Checks access tokens.
    pub tokens: TokenVerifier,
    /// Tickets for the feed.
    pub tickets: Arc<TicketExchange>,
    /// Finds out where requests come from.
    pub addresses: ClientAddresses,
    /// The origins of the pages that may open the feed, as in the header `Origin`.
    pub origins: Vec<String>,
    /// What bounds one client.
    pub limits: AbuseLimits,
    /// Checks that people are no cheap scripts.
    pub human_checks: HumanChecks,
    /// Bounds how many pictures are drawn at a time.
    pub drawing: Semaphore,
    /// The exports that run.
    pub exports: Exports,
    /// What the process has measured.
    pub metrics: PrometheusHandle,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}
