//! `pixelwars export`

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context;
use async_trait::async_trait;
use clap::{Args, ValueEnum};
use event_store::{BoxError, PlayerId, Region, RoundId, Version};
use projections::at::canvas_at;
use projections::boot;
use tokio::io::AsyncWrite;

use super::progress::bar;
use crate::config::Config;
use crate::deployment::{Deployment, open_players, pseudonym_key};
use crate::exchange::{ExportFormat, ExportPlan, ExportRequest, NameLookup, Who, export};
use crate::players::PlayerStore;

/// Options of `export`.
#[derive(Args)]
pub(super) struct ExportArgs {
    /// The form to write: rplace2017, rplace2022, rplace2023, pxls, ndjson (also named pixelwars)
    #[arg(long)]
    format: ExportFormat,
    /// Only this round [default: all in ndjson, the newest in the other forms]
    #[arg(long, value_name = "R")]
    round: Option<u32>,
    /// The first version [default: the earliest]
    #[arg(long, value_name = "V")]
    from: Option<u64>,
    /// The last version [default: the newest]
    #[arg(long, value_name = "V")]
    to: Option<u64>,
    /// Only what happened to these cells
    #[arg(long, value_name = "X,Y,W,H")]
    region: Option<Region>,
    /// What players are called: pseudonyms, which are others in each round, or their names (and
    /// their ids in ndjson), which are not for the public
    #[arg(long, value_enum, default_value_t)]
    players: Called,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

/// What players are called.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Called {
    #[default]
    Pseudonyms,
    Names,
}

pub(super) async fn run(config: Config, args: ExportArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let plan = plan(&deployment, &args).await?;
    let key = pseudonym_key(&config)?;
    let names = Names(open_players(&config).await?);
    let who = match args.players {
        Called::Pseudonyms => Who::Pseudonyms(&key),
        Called::Names => Who::Names(&names),
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
    let summary = export(store, who, plan, &mut out, &progress).await?;
    bar.finish_and_clear();
    store.close().await;
    eprintln!("{}", serde_json::to_string(&summary)?);
    Ok(())
}

async fn plan(deployment: &Deployment, args: &ExportArgs) -> anyhow::Result<ExportPlan> {
    let store = &*deployment.store;
    let last = store.last().await.context("could not read the log")?;
    let mut canvas = boot::load(store, &deployment.checkpoints, 0).await?;
    boot::advance(&mut canvas, store, last, |_| {}).await?;
    let request = ExportRequest {
        format: args.format,
        round: args.round.map(RoundId),
        from: args.from.map(Version),
        to: args.to.map(Version),
        region: args.region,
    };
    let mut plan = ExportPlan::new(&request, canvas.rounds(), last)?;
    if let Some(before) = plan.begins_after() {
        let rounds = canvas.rounds();
        let begun = canvas_at(store, &deployment.snapshots, rounds, before).await?;
        plan.begin_in(&begun);
    }
    Ok(plan)
}

/// The names of players come from the relational store.
struct Names(PlayerStore);

#[async_trait]
impl NameLookup for Names {
    async fn names_of(&self, players: &[PlayerId]) -> Result<HashMap<PlayerId, String>, BoxError> {
        Ok(self.0.names_of(players).await?)
    }
}
