//! `pixelwars import`

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use clap::Args;
use event_store::event::Size;
use event_store::{BoxError, CanvasSlug, PlayerId, RoundId, Subject, UnixMs};
use parking_lot::Mutex;
use projections::{Canvas, boot};

use super::progress::bar;
use super::round::parse_size;
use crate::config::Config;
use crate::deployment::{Deployment, open_players};
use crate::exchange::sort::SortLimits;
use crate::exchange::{
    BadLineReason, Import, ImportError, ImportFormat, ImportPhase, ImportProgress, ImportRound,
    ImportSummary, ImportTarget, OnBadLine, OnProgress, PlayerNames, RoundOptions, Source, import,
    round_for_import,
};
use crate::history::History;
use crate::live::projector::prepare;
use crate::players::{ImportedPlayer, PlayerStore};
use crate::rounds::close_round;

/// Options of `import`.
#[derive(Args, Clone)]
pub(super) struct ImportArgs {
    /// The files' format: rplace2017, rplace2022
    #[arg(long)]
    format: ImportFormat,
    /// Leave bad lines out instead of stopping at the first
    #[arg(long)]
    skip_bad_lines: bool,
    /// Size of the round that is opened for the import, when none is open [default: that of the
    /// settings, or the format's own when the rows do not fit]
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    size: Option<Size>,
    /// Close the open round first, so that the import gets a fresh canvas
    #[arg(long)]
    new_round: bool,
    /// Files; `-` is standard input. .gz, .zst and .xz are read as they are
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) async fn run(config: Config, args: ImportArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let names = Names(open_players(&config).await?);
    let mut canvas = boot::load(&*deployment.store, &deployment.checkpoints, 0).await?;
    let last = deployment
        .store
        .last()
        .await
        .context("could not read the log")?;
    boot::advance(&mut canvas, &*deployment.store, last, |_| {}).await?;
    if args.new_round && canvas.round().is_some_and(|round| round.is_open()) {
        close_round(&*deployment.store, &mut canvas, UnixMs::now()).await?;
        let last = deployment
            .store
            .last()
            .await
            .context("could not read the log")?;
        boot::advance(&mut canvas, &*deployment.store, last, |_| {}).await?;
    }
    let size = args.size.unwrap_or(config.canvas.size);
    let round = import_round(&config, args.format, &canvas, size);
    let mut done = run_once(&deployment, &names, &args, round).await;
    let is_repeatable = args.files.iter().all(|file| file.as_os_str() != "-");
    let is_default = args.size.is_none() && config.canvas.size == DEFAULT_SIZE;
    if is_too_small(&done) && is_default && is_repeatable {
        // Nothing was appended. The dumps of a whole event are larger than the default canvas.
        let round = import_round(&config, args.format, &canvas, FULL_SIZE);
        if matches!(round, ImportRound::New { .. }) {
            eprintln!("the rows do not fit 1000x1000 cells, so the round gets 2000x2000");
            done = run_once(&deployment, &names, &args, round).await;
        }
    }
    let summary = done.map_err(with_advice)?;
    if summary.rows_appended > 0 {
        index(&deployment, &config.canvas.slug).await?;
    }
    deployment.store.close().await;
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(())
}

/// The default of `canvas.width` and `canvas.height`.
const DEFAULT_SIZE: Size = Size {
    width: 1_000,
    height: 1_000,
};

/// The final size of the canvas of 2022.
const FULL_SIZE: Size = Size {
    width: 2_000,
    height: 2_000,
};

fn is_too_small(done: &Result<ImportSummary, ImportError>) -> bool {
    match done {
        Err(ImportError::BadLine(bad)) => matches!(bad.reason, BadLineReason::OutsideCanvas),
        Ok(_) | Err(_) => false,
    }
}

/// The open round, or one to open from the settings.
fn import_round(config: &Config, format: ImportFormat, canvas: &Canvas, size: Size) -> ImportRound {
    if let Some((round, field)) = canvas
        .round()
        .filter(|round| round.is_open())
        .zip(canvas.field())
    {
        return ImportRound::Running(ImportTarget {
            round: round.round,
            opened: round.opened.version,
            size: field.grid.size(),
            palette: field.palette.clone(),
        });
    }
    let previous = canvas.round().map_or(0, |round| round.round.0);
    let palette = match format {
        // Rows name colours by their place in this one palette.
        ImportFormat::Rplace2017 => None,
        ImportFormat::Rplace2022 => Some(config.canvas.palette.clone()),
    };
    let options = RoundOptions {
        round: RoundId(previous + 1),
        size: Some(size),
        palette,
        cooldown: config.canvas.cooldown,
        title: config.canvas.title.clone(),
    };
    ImportRound::New {
        opened: round_for_import(format, options),
        admin: canvas.last_on(Subject::Admin),
    }
}

async fn run_once(
    deployment: &Deployment,
    names: &Names,
    args: &ImportArgs,
    round: ImportRound,
) -> Result<ImportSummary, ImportError> {
    let source = |file: &PathBuf| match file.as_os_str() == "-" {
        true => Source::Stdin,
        false => Source::File(file.clone()),
    };
    let request = Import {
        sources: args.files.iter().map(source).collect(),
        format: args.format,
        on_bad_line: match args.skip_bad_lines {
            true => OnBadLine::Skip,
            false => OnBadLine::Stop,
        },
        round,
        sort_limits: SortLimits::default(),
    };
    import(Arc::clone(&deployment.store), names, request, on_progress()).await
}

/// A bar for each phase.
fn on_progress() -> OnProgress {
    let current: Mutex<Option<(ImportPhase, indicatif::ProgressBar)>> = Mutex::new(None);
    Arc::new(move |progress: ImportProgress| {
        let mut current = current.lock();
        let is_new = current
            .as_ref()
            .is_none_or(|(phase, _)| *phase != progress.phase);
        if is_new {
            if let Some((_, finished)) = current.take() {
                finished.finish();
            }
            let what = match progress.phase {
                ImportPhase::Reading => "read bytes",
                ImportPhase::Sorting => "sort rows",
                ImportPhase::Scanning => "scan log",
                ImportPhase::Appending => "append rows",
            };
            *current = Some((
                progress.phase,
                bar(what, progress.total.unwrap_or_default()),
            ));
        }
        if let Some((_, bar)) = &*current {
            bar.set_position(progress.done);
        }
    })
}

fn with_advice(error: ImportError) -> anyhow::Error {
    let advice = match &error {
        ImportError::BadLine(bad) if matches!(bad.reason, BadLineReason::OutsideCanvas) => {
            "nothing was imported; use --size for a larger round, or --skip-bad-lines"
        }
        ImportError::BadLine(_) => "nothing was imported; mend the line, or use --skip-bad-lines",
        ImportError::Append(_) => "run the same import again: it goes on where it ended",
        ImportError::Source(_)
        | ImportError::Sort(_)
        | ImportError::Names(_)
        | ImportError::Scan(_)
        | ImportError::OpenRound { .. } => "nothing was imported",
    };
    anyhow::Error::new(error).context(advice)
}

/// Keeps snapshots and checkpoints along what was imported, and writes its history.
async fn index(deployment: &Deployment, slug: &CanvasSlug) -> anyhow::Result<()> {
    let last = deployment
        .store
        .last()
        .await
        .context("could not read the log")?;
    let bar = bar("keep copies", last.0);
    let Deployment {
        store,
        snapshots,
        checkpoints,
        ..
    } = deployment;
    prepare(store, snapshots, checkpoints, |version| {
        bar.set_position(version.0)
    })
    .await?;
    bar.finish();
    let bar = super::progress::bar("write history", last.0);
    let history = Arc::new(History::new(
        Arc::clone(store),
        Arc::clone(&deployment.blobs),
        slug,
    ));
    let written = history.write_until(last, |version| bar.set_position(version.0));
    written.await?;
    bar.finish();
    Ok(())
}

/// The names of imported players go to the relational store.
struct Names(PlayerStore);

#[async_trait]
impl PlayerNames for Names {
    async fn remember(&self, names: &[(PlayerId, String)]) -> Result<(), BoxError> {
        let players: Vec<_> = names
            .iter()
            .map(|(id, source_name)| ImportedPlayer {
                id: *id,
                source_name,
            })
            .collect();
        Ok(self.0.put_imported(&players, UnixMs::now()).await?)
    }
}
