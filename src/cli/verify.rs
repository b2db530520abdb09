//! `pixelwars verify`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use event_store::Version;
use projections::history::HistoryStore;
use projections::verify::{Disagreement, Shelves, Start, Stored, Verdict, verify};
use serde_json::{Value, json};

use super::progress::bar;
use crate::config::Config;
use crate::deployment::Deployment;
use crate::proof::checker::{CheckOptions, Fetcher, PublicFiles, check};
use crate::proof::live::{LiveVerdict, compare_live};

/// Options of `verify`.
#[derive(Args)]
pub(super) struct VerifyArgs {
    /// Begin at the segment that holds this version instead of at the log's start
    #[arg(long, value_name = "V")]
    from: Option<u64>,
    /// Make anew of the log what does not agree with it; only while no server runs
    #[arg(long)]
    repair: bool,
    /// Compare also what a running server shows, for example https://host/api/v1/canvases/main
    #[arg(long, value_name = "URL")]
    live: Option<String>,
    /// Check the public files of somebody's canvas instead, without a log, for example
    /// https://host/api/v1/canvases/main
    #[arg(long, value_name = "URL", conflicts_with_all = ["repair", "live", "from_dir"])]
    from_url: Option<String>,
    /// Check the public files in a folder instead, without a log
    #[arg(long, value_name = "DIR", conflicts_with_all = ["repair", "live"])]
    from_dir: Option<PathBuf>,
    /// With --from-url: of how many versions, chosen by chance, to compare the server's proof
    #[arg(long, value_name = "N", default_value_t = 16, requires = "from_url")]
    sample: usize,
}

/// Exits with 0 only if all holds.
pub(super) async fn run(config: Config, args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let files = match (&args.from_url, &args.from_dir) {
        (Some(url), _) => Some(PublicFiles::Server(Fetcher::new(url)?)),
        (None, Some(folder)) => Some(PublicFiles::Folder(folder.clone())),
        (None, None) => None,
    };
    match files {
        Some(files) => run_check(&files, &args).await,
        None => run_verify(config, &args).await,
    }
}

async fn run_verify(config: Config, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let deployment = Deployment::open(&config).await?;
    let store = &*deployment.store;
    let shelves = Shelves {
        history: HistoryStore::new(Arc::clone(&deployment.blobs), &config.canvas.slug),
        snapshots: deployment.snapshots,
        checkpoints: deployment.checkpoints,
    };
    let server = args.live.as_deref().map(Fetcher::new).transpose()?;
    let start = match args.from {
        None => Start::of_empty_log(),
        Some(from) => Start::before(Version(from), store, &shelves).await?,
    };
    let (begun, from) = (Instant::now(), start.version());
    let bar = bar("verify", 0);
    let progress = |version: Version, head: Version| {
        bar.set_length(head.0);
        bar.set_position(version.0);
    };
    let mut verdict = verify(start, store, &shelves, args.repair, progress).await?;
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    let live = match &server {
        Some(server) if verdict.disagreement.is_none() => {
            Some(compare_live(server, store, &mut verdict.canvas).await?)
        }
        Some(_) | None => None,
    };
    store.close().await;
    let report = report(from, &verdict, live.as_ref(), seconds);
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(exit_code(report["holds"] == true))
}

fn report(from: Version, verdict: &Verdict, live: Option<&LiveVerdict>, seconds: f64) -> Value {
    let is_live_right = live.is_none_or(|live| live.difference.is_none());
    let events = verdict.version.events_since(from);
    let mended: Vec<Value> = verdict.mended.iter().map(as_json).collect();
    let live = live.map(|live| {
        json!({
            "version": live.version.0,
            "holds": live.difference.is_none(),
            "why": live.difference,
        })
    });
    json!({
        "holds": verdict.disagreement.is_none() && is_live_right,
        "from": from.0,
        "version": verdict.version.0,
        "events": events,
        "snapshots": verdict.snapshots,
        "checkpoints": verdict.checkpoints,
        "segments": verdict.segments,
        "segmented": verdict.segmented.0,
        "seconds": seconds,
        "events_per_second": events as f64 / seconds.max(1e-9),
        "mended": mended,
        "live": live,
        "disagreement": verdict.disagreement.as_ref().map(as_json),
    })
}

fn as_json(found: &Disagreement) -> Value {
    let what = match found.what {
        Stored::Snapshot => "snapshot".to_owned(),
        Stored::Checkpoint => "checkpoint".to_owned(),
        Stored::History(file) => file.to_string(),
    };
    json!({
        "version": found.version.0,
        "agrees_until": found.agrees_until.0,
        "what": what,
        "why": found.why,
    })
}

async fn run_check(files: &PublicFiles, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let bar = bar("check", 0);
    let progress = |version: Version, last: Version| {
        bar.set_length(last.0);
        bar.set_position(version.0);
    };
    let options = CheckOptions {
        from: Version(args.from.unwrap_or(1)),
        samples: args.sample,
    };
    let report = check(files, options, progress).await?;
    bar.finish_and_clear();
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(exit_code(report.holds))
}

fn exit_code(holds: bool) -> ExitCode {
    match holds {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
