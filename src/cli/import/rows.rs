//! Importing rows that colour cells, into one round.

use std::sync::Arc;

use async_trait::async_trait;
use event_store::event::Size;
use event_store::{BoxError, Palette, PlayerId, RoundId, Subject, UnixMs};
use projections::Canvas;

use super::{ImportArgs, Told, catch_up, on_progress};
use crate::config::Config;
use crate::deployment::{Deployment, open_players};
use crate::exchange::sort::SortLimits;
use crate::exchange::{
    BadLineReason, Import, ImportError, ImportFormat, ImportRound, ImportSummary, ImportTarget,
    PlayerNames, RoundOptions, import, round_for_import,
};
use crate::players::{ImportedPlayer, PlayerStore};
use crate::rounds::close_round;

/// The default of `canvas.width` and `canvas.height`.
const DEFAULT_SIZE: Size = Size {
    width: 1_000,
    height: 1_000,
};

pub(super) async fn run(
    config: &Config,
    deployment: &Deployment,
    args: &ImportArgs,
    format: ImportFormat,
    mut canvas: Canvas,
) -> anyhow::Result<Told> {
    let names = Names(open_players(config).await?);
    if args.new_round && canvas.round().is_some_and(|round| round.is_open()) {
        close_round(&*deployment.store, &mut canvas, UnixMs::now()).await?;
        catch_up(deployment, &mut canvas).await?;
    }
    let palette = args.palette()?;
    let is_default = args.size.is_none() && config.canvas.size == DEFAULT_SIZE;
    let size = match format {
        // What is counted from the middle fits no other size.
        ImportFormat::Rplace2023 if is_default => None,
        ImportFormat::Rplace2017
        | ImportFormat::Rplace2022
        | ImportFormat::Rplace2023
        | ImportFormat::Pxls => Some(args.size.unwrap_or(config.canvas.size)),
    };
    let round = |size| import_round(config, format, &canvas, size, palette.clone());
    let importing = |round| run_once(deployment, &names, args, format, round);
    let mut done = importing(round(size)).await;
    let is_repeatable = args.files.iter().all(|file| file.as_os_str() != "-");
    if is_too_small(&done) && is_default && is_repeatable {
        // Nothing was appended. The dumps of a whole event are larger than the default canvas.
        if let ImportRound::New { opened, admin } = round(None)
            && opened.size != DEFAULT_SIZE
        {
            let Size { width, height } = opened.size;
            eprintln!("the rows do not fit 1000x1000 cells, so the round gets {width}x{height}");
            done = importing(ImportRound::New { opened, admin }).await;
        }
    }
    let summary = done.map_err(with_advice)?;
    Ok(Told {
        json: serde_json::to_string_pretty(&summary)?,
        has_appended: summary.rows_appended > 0,
    })
}

fn is_too_small(done: &Result<ImportSummary, ImportError>) -> bool {
    match done {
        Err(ImportError::BadLine(bad)) => matches!(bad.reason, BadLineReason::OutsideCanvas),
        Ok(_) | Err(_) => false,
    }
}

/// The open round, or one to open from the settings; of the format's own size when there is none.
fn import_round(
    config: &Config,
    format: ImportFormat,
    canvas: &Canvas,
    size: Option<Size>,
    palette: Option<Palette>,
) -> ImportRound {
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
            background: field.background,
        });
    }
    let previous = canvas.round().map_or(0, |round| round.round.0);
    let palette = palette.or_else(|| match format {
        // Rows name colours by their place in this one palette.
        ImportFormat::Rplace2017 | ImportFormat::Pxls => None,
        ImportFormat::Rplace2022 | ImportFormat::Rplace2023 => Some(config.canvas.palette.clone()),
    });
    let options = RoundOptions {
        round: RoundId(previous + 1),
        size,
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
    format: ImportFormat,
    round: ImportRound,
) -> Result<ImportSummary, ImportError> {
    let request = Import {
        sources: args.sources(),
        format,
        on_bad_line: args.on_bad_line(),
        round,
        middle: args.middle,
        sort_limits: SortLimits::default(),
    };
    import(Arc::clone(&deployment.store), names, request, on_progress()).await
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
