//! `pixelwars verify`

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use event_store::Version;
use projections::verify::{Stored, verify};
use projections::{Canvas, boot};
use serde_json::json;

use super::progress::bar;
use crate::config::Config;
use crate::deployment::Deployment;

/// Options of `verify`.
#[derive(Args)]
pub(super) struct VerifyArgs {
    /// Begin at the newest checkpoint before this version instead of at the log's start
    #[arg(long, value_name = "V")]
    from: Option<u64>,
}

/// Exits with 0 only if all holds.
pub(super) async fn run(config: Config, args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let start = match args.from {
        None => Canvas::new(),
        Some(from) => {
            let before = Version(from.saturating_sub(1));
            let kept = deployment.checkpoints.newest(before).await?;
            let mut canvas = kept.unwrap_or_default();
            boot::advance(&mut canvas, store, before, |_| {}).await?;
            canvas
        }
    };
    let (begun, from) = (Instant::now(), start.version());
    let bar = bar("verify", 0);
    let progress = |version: Version, head: Version| {
        bar.set_length(head.0);
        bar.set_position(version.0);
    };
    let Deployment {
        snapshots,
        checkpoints,
        ..
    } = &deployment;
    let verdict = verify(start, store, snapshots, checkpoints, progress).await?;
    bar.finish_and_clear();
    store.close().await;
    let seconds = begun.elapsed().as_secs_f64();
    let events = verdict.version.events_since(from);
    let disagreement = verdict.disagreement.as_ref().map(|found| {
        let what = match found.what {
            Stored::Snapshot => "snapshot",
            Stored::Checkpoint => "checkpoint",
        };
        json!({
            "version": found.version.0,
            "agrees_until": found.agrees_until.0,
            "what": what,
            "why": found.why,
        })
    });
    let report = json!({
        "holds": disagreement.is_none(),
        "from": from.0,
        "version": verdict.version.0,
        "events": events,
        "snapshots": verdict.snapshots,
        "checkpoints": verdict.checkpoints,
        "seconds": seconds,
        "events_per_second": events as f64 / seconds.max(1e-9),
        "disagreement": disagreement,
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(match verdict.disagreement {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}
