//! `pixelwars round open|close`

use anyhow::Context;
use clap::{Args, Subcommand};
use event_store::UnixMs;
use event_store::event::{MAX_TITLE_BYTES, Size};
use projections::boot;

use crate::config::Config;
use crate::deployment::Deployment;
use crate::rounds::{OpenRoundError, close_round, open_round};
use crate::server::round_plan;

/// Options of `round`.
#[derive(Args)]
pub(super) struct RoundArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Open the next round on a fresh canvas; what is not given comes from the settings
    Open(OpenArgs),
    /// Close the open round: its canvas stays as it is
    Close,
}

#[derive(Args)]
struct OpenArgs {
    /// Size in cells
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    size: Option<Size>,
    /// The round's name
    #[arg(long)]
    title: Option<String>,
    /// Milliseconds until a spent charge is back; 0 for no cooldown
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(..=86_400_000))]
    regain_ms: Option<u32>,
    /// The most charges one can hold
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    max_charges: Option<u16>,
    /// End a round that still runs
    #[arg(long)]
    replace: bool,
}

pub(super) fn parse_size(text: &str) -> Result<Size, String> {
    let parts = text.split_once(['x', '×']);
    let size = parts.and_then(|(width, height)| {
        Size::new(width.trim().parse().ok()?, height.trim().parse().ok()?)
    });
    size.ok_or_else(|| "write two numbers from 1 to 8192, as in 1000x1000".to_owned())
}

pub(super) async fn run(config: Config, args: RoundArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let mut canvas = boot::load(store, &deployment.checkpoints, 0).await?;
    let done = match args.action {
        Action::Open(open) => {
            let mut plan = round_plan(&config);
            plan.size = open.size.unwrap_or(plan.size);
            plan.title = open.title.unwrap_or(plan.title);
            anyhow::ensure!(
                plan.title.len() <= MAX_TITLE_BYTES,
                "the title has {} bytes; use at most {MAX_TITLE_BYTES}",
                plan.title.len()
            );
            let cooldown = &mut plan.cooldown;
            cooldown.regain_ms = open.regain_ms.unwrap_or(cooldown.regain_ms);
            cooldown.max_charges = open.max_charges.unwrap_or(cooldown.max_charges);
            let opened = open_round(store, &mut canvas, &plan, open.replace, UnixMs::now()).await;
            let (round, appended) = match opened {
                Err(OpenRoundError::StillOpen { round }) => {
                    anyhow::bail!("round {round} is still open; close it first, or use --replace")
                }
                opened => opened?,
            };
            format!("opened round {round} at version {}", appended.version)
        }
        Action::Close => {
            let closed = close_round(store, &mut canvas, UnixMs::now()).await;
            let (round, appended) = closed.context("could not close the round")?;
            format!("closed round {round} at version {}", appended.version)
        }
    };
    store.close().await;
    println!("{done}");
    Ok(())
}
