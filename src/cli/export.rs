//! `pixelwars export`

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context;
use async_trait::async_trait;
use clap::Args;
use event_store::{BoxError, PlayerId, RoundId, Version};
use projections::{Canvas, boot};
use tokio::io::AsyncWrite;

use super::progress::bar;
use crate::config::Config;
use crate::deployment::{Deployment, open_players};
use crate::exchange::{Export, ExportFormat, NameLookup, RoundInForce, export};
use crate::players::PlayerStore;

/// Options of `export`.
#[derive(Args)]
pub(super) struct ExportArgs {
    /// The form to write: rplace2022, pxls, ndjson
    #[arg(long)]
    format: ExportFormat,
    /// Only this round
    #[arg(long, value_name = "R")]
    round: Option<u32>,
    /// The first version
    #[arg(long, value_name = "V", default_value_t = 1)]
    from: u64,
    /// The last version [default: the newest]
    #[arg(long, value_name = "V")]
    to: Option<u64>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

pub(super) async fn run(config: Config, args: ExportArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let names = Names(open_players(&config).await?);
    let from = Version(args.from.max(1));
    let request = Export {
        format: args.format,
        from,
        to: args.to.map(Version),
        round: args.round.map(RoundId),
        initial: round_before(&deployment, from).await?,
    };
    let bar = bar("export", 0);
    let progress = |done: u64, total: u64| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let mut out: Box<dyn AsyncWrite + Send + Unpin> = match args.output.as_os_str() == "-" {
        true => Box::new(tokio::io::stdout()),
        false => Box::new(
            tokio::fs::File::create(&args.output)
                .await
                .with_context(|| format!("could not write `{}`", args.output.display()))?,
        ),
    };
    let summary = export(&*deployment.store, &names, request, &mut *out, &progress).await?;
    bar.finish_and_clear();
    deployment.store.close().await;
    eprintln!("{}", serde_json::to_string(&summary)?);
    Ok(())
}

/// The round that is open right before a version.
async fn round_before(
    deployment: &Deployment,
    version: Version,
) -> anyhow::Result<Option<RoundInForce>> {
    let before = Version(version.0 - 1);
    let kept = deployment.checkpoints.newest(before).await?;
    let mut canvas: Canvas = kept.unwrap_or_default();
    boot::advance(&mut canvas, &*deployment.store, before, |_| {}).await?;
    let open = canvas.round().filter(|round| round.is_open());
    Ok(open.map(|round| RoundInForce {
        round: round.round,
        size: round.size,
        palette: round.palette.clone(),
    }))
}

/// The names of players come from the relational store.
struct Names(PlayerStore);

#[async_trait]
impl NameLookup for Names {
    async fn names_of(&self, players: &[PlayerId]) -> Result<HashMap<PlayerId, String>, BoxError> {
        Ok(self.0.names_of(players).await?)
    }
}
