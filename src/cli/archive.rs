//! `pixelwars archive`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use event_store::{RoundId, Version};
use projections::boot;

use super::progress::bar;
use crate::archive::{Archive, ArchivePlan};
use crate::config::Config;
use crate::deployment::{Deployment, pseudonym_key};
use crate::http::page_files;

/// Options of `archive`.
#[derive(Args)]
pub(super) struct ArchiveArgs {
    /// Which round [default: the newest that is over]
    #[arg(long, value_name = "R")]
    round: Option<u32>,
    /// The last version to archive; needed while the round goes on [default: the round's end]
    #[arg(long, value_name = "V")]
    to: Option<u64>,
    /// The folder to make
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub(super) async fn run(config: Config, args: ArchiveArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let newest = store.last().await.context("could not read the log")?;
    let mut canvas = boot::load(store, &deployment.checkpoints, 0).await?;
    boot::advance(&mut canvas, store, newest, |_| {}).await?;
    let rounds = canvas.rounds().to_vec();
    drop(canvas);
    let key = pseudonym_key(&config)?;
    let plan = ArchivePlan::new(
        &rounds,
        newest,
        args.round.map(RoundId),
        args.to.map(Version),
    )?;
    let archive = Archive {
        store,
        canvas: &config.canvas.slug,
        rounds: &rounds,
        key: &key,
        plan,
    };
    let bar = bar("archive", 0);
    let progress = |done: u64, total: u64| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let summary = archive.write(&args.output, page_files(), progress).await?;
    bar.finish_and_clear();
    store.close().await;
    println!("{}", serde_json::to_string(&summary)?);
    Ok(())
}
