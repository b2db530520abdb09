//! `pixelwars round open|close`

use clap::{Args, Subcommand};
use event_store::event::Size;

use super::act::{How, perform};
use crate::config::Config;
use crate::moderation::{Act, RoundSettings};
use crate::server::Alone;

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
    let alone = Alone::open(&config).await?;
    let done = run_with(&alone, args.action).await;
    alone.close().await;
    println!("{}", done?);
    Ok(())
}

async fn run_with(alone: &Alone, action: Action) -> anyhow::Result<String> {
    let running = alone.moderation.running_round();
    // Whoever spells it out here is not asked again.
    let how = How::without_asking();
    let (act, what) = match action {
        Action::Open(open) => {
            if let Some(round) = running.filter(|_| !open.replace) {
                anyhow::bail!("round {round} is still open; close it first, or use --replace");
            }
            (Act::OpenRound(open.settings()), "opened")
        }
        Action::Close => (Act::CloseRound {}, "closed"),
    };
    let record = perform(alone, act, &how).await?;
    let round = record.outcome.round.unwrap_or_default();
    let version = record.versions.map_or(record.before, |(first, _)| first);
    Ok(format!("{what} round {round} at version {version}"))
}

impl OpenArgs {
    fn settings(self) -> RoundSettings {
        RoundSettings {
            title: self.title,
            width: self.size.map(|size| size.width),
            height: self.size.map(|size| size.height),
            max_charges: self.max_charges,
            regain_ms: self.regain_ms,
            ..RoundSettings::default()
        }
    }
}
