//! A running server: what `pixelwars serve` starts and stops.

mod alone;
mod parts;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{App, MAX_DRAWINGS};
use crate::auth::{AttemptSealer, OidcProviders, TicketExchange};
use crate::config::{Config, Role};
use crate::deployment::{Deployment, open_players, pseudonym_key};
use crate::feedback::FeedbackStore;
use crate::http;
use crate::http::client_address::ClientAddresses;
use crate::http::exports::Exports;
use crate::http::listener::{Bounds, STALLED_MAX};
use crate::human_check::HumanChecks;
use crate::limits::AbuseLimits;
use crate::live::fanout::CloseCode;
use crate::moderation::AdminCode;
use crate::players::{GatewayId, Neighbours, SeatKeeper};
use crate::reports::Reports;

pub use alone::Alone;
pub use parts::round_plan;
use parts::{
    bot, mini_app, moderation, offer_first_admin, open_first_round, open_sign_in, seat_rules,
    start_live, timelapses,
};
use tasks::{
    spawn_bot, spawn_canvas_tasks, spawn_neighbour_tasks, spawn_sign_in_tasks, spawn_timelapses,
};

/// Connections that may wait to be accepted: thousands come at once after a restart.
const LISTEN_BACKLOG: u32 = 8_192;

/// How long requests and sockets are given to end when the server stops.
const DRAIN: Duration = Duration::from_secs(2);

/// How often a stopping server looks whether all sockets have gone.
const LOOK_FOR_SOCKETS: Duration = Duration::from_millis(5);

/// A server that runs until [`Running::stop`]. Dropping it leaves its connections unanswered.
pub struct Running {
    app: Arc<App>,
    address: Option<SocketAddr>,
    tasks: JoinSet<anyhow::Result<()>>,
}

/// Starts what the settings describe, and returns once it serves. `metrics` shows what the process
/// measures; its recorder is the caller's to install, since a process has only one.
///
/// # Errors
/// Whatever keeps a part from starting: the log, the relational store, the key, a listener.
pub async fn start(config: Config, metrics: PrometheusHandle) -> anyhow::Result<Running> {
    let is_gateway = config.server.has_role(Role::Gateway);
    let bound = is_gateway
        .then(|| Bound::to(config.server.listen))
        .transpose()?;
    let deployment = Deployment::open(&config).await?;
    open_first_round(&config, &deployment).await?;
    let live = start_live(&config, &deployment).await?;
    let players = open_players(&config).await?;
    let (keys, tokens, sign_in) = open_sign_in(&config, &players)?;
    let live = Arc::new(live);
    let gateway = GatewayId(getrandom::u32()?);
    let (neighbours, waiting) = deployment
        .nats
        .clone()
        .map(|client| Neighbours::new(gateway, client, live.slug()))
        .unzip();
    let seats = SeatKeeper::new(Arc::clone(&live), seat_rules(&config), neighbours);
    let history = Arc::new(deployment.history(&config));
    let moderation = Arc::new(moderation(&config, &live, &history, &players));
    let admin_code = AdminCode::of(&config.storage.data_dir);
    offer_first_admin(&config, &moderation, &admin_code).await?;
    let app = Arc::new(App {
        reports: Arc::new(Reports::new(&live, &moderation, &players)),
        bot: bot(&config, &deployment, &live, &players, &moderation)?,
        moderation,
        admin_code,
        timelapses: Arc::new(timelapses(&config, &deployment, Arc::clone(&history))),
        history,
        seats: Arc::new(seats),
        oidc: OidcProviders::new(&config.sign_in_ways).context("could not set up providers")?,
        attempts: AttemptSealer::new(keys.clone()),
        mini_app: mini_app(&config, &sign_in),
        sign_in,
        live,
        feedback: FeedbackStore::of(&players),
        players,
        tokens,
        tickets: Arc::new(TicketExchange::new(gateway, deployment.nats)),
        origins: bound.as_ref().map_or_else(Vec::new, |bound| {
            config.server.allowed_origins(bound.address)
        }),
        limits: AbuseLimits::new(&config),
        human_checks: HumanChecks::open(&config.human_check, &config.storage.data_dir)?,
        addresses: ClientAddresses::new(
            config.limits.trusted_proxies.clone(),
            config.limits.client_address_header,
            config.limits.exempt.clone(),
        ),
        drawing: Semaphore::new(MAX_DRAWINGS),
        exports: Exports::new(pseudonym_key(&config)?),
        metrics,
        stopping: CancellationToken::new(),
        config,
    });
    app.live.publish_snapshot().await?;
    let mut tasks = JoinSet::new();
    spawn_canvas_tasks(&mut tasks, &app);
    spawn_sign_in_tasks(&mut tasks, &app, keys).await?;
    spawn_neighbour_tasks(&mut tasks, &app, waiting);
    spawn_bot(&mut tasks, &app);
    spawn_timelapses(&mut tasks, &app);
    let address = listen(&mut tasks, &app, bound)?;
    Ok(Running {
        app,
        address,
        tasks,
    })
}

impl Running {
    /// Where the HTTP interface listens; none without the gateway's role.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Waits until a part ends by itself, which none should. Cancel safe.
    pub async fn failure(&mut self) -> anyhow::Error {
        match self.tasks.join_next().await {
            Some(Ok(Ok(()))) | None => anyhow::anyhow!("a part of the server ended early"),
            Some(Ok(Err(error))) => error,
            Some(Err(panicked)) => {
                anyhow::Error::new(panicked).context("a part of the server panicked")
            }
        }
    }

    /// Stops everything in order: no new connections, the sockets are told to come back, requests
    /// under way are answered, the log is closed. Takes some two seconds at most.
    pub async fn stop(mut self) {
        let live = &self.app.live;
        let fanout = live.feed().fanout();
        fanout.close_all(CloseCode::SERVICE_RESTART, DRAIN / 2);
        self.app.stopping.cancel();
        let all_ended = async {
            while self.tasks.join_next().await.is_some() {}
            while fanout.stats().connections > 0 {
                tokio::time::sleep(LOOK_FOR_SOCKETS).await;
            }
        };
        if tokio::time::timeout(DRAIN, all_ended).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        fanout.shutdown();
        live.store().close().await;
    }
}

/// Opens the listeners, serves on them, and says where the first one is.
fn listen(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    app: &Arc<App>,
    bound: Option<Bound>,
) -> anyhow::Result<Option<SocketAddr>> {
    let Some(bound) = bound else {
        return Ok(None);
    };
    let address = bound.address;
    let listener = bound.listen()?;
    tracing::info!("listening on http://{address}");
    serve_on(tasks, listener, http::router(Arc::clone(app)), app);
    if let Some(address) = app.config.server.metrics_listen {
        let listener = Bound::to(address)?.listen()?;
        serve_on(tasks, listener, http::metrics_router(Arc::clone(app)), app);
    }
    Ok(Some(address))
}

fn serve_on(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    listener: TcpListener,
    router: Router,
    app: &Arc<App>,
) {
    let limits = &app.config.limits;
    let bounds = Bounds {
        most: limits.max_http_connections as usize,
        per_prefix: limits.http_connections_per_prefix,
        uncounted: [limits.trusted_proxies.as_slice(), &limits.exempt].concat(),
        stalled_max: STALLED_MAX,
    };
    let serving = http::listener::serve(listener, router, bounds, app.stopping.clone());
    tasks.spawn(async move {
        serving.await;
        Ok(())
    });
}

/// An address that is taken, and that nobody can connect to yet.
struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Bound {
    fn to(address: SocketAddr) -> anyhow::Result<Self> {
        let bind = || {
            let socket = match address {
                SocketAddr::V4(_) => TcpSocket::new_v4()?,
                SocketAddr::V6(_) => TcpSocket::new_v6()?,
            };
            socket.set_reuseaddr(true)?;
            socket.set_nodelay(true)?;
            socket.bind(address)?;
            let address = socket.local_addr()?;
            Ok::<_, std::io::Error>(Self { socket, address })
        };
        bind().with_context(|| format!("could not listen on {address}"))
    }

    fn listen(self) -> anyhow::Result<TcpListener> {
        let listener = self.socket.listen(LISTEN_BACKLOG);
        listener.with_context(|| format!("could not listen on {}", self.address))
    }
}
