//! A running server: what `pixelwars serve` starts and stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use event_store::UnixMs;
use metrics_exporter_prometheus::PrometheusHandle;
use projections::Canvas;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::accounts::{AccountStore, RevocationCursor, RevocationState, RevokedSession};
use crate::app::{App, MAX_DRAWINGS};
use crate::auth::{
    AttemptSealer, InitDataVerifier, KeyRing, MiniApp, OidcProviders, SessionRules, SignIn,
    TicketExchange, TokenRules, TokenSigner, TokenVerifier,
};
use crate::config::{Config, FeedWriter, Role};
use crate::deployment::{Deployment, open_players};
use crate::http;
use crate::http::client_address::ClientAddresses;
use crate::human_check::HumanChecks;
use crate::limits::AbuseLimits;
use crate::live::fanout::{CloseCode, Fanout, Options, Shards, Tasks};
use crate::live::feed::TickLimits;
use crate::live::info::LimitsInfo;
use crate::live::{LiveCanvas, Parts};
use crate::players::{
    GatewayId, LoadLimits, Neighbours, PlayerStore, SeatKeeper, SeatRules, Waiting,
    serve_neighbours, watch_load,
};
use crate::rounds::{OpenRoundError, RoundPlan, open_round};

/// Connections that may wait to be accepted: thousands come at once after a restart.
const LISTEN_BACKLOG: u32 = 8_192;

/// How long requests and sockets are given to end when the server stops.
const DRAIN: Duration = Duration::from_secs(2);

/// How often a stopping server looks whether all sockets have gone.
const LOOK_FOR_SOCKETS: Duration = Duration::from_millis(5);

/// How often the samples of histograms are summed up. Until then each takes memory.
const SUM_UP_METRICS_EVERY: Duration = Duration::from_secs(5);

/// How often clients that have been quiet are forgotten by the limits.
const CLEAN_LIMITS_EVERY: Duration = Duration::from_secs(60);

/// Who makes the access tokens, and for whom.
const TOKEN_ISSUER: &str = "pixelwars";

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
    let app = Arc::new(App {
        seats: Arc::new(seats),
        oidc: OidcProviders::new(&config.sign_in_ways).context("could not set up providers")?,
        attempts: AttemptSealer::new(keys.clone()),
        mini_app: mini_app(&config, &sign_in),
        sign_in,
        live,
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
            config.limits.exempt.clone(),
        ),
        drawing: Semaphore::new(MAX_DRAWINGS),
        metrics,
        stopping: CancellationToken::new(),
        config,
    });
    app.live.publish_snapshot().await?;
    let mut tasks = JoinSet::new();
    spawn_canvas_tasks(&mut tasks, &app);
    spawn_sign_in_tasks(&mut tasks, &app, keys).await?;
    spawn_neighbour_tasks(&mut tasks, &app, waiting);
    let address = listen(&mut tasks, &app, bound)?;
    Ok(Running {
        app,
        address,
        tasks,
    })
}

/// The sign-in from a Mini App, when there is a bot that it belongs to.
fn mini_app(config: &Config, sign_in: &SignIn) -> Option<MiniApp> {
    let ways = &config.sign_in_ways;
    let token = ways.telegram_bot_token.as_ref()?;
    let verifier = InitDataVerifier::new(token, ways.telegram_init_data_max_age_s);
    Some(MiniApp::new(verifier, sign_in.clone()))
}

/// The keys of access tokens, what checks such tokens, and what issues them.
fn open_sign_in(
    config: &Config,
    players: &PlayerStore,
) -> anyhow::Result<(KeyRing, TokenVerifier, SignIn)> {
    let keys = KeyRing::open(&config.storage.data_dir, UnixMs::now())?;
    let rules = TokenRules {
        issuer: TOKEN_ISSUER.to_owned(),
        audience: TOKEN_ISSUER.to_owned(),
        ttl_s: config.auth.access_token_ttl_s,
    };
    let tokens = TokenVerifier::new(keys.clone(), &rules);
    let session_rules = SessionRules {
        allows_anonymous: config.allows_anonymous(),
        refresh_ttl_s: config.auth.refresh_token_ttl_s,
        login_session_max_s: config.auth.login_session_max_s,
    };
    let signer = TokenSigner::new(keys.clone(), rules);
    let sign_in = SignIn::new(AccountStore::of(players), signer, session_rules);
    Ok((keys, tokens, sign_in))
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

/// A new log gets its first round from the settings, so that there is something to play on.
async fn open_first_round(config: &Config, deployment: &Deployment) -> anyhow::Result<()> {
    let is_projector = config.server.has_role(Role::Projector);
    let last = deployment
        .store
        .last()
        .await
        .context("could not read the log")?;
    if last.0 > 0 || !is_projector {
        return Ok(());
    }
    let plan = round_plan(config);
    let opened = open_round(
        &*deployment.store,
        &mut Canvas::new(),
        &plan,
        false,
        UnixMs::now(),
    )
    .await;
    match opened {
        // Another process was faster.
        Ok(_) | Err(OpenRoundError::StillOpen { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A round as the settings describe it.
pub fn round_plan(config: &Config) -> RoundPlan {
    RoundPlan {
        size: config.canvas.size,
        palette: config.canvas.palette.clone(),
        background: config.canvas.background,
        cooldown: config.canvas.cooldown,
        mask: None,
        title: config.canvas.title.clone(),
    }
}

fn seat_rules(config: &Config) -> SeatRules {
    SeatRules {
        max_players: config.server.max_players,
        max_queued: config.players.max_queued,
        afk_after_ms: config.players.afk_after_ms,
    }
}

async fn start_live(config: &Config, deployment: &Deployment) -> anyhow::Result<LiveCanvas> {
    let begun = std::time::Instant::now();
    let mut options = Options {
        connections_max: config.limits.max_connections as usize,
        ..Options::default()
    };
    if config.feed.shards > 0 {
        options.shards = config.feed.shards.into();
    }
    let runtime = tokio::runtime::Handle::current();
    let fanout: Box<dyn Fanout> = match config.feed.writer {
        FeedWriter::Shards => {
            Box::new(Shards::start(options, runtime).context("could not start the feed's threads")?)
        }
        FeedWriter::Tasks => Box::new(Tasks::new(options, runtime)),
    };
    let live = LiveCanvas::start(Parts {
        slug: config.canvas.slug.clone(),
        store: Arc::clone(&deployment.store),
        blobs: Arc::clone(&deployment.blobs),
        fanout,
        tick: TickLimits {
            min: Duration::from_millis(config.feed.min_tick_ms.into()),
            max: Duration::from_millis(config.feed.max_tick_ms.into()),
        },
        limits: LimitsInfo {
            max_batch: config.limits.max_batch,
            afk_after_ms: config.players.afk_after_ms,
            poll_ms: config.players.poll_ms,
        },
    });
    let live = live.await?;
    tracing::info!(
        canvas.version = live.version().0,
        elapsed_ms = begun.elapsed().as_millis(),
        "canvas stands at version {}",
        live.version()
    );
    Ok(live)
}

/// The tasks behind the canvas. One that ends before the server stops ends the server.
fn spawn_canvas_tasks(tasks: &mut JoinSet<anyhow::Result<()>>, app: &Arc<App>) {
    let stopping = &app.stopping;
    let (live, cancelled) = (Arc::clone(&app.live), stopping.clone());
    tasks.spawn(async move { Ok(live.follow(cancelled).await?) });
    let (live, cancelled) = (Arc::clone(&app.live), stopping.clone());
    tasks.spawn(async move {
        live.tick(cancelled).await;
        Ok(())
    });
    let (live, cancelled) = (Arc::clone(&app.live), stopping.clone());
    let every_events = u64::from(app.config.snapshots.interval_events);
    let is_projector = app.config.server.has_role(Role::Projector);
    tasks.spawn(async move {
        match is_projector {
            true => live.project(every_events, cancelled).await,
            false => live.adopt_snapshots(cancelled).await,
        }
        Ok(())
    });
    let (seats, cancelled) = (Arc::clone(&app.seats), stopping.clone());
    tasks.spawn(async move {
        seats.run(cancelled).await;
        Ok(())
    });
    let (watched, cancelled) = (Arc::clone(app), stopping.clone());
    tasks.spawn(async move {
        let App {
            live,
            seats,
            config,
            ..
        } = &*watched;
        let limits = LoadLimits {
            max_bytes_per_s: config.players.max_bytes_per_s,
            max_lag: Duration::from_millis(config.players.max_lag_ms.into()),
        };
        watch_load(live, seats, config.server.max_players, limits, cancelled).await;
        Ok(())
    });
    let (metrics, cancelled) = (app.metrics.clone(), stopping.clone());
    tasks.spawn(async move {
        let mut due = tokio::time::interval(SUM_UP_METRICS_EVERY);
        while cancelled.run_until_cancelled(due.tick()).await.is_some() {
            metrics.run_upkeep();
        }
        Ok(())
    });
    let (limited, cancelled) = (Arc::clone(app), stopping.clone());
    tasks.spawn(async move {
        let mut due = tokio::time::interval(CLEAN_LIMITS_EVERY);
        while cancelled.run_until_cancelled(due.tick()).await.is_some() {
            limited.limits.clean(UnixMs::now());
        }
        Ok(())
    });
    let (live, cancelled) = (Arc::clone(&app.live), stopping.clone());
    tokio::spawn(async move {
        if let Err(error) = live.read_history(cancelled).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "could not read the history of cells");
        }
    });
}

/// The tasks behind sign-in. Every revocation that still matters is known when this returns.
async fn spawn_sign_in_tasks(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    app: &Arc<App>,
    keys: KeyRing,
) -> anyhow::Result<()> {
    let (accounts, revocations) = (app.sign_in.accounts(), app.sign_in.revocations());
    let beginning = RevocationCursor::default();
    let known = revocations.catch_up(accounts, beginning, UnixMs::now());
    let known = known.await?;
    let (accounts, revocations) = (accounts.clone(), Arc::clone(revocations));
    let cancelled = app.stopping.clone();
    tasks.spawn(async move {
        revocations.follow(accounts, known, cancelled).await;
        Ok(())
    });
    let (ending, cancelled) = (Arc::clone(app), app.stopping.clone());
    let revoked = app.sign_in.revocations().subscribe();
    tasks.spawn(async move {
        let ended = cancelled.run_until_cancelled(end_revoked_seats(&ending, revoked));
        ended.await;
        Ok(())
    });
    let cancelled = app.stopping.clone();
    tasks.spawn(async move {
        keys.follow(cancelled).await;
        Ok(())
    });
    Ok(())
}

/// Ends the seats of sign-ins that are ended, until nobody can tell of any more.
async fn end_revoked_seats(app: &App, mut revoked: broadcast::Receiver<RevokedSession>) {
    loop {
        let next = revoked.recv().await;
        let now = UnixMs::now();
        match next {
            Ok(session) => app
                .seats
                .end_sessions(|held| held == session.login_session, now),
            Err(RecvError::Lagged(_)) => app.seats.end_sessions(
                |held| app.sign_in.revocations().state_of(held, now) == RevocationState::Revoked,
                now,
            ),
            Err(RecvError::Closed) => return,
        }
    }
}

/// The tasks that answer other gateways of the same log, if it is one that can be shared.
fn spawn_neighbour_tasks(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    app: &Arc<App>,
    waiting: Option<Waiting>,
) {
    let Some(waiting) = waiting else {
        return;
    };
    let (seats, cancelled) = (Arc::clone(&app.seats), app.stopping.clone());
    tasks.spawn(async move { Ok(serve_neighbours(&seats, waiting, cancelled).await?) });
    let (tickets, cancelled) = (Arc::clone(&app.tickets), app.stopping.clone());
    tasks.spawn(async move { Ok(tickets.serve(cancelled).await?) });
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
    let most = app.config.limits.max_http_connections as usize;
    let serving = http::listener::serve(listener, router, most, app.stopping.clone());
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
