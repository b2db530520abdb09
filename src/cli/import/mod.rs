//! `pixelwars import`

mod events;
mod rows;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use event_store::Palette;
use event_store::event::Size;
use parking_lot::Mutex;
use projections::{Canvas, boot};

use super::progress::bar;
use super::round::parse_size;
use crate::config::Config;
use crate::deployment::Deployment;
use crate::exchange::{
    ImportFormat, ImportPhase, ImportProgress, OnBadLine, OnProgress, Source, read_palette,
};
use crate::live::projector::prepare;

/// Options of `import`.
#[derive(Args, Clone)]
pub(super) struct ImportArgs {
    /// The files' format: rplace2017, rplace2022, rplace2023, pxls, pxls-board, pixelwars (also
    /// named ndjson)
    #[arg(long)]
    format: Form,
    /// Leave bad lines out instead of stopping at the first
    #[arg(long)]
    skip_bad_lines: bool,
    /// Size of the round that is opened for the import, when none is open [default: that of the
    /// settings, or the format's own when the rows do not fit; a board has to have one]
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    size: Option<Size>,
    /// The palette of the round that is opened for the import: palette.conf of Pxls, or a list of
    /// #RRGGBB [default: the format's own]
    #[arg(long, value_name = "FILE")]
    palette: Option<PathBuf>,
    /// rplace2023: the cell that the file calls 0,0 [default: half of the round's size]
    #[arg(long, value_name = "X,Y", value_parser = parse_middle)]
    middle: Option<(u16, u16)>,
    /// pxls-board: placemap.dat, where players may place [default: everywhere]
    #[arg(long, value_name = "FILE")]
    placemap: Option<PathBuf>,
    /// End the open round first, so that the import gets a fresh canvas
    #[arg(long)]
    new_round: bool,
    /// Files; `-` is standard input. .gz, .zst and .xz are read as they are
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// A form of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Rows that colour cells.
    Rows(ImportFormat),
    /// Our own events.
    Events,
    /// A board of Pxls.
    PxlsBoard,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "pixelwars" | "ndjson" => Ok(Self::Events),
            "pxls-board" => Ok(Self::PxlsBoard),
            rows => rows.parse().map(Self::Rows).map_err(|_| {
                "write rplace2017, rplace2022, rplace2023, pxls, pxls-board or pixelwars".to_owned()
            }),
        }
    }
}

fn parse_middle(text: &str) -> Result<(u16, u16), String> {
    let parts = text.split_once(',');
    let cell = parts.and_then(|(x, y)| Some((x.trim().parse().ok()?, y.trim().parse().ok()?)));
    cell.ok_or_else(|| "write two numbers, as in 1500,1000".to_owned())
}

impl ImportArgs {
    fn sources(&self) -> Vec<Source> {
        self.files.iter().map(|file| source(file)).collect()
    }

    fn on_bad_line(&self) -> OnBadLine {
        match self.skip_bad_lines {
            true => OnBadLine::Skip,
            false => OnBadLine::Stop,
        }
    }

    fn palette(&self) -> anyhow::Result<Option<Palette>> {
        let read = |file: &PathBuf| read_palette(&source(file));
        Ok(self.palette.as_ref().map(read).transpose()?)
    }
}

fn source(file: &Path) -> Source {
    match file.as_os_str() == "-" {
        true => Source::Stdin,
        false => Source::File(file.to_owned()),
    }
}

pub(super) async fn run(config: Config, args: ImportArgs) -> anyhow::Result<()> {
    let deployment = Deployment::open(&config).await?;
    let mut canvas = boot::load(&*deployment.store, &deployment.checkpoints, 0).await?;
    catch_up(&deployment, &mut canvas).await?;
    let summary = match args.format {
        Form::Rows(format) => rows::run(&config, &deployment, &args, format, canvas).await?,
        Form::Events => events::run(&deployment, &args, &canvas).await?,
        Form::PxlsBoard => events::run_board(&config, &deployment, &args, &canvas).await?,
    };
    if summary.has_appended {
        index(&deployment, &config).await?;
    }
    deployment.store.close().await;
    println!("{}", summary.json);
    Ok(())
}

/// What an import tells.
struct Told {
    json: String,
    has_appended: bool,
}

async fn catch_up(deployment: &Deployment, canvas: &mut Canvas) -> anyhow::Result<()> {
    let last = deployment.store.last().await;
    let last = last.context("could not read the log")?;
    boot::advance(canvas, &*deployment.store, last, |_| {}).await?;
    Ok(())
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

/// Keeps snapshots and checkpoints along what was imported, and writes its history.
async fn index(deployment: &Deployment, config: &Config) -> anyhow::Result<()> {
    let last = deployment.store.last().await;
    let last = last.context("could not read the log")?;
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
    let history = Arc::new(deployment.history(config));
    let written = history.write_until(last, |version| bar.set_position(version.0));
    written.await?;
    bar.finish();
    Ok(())
}
