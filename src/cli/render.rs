//! `pixelwars render`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use event_store::{Region, Version};
use projections::at::canvas_at;
use projections::{boot, image};

use crate::config::Config;
use crate::deployment::Deployment;
use crate::http::parse_rfc3339;
use crate::live::past::version_at;

/// Options of `render`.
#[derive(Args)]
pub(super) struct RenderArgs {
    /// A version, or a time as 2022-04-04T00:53:51Z [default: the newest version]
    #[arg(long, value_name = "VERSION|TIME")]
    at: Option<String>,
    /// The part to draw, in cells
    #[arg(long, value_name = "X,Y,W,H")]
    region: Option<Region>,
    /// Pixels per cell
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=32))]
    scale: u16,
    /// The PNG file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn run(config: Config, args: RenderArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let last = store.last().await.context("could not read the log")?;
    let version = match &args.at {
        None => last,
        Some(at) => match (at.parse(), parse_rfc3339(at)) {
            (Ok(version), _) => Version(version),
            (Err(_), Some(time)) => version_at(store, time).await?,
            (Err(_), None) => anyhow::bail!("`{at}` is neither a version nor a time"),
        },
    };
    let mut canvas = boot::load(store, &deployment.checkpoints, 0).await?;
    boot::advance(&mut canvas, store, last, |_| {}).await?;
    let shown = canvas_at(store, &deployment.snapshots, canvas.rounds(), version).await?;
    let png = image::png(&shown.grid, &shown.palette, args.region, args.scale)?;
    std::fs::write(&args.output, png)
        .with_context(|| format!("could not write `{}`", args.output.display()))?;
    store.close().await;
    println!("drew version {version} into {}", args.output.display());
    Ok(())
}
