//! The tasks behind a server. One that ends before the server stops ends the server.

use std::sync::Arc;
use std::time::Duration;

use event_store::UnixMs;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use crate::accounts::{RevocationCursor, RevocationState, RevokedSession};
use crate::app::App;
use crate::auth::KeyRing;
use crate::config::Role;
use crate::players::{LoadLimits, Waiting, serve_neighbours, watch_load};

/// How often the samples of histograms are summed up. Until then each takes memory.
const SUM_UP_METRICS_EVERY: Duration = Duration::from_secs(5);

/// How long after a panic the bot begins again.
const RESTART_BOT_AFTER: Duration = Duration::from_secs(5);

/// How often clients that have been quiet are forgotten by the limits.
const CLEAN_LIMITS_EVERY: Duration = Duration::from_secs(60);

/// The tasks behind the canvas. One that ends before the server stops ends the server.
pub(super) fn spawn_canvas_tasks(tasks: &mut JoinSet<anyhow::Result<()>>, app: &Arc<App>) {
    let stopping = &app.stopping;
    spawn_verified_task(tasks, app);
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
    let (history, cancelled) = (Arc::clone(&app.history), stopping.clone());
    tasks.spawn(async move {
        history.follow(is_projector, cancelled).await;
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
        if let Err(error) = live.read_behaviour(cancelled).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "could not read how players behaved");
        }
    });
}

/// The task that follows who is asked for no proof of work.
fn spawn_verified_task(tasks: &mut JoinSet<anyhow::Result<()>>, app: &Arc<App>) {
    let (app, cancelled) = (Arc::clone(app), app.stopping.clone());
    tasks.spawn(async move {
        let standings = app.moderation.standings();
        let checks = &app.human_checks;
        checks.follow_verified(standings, cancelled.clone()).await;
        // Where no proof is asked for there is nothing to follow.
        cancelled.cancelled().await;
        Ok(())
    });
}

/// The tasks behind sign-in. Every revocation that still matters is known when this returns.
pub(super) async fn spawn_sign_in_tasks(
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

/// The films that players ask a gateway for.
pub(super) fn spawn_timelapses(tasks: &mut JoinSet<anyhow::Result<()>>, app: &Arc<App>) {
    if !app.config.server.has_role(Role::Gateway) {
        return;
    }
    let (timelapses, cancelled) = (Arc::clone(&app.timelapses), app.stopping.clone());
    tasks.spawn(async move { Ok(timelapses.run(cancelled).await?) });
}

/// The bot. It begins again whatever happens to it, so that no fault of it ends the server.
pub(super) fn spawn_bot(tasks: &mut JoinSet<anyhow::Result<()>>, app: &Arc<App>) {
    let Some(bot) = app.bot.clone() else {
        return;
    };
    let cancelled = app.stopping.clone();
    tasks.spawn(async move {
        while !cancelled.is_cancelled() {
            let (running, until) = (Arc::clone(&bot), cancelled.clone());
            let ended = tokio::spawn(async move { running.run(until).await }).await;
            if let Err(panicked) = ended {
                tracing::error!(error = %panicked, "the Telegram bot failed, and begins again");
                let pause = tokio::time::sleep(RESTART_BOT_AFTER);
                cancelled.run_until_cancelled(pause).await;
            }
        }
        Ok(())
    });
}

/// The tasks that answer other gateways of the same log, if it is one that can be shared.
pub(super) fn spawn_neighbour_tasks(
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
    let seats = Arc::clone(&app.seats);
    tasks.spawn(async move { Ok(tickets.serve(seats, cancelled).await?) });
}
