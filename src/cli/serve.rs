//! `pixelwars serve`

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use clap::Args;
use event_store::UnixMs;
use metrics_exporter_prometheus::PrometheusBuilder;
use projections::Canvas;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::deployment::{Deployment, open_players};
use crate::app::{App, MAX_DRAWINGS};
use crate::auth::{
    AnonymousSignIn, FeedTickets, SigningKey, TokenRules, TokenSigner, TokenVerifier,
};
use crate::config::{Config, FeedWriter, Role};
use crate::http;
use crate::live::fanout::{CloseCode, Fanout, Options, Shards, Tasks};
use crate::live::feed::TickLimits;
use crate::live::info::LimitsInfo;
use crate::live::{LiveCanvas, Parts};
use crate::rounds::{OpenRoundError, RoundPlan, open_round};

/// Connections that may wait to be accepted: thousands come at once after a restart.
const LISTEN_BACKLOG: u32 = 8_192;

/// How long sockets are given to close when the server stops.
const DRAIN: Duration = Duration::from_secs(2);

/// How often the samples of histograms are summed up. Until then each takes memory.
const SUM_UP_METRICS_EVERY: Duration = Duration::from_secs(5);

/// Who makes the access tokens, and for whom.
const TOKEN_ISSUER: &str = "pixelwars";

/// Options of `serve`.
#[derive(Args)]
pub(super) struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// What this process does: gateway, projector [default: all]
    #[arg(long, value_name = "LIST")]
    roles: Option<String>,
}

impl ServeArgs {
    pub(super) fn options(&self) -> Vec<(String, String)> {
        let pairs = [("listen", &self.listen), ("roles", &self.roles)];
        let set = pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        set.map(|(key, value)| (key.to_owned(), value.clone()))
            .collect()
    }
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let serving = Serving::start(config).await?;
    serving.run_until(stop_signal()).await
}

/// A server at work.
pub(crate) struct Serving {
    app: Arc<App>,
    tasks: JoinSet<anyhow::Result<()>>,
    address: Option<SocketAddr>,
}

impl Serving {
    /// Starts everything that the settings ask for. One process can do so once: what it measures is
    /// kept for the process as a whole.
    pub(crate) async fn start(config: Config) -> anyhow::Result<Self> {
        let metrics = PrometheusBuilder::new()
            .install_recorder()
            .context("could not start measuring")?;
        let deployment = Deployment::open(&config).await?;
        open_first_round(&config, &deployment).await?;
        let live = start_live(&config, &deployment).await?;
        let players = open_players(&config).await?;
        let key = SigningKey::load_or_create(&config.storage.data_dir)?;
        let rules = TokenRules {
            issuer: TOKEN_ISSUER.to_owned(),
            audience: TOKEN_ISSUER.to_owned(),
            ttl_s: config.auth.access_token_ttl_s,
        };
        let tokens = TokenVerifier::new([&key], &rules);
        let signer = TokenSigner::new(key, rules);
        let app = Arc::new(App {
            sign_in: AnonymousSignIn::new(config.allows_anonymous(), players.clone(), signer),
            live: Arc::new(live),
            players,
            tokens,
            tickets: FeedTickets::default(),
            drawing: Semaphore::new(MAX_DRAWINGS),
            metrics,
            stopping: CancellationToken::new(),
            config,
        });
        app.live.publish_snapshot().await?;
        let mut tasks = JoinSet::new();
        spawn_canvas_tasks(&mut tasks, &app);
        let address = listen(&mut tasks, &app).await?;
        Ok(Self {
            app,
            tasks,
            address,
        })
    }

    /// Where the server listens; none without the role `gateway`.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Waits for `stop` or for a part to fail, then stops everything in order.
    pub(crate) async fn run_until(mut self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let (app, tasks) = (&self.app, &mut self.tasks);
        let ended = tokio::select! {
            () = stop => None,
            ended = tasks.join_next() => ended,
        };
        tracing::info!("stopping");
        app.live
            .feed()
            .fanout()
            .close_all(CloseCode::SERVICE_RESTART, DRAIN / 2);
        app.stopping.cancel();
        let all_ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN, all_ended).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        app.live.feed().fanout().shutdown();
        app.live.store().close().await;
        match ended {
            None => Ok(()),
            Some(Ok(Ok(()))) => anyhow::bail!("a part of the server ended early"),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(panicked)) => Err(panicked).context("a part of the server panicked"),
        }
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
pub(super) fn round_plan(config: &Config) -> RoundPlan {
    RoundPlan {
        size: config.canvas.size,
        palette: config.canvas.palette.clone(),
        background: config.canvas.background,
        cooldown: config.canvas.cooldown,
        mask: None,
        title: config.canvas.title.clone(),
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
    let (metrics, cancelled) = (app.metrics.clone(), stopping.clone());
    tasks.spawn(async move {
        let mut due = tokio::time::interval(SUM_UP_METRICS_EVERY);
        while cancelled.run_until_cancelled(due.tick()).await.is_some() {
            metrics.run_upkeep();
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

/// Opens the listeners, serves on them, and tells where.
async fn listen(
    tasks: &mut JoinSet<anyhow::Result<()>>,
    app: &Arc<App>,
) -> anyhow::Result<Option<SocketAddr>> {
    if !app.config.server.has_role(Role::Gateway) {
        return Ok(None);
    }
    let listener = bind(app.config.server.listen)?;
    let address = listener
        .local_addr()
        .context("could not tell the listener's address")?;
    tracing::info!("listening on http://{address}");
    serve_on(tasks, listener, http::router(Arc::clone(app)), app);
    if let Some(address) = app.config.server.metrics_listen {
        let listener = bind(address)?;
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
    let stopping = app.stopping.clone();
    tasks.spawn(async move {
        let server = axum::serve(listener, router);
        let stopped = server.with_graceful_shutdown(stopping.cancelled_owned());
        stopped.await.context("could not serve")
    });
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.set_nodelay(true)?;
        socket.bind(address)?;
        socket.listen(LISTEN_BACKLOG)
    };
    listen().with_context(|| format!("could not listen on {address}"))
}

/// Resolves at SIGINT or SIGTERM.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "cannot listen for SIGTERM");
            let _ = interrupt.await;
        }
    }
}
