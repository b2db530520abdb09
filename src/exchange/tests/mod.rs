//! Imports into and exports out of a real embedded log.

mod events;
mod export_forms;
mod exporting;
mod faults;
mod history;
mod importing;
mod parsers;
mod round_trips;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use event_store::event::RoundOpened;
use event_store::sqlite::EmbeddedStore;
use event_store::{
    BoxError, CanvasSlug, CooldownRule, EventStore, PlayerId, Recorded, RoundId, Version,
};
use object_store::memory::InMemory;
use parking_lot::Mutex;
use projections::at::canvas_at;
use projections::{Canvas, SnapshotStore};
use tempfile::TempDir;

use super::sort::SortLimits;
use super::*;

/// A folder with a log in it, which disappears with it.
struct Workplace {
    dir: TempDir,
    names: Names,
}

/// The names that imports gave.
#[derive(Default)]
struct Names {
    kept: Mutex<HashMap<PlayerId, String>>,
}

#[async_trait]
impl PlayerNames for Names {
    async fn remember(&self, names: &[(PlayerId, String)]) -> Result<(), BoxError> {
        self.kept.lock().extend(names.iter().cloned());
        Ok(())
    }
}

#[async_trait]
impl NameLookup for Names {
    async fn names_of(&self, players: &[PlayerId]) -> Result<HashMap<PlayerId, String>, BoxError> {
        let kept = self.kept.lock();
        let found = players
            .iter()
            .filter_map(|player| Some((*player, kept.get(player)?.clone())));
        Ok(found.collect())
    }
}

impl Workplace {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            names: Names::default(),
        }
    }

    async fn store(&self) -> Arc<EmbeddedStore> {
        Arc::new(
            EmbeddedStore::open(&self.dir.path().join("log.db"))
                .await
                .unwrap(),
        )
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> Source {
        let path: PathBuf = self.dir.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
        Source::File(path)
    }

    async fn import(
        &self,
        store: Arc<dyn EventStore>,
        import: Import,
    ) -> Result<ImportSummary, ImportError> {
        super::import(store, &self.names, import, Arc::new(|_| {})).await
    }

    /// An export with the names of players.
    async fn export(&self, store: &dyn EventStore, format: ExportFormat) -> String {
        self.export_part(store, everything(format)).await.0
    }

    async fn export_part(
        &self,
        store: &dyn EventStore,
        request: ExportRequest,
    ) -> (String, ExportSummary) {
        let plan = planned(store, &request).await.unwrap();
        exported(store, Who::Names(&self.names), plan).await
    }
}

/// The plan of an export, made as the server makes it.
async fn planned(store: &dyn EventStore, request: &ExportRequest) -> Result<ExportPlan, PlanError> {
    let canvas = folded(store).await;
    let mut plan = ExportPlan::new(request, canvas.rounds(), canvas.version())?;
    if let Some(before) = plan.begins_after() {
        let snapshots = SnapshotStore::new(Arc::new(InMemory::new()), &CanvasSlug::default());
        let begun = canvas_at(store, &snapshots, canvas.rounds(), before).await;
        plan.begin_in(&begun.unwrap());
    }
    Ok(plan)
}

async fn exported(
    store: &dyn EventStore,
    who: Who<'_>,
    plan: ExportPlan,
) -> (String, ExportSummary) {
    let mut out = Vec::new();
    let summary = super::export(store, who, plan, &mut out, &|_, _| {}).await;
    let text = String::from_utf8(out).unwrap();
    let summary = summary.unwrap();
    assert_eq!(summary.bytes, text.len() as u64);
    (text, summary)
}

/// The canvas of a log.
async fn folded(store: &dyn EventStore) -> Canvas {
    let mut canvas = Canvas::new();
    for recorded in all_events(store).await {
        let applied = canvas.apply(recorded.version, recorded.at, &recorded.event);
        applied.unwrap();
    }
    canvas
}

/// The log of a canvas, as an import of events finds it.
fn target_of(canvas: &Canvas) -> TargetLog {
    TargetLog {
        last_round: canvas.round().map_or(RoundId(0), |round| round.round),
        is_open: canvas.round().is_some_and(|round| round.is_open()),
        admin: canvas.last_on(event_store::Subject::Admin),
    }
}

fn everything(format: ExportFormat) -> ExportRequest {
    ExportRequest {
        format,
        round: None,
        from: None,
        to: None,
        region: None,
    }
}

fn first_round(format: ImportFormat) -> RoundOpened {
    let options = RoundOptions {
        round: RoundId(1),
        size: None,
        palette: None,
        cooldown: CooldownRule {
            max_charges: 1,
            regain_ms: 5_000,
        },
        title: String::new(),
    };
    round_for_import(format, options)
}

/// An import that opens the first round of an empty log.
fn into_new_round(format: ImportFormat, sources: Vec<Source>) -> Import {
    Import {
        sources,
        format,
        on_bad_line: OnBadLine::Stop,
        round: ImportRound::New {
            opened: first_round(format),
            admin: Version::ZERO,
        },
        middle: None,
        sort_limits: SortLimits::default(),
    }
}

/// The same import once the round is open.
fn into_open_round(import: &Import) -> Import {
    let opened = first_round(import.format);
    Import {
        round: ImportRound::Running(ImportTarget {
            round: opened.round,
            opened: Version(1),
            size: opened.size,
            palette: opened.palette,
            background: opened.background,
        }),
        ..import.clone()
    }
}

/// `rows` rows of 2022 in order of time, three on each moment, on few cells, with a rectangle in
/// between.
fn csv_2022(rows: usize) -> String {
    let mut csv = format!("{}\n", rplace2022::HEADER);
    for row in 0..rows {
        let second = row / 30;
        let moment = match row / 3 % 10 {
            0 => String::new(),
            tenth => format!(".{tenth}"),
        };
        let (minute, second) = (second / 60, second % 60);
        let user = row % 17;
        let color = ["#FF4500", "#000000", "#FFFFFF"][row % 3];
        let (x, y) = (row % 50, row % 7);
        let place = match row % 1_000 {
            999 => format!("{x},{y},{},{}", x + 1, y + 20),
            _ => format!("{x},{y}"),
        };
        let line = format!(
            "2022-04-03 17:{minute:02}:{second:02}{moment} UTC,user{user}==,{color},\"{place}\"\n"
        );
        csv.push_str(&line);
    }
    csv
}

async fn all_events(store: &dyn EventStore) -> Vec<Recorded> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let next = events.last().map_or(Version(1), |last| last.version.next());
        let page = store.read(next, 10_000).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}
