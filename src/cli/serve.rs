//! `pixelwars serve`

use anyhow::Context;
use clap::Args;

use crate::config::Config;
use crate::{server, telemetry};

/// Options of `serve`.
#[derive(Args)]
pub(super) struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// What this process does: gateway, projector, bot [default: all]
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
    let metrics = telemetry::start_metrics().context("could not start measuring")?;
    let mut running = server::start(config, metrics).await?;
    let ended = tokio::select! {
        () = stop_signal() => Ok(()),
        error = running.failure() => Err(error),
    };
    tracing::info!("stopping");
    running.stop().await;
    ended
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
