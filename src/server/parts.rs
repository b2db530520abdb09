//! The parts of a server, as the settings describe them.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use event_store::UnixMs;
use projections::Canvas;

use crate::accounts::AccountStore;
use crate::auth::{
    InitDataVerifier, KeyRing, MiniApp, SessionRules, SignIn, TokenRules, TokenSigner,
    TokenVerifier,
};
use crate::bot::{self, Bot};
use crate::config::{Config, FeedWriter, Role};
use crate::deployment::Deployment;
use crate::history::History;
use crate::live::fanout::{Fanout, Options, Shards, Tasks};
use crate::live::feed::TickLimits;
use crate::live::info::LimitsInfo;
use crate::live::{LiveCanvas, Parts};
use crate::moderation::{AdminCode, Moderation, Role as StaffRole};
use crate::placements::UNDO_WINDOW_MS;
use crate::players::{PlayerStore, SeatRules};
use crate::rounds::{OpenRoundError, RoundPlan, open_round};
use crate::timelapse::Source;
use crate::timelapse::jobs::Timelapses;

/// Who makes the access tokens, and for whom.
const TOKEN_ISSUER: &str = "pixelwars";

/// The sign-in from a Mini App, when there is a bot that it belongs to.
pub(super) fn mini_app(config: &Config, sign_in: &SignIn) -> Option<MiniApp> {
    let ways = &config.sign_in_ways;
    let token = ways.telegram_bot_token.as_ref()?;
    let verifier = InitDataVerifier::new(token, ways.telegram_init_data_max_age_s);
    Some(MiniApp::new(verifier, sign_in.clone()))
}

/// The Telegram bot, when there is one and this process is to run it.
pub(super) fn bot(
    config: &Config,
    deployment: &Deployment,
    live: &Arc<LiveCanvas>,
    players: &PlayerStore,
    moderation: &Arc<Moderation>,
) -> anyhow::Result<Option<Arc<Bot>>> {
    let token = config.sign_in_ways.telegram_bot_token.clone();
    let Some(token) = token.filter(|_| config.server.has_role(Role::Bot)) else {
        return Ok(None);
    };
    let client = deployment.nats.clone();
    let bot = Bot::new(bot::Parts {
        telegram: config.telegram.clone(),
        token,
        page: config.server.public_url.clone(),
        data_dir: config.storage.data_dir.clone(),
        nats: client.map(|client| (client, config.nats.replicas.into())),
        live: Arc::clone(live),
        players: players.clone(),
        moderation: Arc::clone(moderation),
    });
    Ok(Some(Arc::new(bot.context("could not set up the bot")?)))
}

/// The keys of access tokens, what checks such tokens, and what issues them.
pub(super) fn open_sign_in(
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

/// A new log gets its first round from the settings, so that there is something to play on.
pub(super) async fn open_first_round(
    config: &Config,
    deployment: &Deployment,
) -> anyhow::Result<()> {
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

/// What admins and moderators can do.
pub(super) fn moderation(
    config: &Config,
    live: &Arc<LiveCanvas>,
    history: &Arc<History>,
    players: &PlayerStore,
) -> Moderation {
    let (live, history) = (Arc::clone(live), Arc::clone(history));
    Moderation::new(live, history, players, round_plan(config))
}

/// A deployment without an admin prints a code that makes one, at each start until there is one.
/// It goes to the terminal alone: a log is kept, and read by others.
pub(super) async fn offer_first_admin(
    config: &Config,
    moderation: &Moderation,
    code: &AdminCode,
) -> anyhow::Result<()> {
    if !config.server.has_role(Role::Gateway) {
        return Ok(());
    }
    let staff = moderation.standings().roles().await?;
    let has_admin = staff.iter().any(|(_, role)| *role == StaffRole::Admin);
    if has_admin || !std::io::stderr().is_terminal() {
        return Ok(());
    }
    let code = code.issue()?;
    let page = match &config.server.public_url {
        Some(url) => url.to_string(),
        None => format!("http://{}", config.server.listen),
    };
    eprintln!(
        "This canvas has no admin yet. Sign in at {page}/moderation and give the code {code}"
    );
    Ok(())
}

/// The films that players ask for.
pub(super) fn timelapses(
    config: &Config,
    deployment: &Deployment,
    history: Arc<History>,
) -> Timelapses {
    let slug = &config.canvas.slug;
    let (log, snapshots) = (Arc::clone(&deployment.store), deployment.snapshots.clone());
    let source = Source::new(log, snapshots, history);
    let rules = config.timelapse.clone();
    let blobs = Arc::clone(&deployment.blobs);
    Timelapses::new(rules, &config.storage.data_dir, slug.clone(), source, blobs)
}

pub(super) fn seat_rules(config: &Config) -> SeatRules {
    SeatRules {
        max_players: config.server.max_players,
        max_queued: config.players.max_queued,
        afk_after_ms: config.players.afk_after_ms,
    }
}

pub(super) async fn start_live(
    config: &Config,
    deployment: &Deployment,
) -> anyhow::Result<LiveCanvas> {
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
    start_live_with(config, deployment, fanout).await
}

/// The canvas, with this to write to its sockets.
pub(super) async fn start_live_with(
    config: &Config,
    deployment: &Deployment,
    fanout: Box<dyn Fanout>,
) -> anyhow::Result<LiveCanvas> {
    let begun = std::time::Instant::now();
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
            undo_ms: UNDO_WINDOW_MS,
            max_players: config.server.max_players,
            max_queued: config.players.max_queued,
            snapshot_interval: config.snapshots.interval_events,
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
