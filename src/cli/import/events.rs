//! Importing whole events: our own files, and boards that become a round.

use std::sync::Arc;

use anyhow::Context;
use event_store::{RoundId, Subject, UnixMs};
use projections::Canvas;

use super::{ImportArgs, Told, on_progress, source};
use crate::config::{Config, NamedPalette};
use crate::deployment::Deployment;
use crate::exchange::{
    BoardError, EventImport, EventImportError, EventImportSummary, PxlsBoard, TargetLog,
    import_board, import_events,
};

pub(super) async fn run(
    deployment: &Deployment,
    args: &ImportArgs,
    canvas: &Canvas,
) -> anyhow::Result<Told> {
    let import = EventImport {
        sources: args.sources(),
        on_bad_line: args.on_bad_line(),
        replaces_round: args.new_round,
    };
    let store = Arc::clone(&deployment.store);
    let imported = import_events(store, import, target_log(canvas), on_progress()).await;
    told(imported.map_err(with_advice)?)
}

pub(super) async fn run_board(
    config: &Config,
    deployment: &Deployment,
    args: &ImportArgs,
    canvas: &Canvas,
) -> anyhow::Result<Told> {
    let [board] = args.files.as_slice() else {
        anyhow::bail!("a board is one file: board.dat");
    };
    let named = NamedPalette::Pxls;
    let board = PxlsBoard {
        board: source(board),
        placemap: args.placemap.as_deref().map(source),
        size: args.size.context("a board has to have a --size")?,
        palette: args.palette()?.unwrap_or_else(|| named.palette()),
        cooldown: config.canvas.cooldown,
        title: config.canvas.title.clone(),
        at: UnixMs::now(),
        replaces_round: args.new_round,
    };
    let store = Arc::clone(&deployment.store);
    let imported = import_board(store, board, target_log(canvas), on_progress()).await;
    told(imported.map_err(|error| match error {
        BoardError::Events(error) => with_advice(error),
        error @ (BoardError::Source(_)
        | BoardError::Length { .. }
        | BoardError::NotInPalette { .. }) => anyhow::Error::new(error),
    })?)
}

fn target_log(canvas: &Canvas) -> TargetLog {
    TargetLog {
        last_round: canvas.round().map_or(RoundId(0), |round| round.round),
        is_open: canvas.round().is_some_and(|round| round.is_open()),
        admin: canvas.last_on(Subject::Admin),
    }
}

fn told(summary: EventImportSummary) -> anyhow::Result<Told> {
    Ok(Told {
        json: serde_json::to_string_pretty(&summary)?,
        has_appended: summary.events_appended > 0,
    })
}

fn with_advice(error: EventImportError) -> anyhow::Error {
    let advice = match &error {
        EventImportError::BadLine(_) => {
            "nothing was imported; mend the line, or use --skip-bad-lines"
        }
        EventImportError::RoundStillOpen { .. } => {
            "nothing was imported; close the round first, or use --new-round"
        }
        EventImportError::Append { .. } => "run the same import again: it goes on where it ended",
        EventImportError::TooManyGaps => "the rest cannot be imported; export the whole log",
        EventImportError::RoundMovedOn { .. }
        | EventImportError::Source(_)
        | EventImportError::Spool(_)
        | EventImportError::Scan(_) => "nothing was imported",
    };
    anyhow::Error::new(error).context(advice)
}
