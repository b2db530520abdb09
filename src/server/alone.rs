//! The use cases of moderation without a server, for whoever has a shell.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::parts::{moderation, start_live_with};
use crate::config::Config;
use crate::deployment::{Deployment, open_players};
use crate::live::LiveCanvas;
use crate::live::fanout::{Options, Tasks};
use crate::moderation::Moderation;
use crate::players::PlayerStore;

/// How long history may take to be read.
const HISTORY_MAX: Duration = Duration::from_secs(600);

/// The canvas, its history and its moderation, with nobody connected.
pub struct Alone {
    /// What can be done.
    pub moderation: Arc<Moderation>,
    /// The players' names.
    pub players: PlayerStore,
    live: Arc<LiveCanvas>,
    tasks: JoinSet<()>,
    stopping: CancellationToken,
}

impl Alone {
    /// Opens what the settings name, and waits until history has the newest version. A server may
    /// run on the same log meanwhile: it sees what is done here as it sees everything else.
    ///
    /// # Errors
    /// Whatever keeps a part from opening.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let deployment = Deployment::open(config).await?;
        let players = open_players(config).await?;
        let fanout = Tasks::new(Options::default(), tokio::runtime::Handle::current());
        let live = start_live_with(config, &deployment, Box::new(fanout)).await?;
        let live = Arc::new(live);
        let history = Arc::new(deployment.history(config));
        let moderation = Arc::new(moderation(config, &live, &history, &players));
        let stopping = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let (followed, cancelled) = (Arc::clone(&live), stopping.clone());
        tasks.spawn(async move {
            if let Err(error) = followed.follow(cancelled).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "canvas stands still"
                );
            }
        });
        let (followed, cancelled) = (Arc::clone(&history), stopping.clone());
        tasks.spawn(async move { followed.follow(false, cancelled).await });
        let reached = history.reach(live.version());
        let reached = tokio::time::timeout(HISTORY_MAX, reached).await;
        reached.context("history was not read in ten minutes")?;
        Ok(Self {
            moderation,
            players,
            live,
            tasks,
            stopping,
        })
    }

    /// Ends what was opened.
    pub async fn close(mut self) {
        self.stopping.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.live.store().close().await;
    }
}
