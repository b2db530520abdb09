//! Imports into a log whose acks get lost.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use event_store::event::Subject;
use event_store::{
    Append, AppendError, Appended, Cell, Event, PaletteIndex, ReadError, SubscribeError,
    Subscription,
};

use super::*;

/// A real log behind a connection that loses appends, and acks of appends, in a fixed pattern.
struct Lossy {
    log: Arc<EmbeddedStore>,
    calls: AtomicU64,
    /// After this many calls every append is lost.
    calls_until_away: u64,
}

fn away() -> AppendError {
    AppendError::Unavailable {
        source: "connection is cut".into(),
    }
}

#[async_trait]
impl EventStore for Lossy {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let is_lost = call % 1_009 == 500 || call >= self.calls_until_away;
        if is_lost {
            return Err(away());
        }
        let appended = self.log.append(append).await?;
        if call % 1_013 == 700 {
            Err(away())
        } else {
            Ok(appended)
        }
    }

    async fn read(&self, from: Version, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        self.log.read(from, limit).await
    }

    async fn subscribe(&self, from: Version) -> Result<Box<dyn Subscription>, SubscribeError> {
        self.log.subscribe(from).await
    }

    async fn last(&self) -> Result<Version, ReadError> {
        self.log.last().await
    }

    async fn last_on(&self, subject: Subject) -> Result<Version, ReadError> {
        self.log.last_on(subject).await
    }

    async fn close(&self) {
        self.log.close().await;
    }
}

/// The colours of a log's cells, folded in the plainest way.
fn canvas(events: &[Recorded]) -> HashMap<Cell, PaletteIndex> {
    let mut cells = HashMap::new();
    for recorded in events {
        if let Event::PlacementMade(made) = &recorded.event {
            cells.insert(made.cell, made.color);
        }
        if let Event::RegionErased(erased) = &recorded.event {
            cells.extend(erased.region.cells().map(|cell| (cell, erased.color)));
        }
    }
    cells
}

/// Rows on many cells, each of which comes again after 1 500 rows: two rows of one cell fit between two faults.
fn csv_on_many_cells(rows: usize) -> String {
    let mut csv = format!("{}\n", rplace2022::HEADER);
    for row in 0..rows {
        let color = ["#FF4500", "#000000", "#FFFFFF"][row / 1_500 % 3];
        let (minute, second, cell) = (row / 600, row / 10 % 60, row % 1_500);
        let line = format!(
            "2022-04-03 17:{minute:02}:{second:02}.{} UTC,u{row},{color},\"{cell},7\"\n",
            row % 10
        );
        csv.push_str(&line);
    }
    csv
}

#[tokio::test]
async fn lost_appends_and_lost_acks_cost_no_row_double_none_and_leave_the_canvas_right() {
    let place = Workplace::new();
    let sound = place.store().await;
    let source = place.file("rows.csv", csv_on_many_cells(7_000));
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    place.import(sound.clone(), import.clone()).await.unwrap();
    let expected = all_events(sound.as_ref()).await;

    let log = EmbeddedStore::open(&place.dir.path().join("lossy.db"))
        .await
        .unwrap();
    let log = Arc::new(log);
    let lossy = Arc::new(Lossy {
        log: log.clone(),
        calls: AtomicU64::new(0),
        calls_until_away: u64::MAX,
    });
    let summary = place.import(lossy, import).await.unwrap();
    assert_eq!(summary.rows_appended, 7_000);
    assert!(
        summary.rows_out_of_order > 0,
        "the faults have to hit rows on their way"
    );
    let events = all_events(log.as_ref()).await;
    assert_eq!(events.len(), expected.len());
    let ids = |events: &[Recorded]| -> HashSet<_> { events.iter().map(|event| event.id).collect() };
    assert_eq!(ids(&events), ids(&expected));
    assert_eq!(canvas(&events), canvas(&expected));
}

#[tokio::test]
async fn a_log_that_stays_away_ends_the_import_and_the_next_one_goes_on() {
    let place = Workplace::new();
    let log = place.store().await;
    let source = place.file("rows.csv", csv_on_many_cells(5_000));
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    let lossy = Arc::new(Lossy {
        log: log.clone(),
        calls: AtomicU64::new(0),
        calls_until_away: 3_100,
    });
    // The waits between retries pass at once.
    tokio::time::pause();
    let failed = place.import(lossy, import.clone()).await;
    tokio::time::resume();
    assert!(matches!(&failed, Err(ImportError::Append(error)) if error.source.is_retryable()));
    let rest = place
        .import(log.clone(), into_open_round(&import))
        .await
        .unwrap();
    assert_eq!(rest.rows_appended + rest.rows_already_there, 5_000);
    assert!(rest.rows_already_there > 2_000);

    let sound = EmbeddedStore::open(&place.dir.path().join("sound.db"))
        .await
        .unwrap();
    let sound = Arc::new(sound);
    place.import(sound.clone(), import).await.unwrap();
    let (events, expected) = (
        all_events(log.as_ref()).await,
        all_events(sound.as_ref()).await,
    );
    assert_eq!(events.len(), expected.len());
    assert_eq!(canvas(&events), canvas(&expected));
}
