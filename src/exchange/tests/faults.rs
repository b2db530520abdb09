//! Imports into a log whose acks get lost.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use event_store::event::{RoundClosed, Subject};
use event_store::{
    Append, AppendError, Appended, Cell, Event, EventId, Guard, PaletteIndex, ReadError,
    SubscribeError, Subscription, UnixMs,
};

use super::super::append::Appender;
use super::super::recent::RecentPlacements;
use super::*;

/// A real log behind a connection that loses appends, and acks of appends, in a fixed pattern.
struct Lossy {
    log: Arc<EmbeddedStore>,
    calls: AtomicU64,
    /// After this many calls the log takes no more.
    calls_until_full: u64,
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
        if call >= self.calls_until_full {
            return Err(AppendError::Refused {
                source: "storage is full".into(),
            });
        }
        if call % 1_009 == 500 {
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

/// Rows on many cells, each of which comes again after 1 500 rows: two rows of one cell fit between
/// two faults.
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
        calls_until_full: u64::MAX,
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
async fn whole_events_come_through_lost_appends_and_lost_acks_too() {
    let place = Workplace::new();
    let sound = place.store().await;
    let source = place.file("rows.csv", csv_on_many_cells(4_000));
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    place.import(sound.clone(), import).await.unwrap();
    let expected = all_events(sound.as_ref()).await;
    let text = place.export(sound.as_ref(), ExportFormat::Ndjson).await;

    let log = EmbeddedStore::open(&place.dir.path().join("lossy.db"))
        .await
        .unwrap();
    let log = Arc::new(log);
    let lossy = Arc::new(Lossy {
        log: log.clone(),
        calls: AtomicU64::new(0),
        calls_until_full: u64::MAX,
    });
    let import = EventImport {
        sources: vec![place.file("own", &text)],
        on_bad_line: OnBadLine::Stop,
        replaces_round: false,
    };
    let target = target_of(&Canvas::new());
    let imported = import_events(lossy, import.clone(), target, Arc::new(|_| {})).await;
    let imported = imported.unwrap();
    assert_eq!(imported.events_appended, 4_001);
    assert!(
        imported.events_out_of_order > 0,
        "the faults have to hit events on their way"
    );
    let events = all_events(log.as_ref()).await;
    assert_eq!(events.len(), expected.len());
    assert_eq!(canvas(&events), canvas(&expected));
    let target = target_of(&folded(log.as_ref()).await);
    let again = import_events(log, import, target, Arc::new(|_| {})).await;
    assert_eq!(again.unwrap().events_appended, 0);
}

#[tokio::test]
async fn a_log_that_takes_no_more_ends_the_import_and_the_next_one_goes_on() {
    let place = Workplace::new();
    let log = place.store().await;
    let source = place.file("rows.csv", csv_on_many_cells(5_000));
    let import = into_new_round(ImportFormat::Rplace2022, vec![source]);
    let lossy = Arc::new(Lossy {
        log: log.clone(),
        calls: AtomicU64::new(0),
        calls_until_full: 3_100,
    });
    let failed = place.import(lossy, import.clone()).await;
    assert!(matches!(
        failed,
        Err(ImportError::Append(RowAppendError {
            source: AppendError::Refused { .. },
            ..
        }))
    ));
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

/// A log that cannot be reached.
#[derive(Default)]
struct Away {
    calls: AtomicU64,
}

#[async_trait]
impl EventStore for Away {
    async fn append(&self, _: Append) -> Result<Appended, AppendError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Err(away())
    }

    async fn read(&self, version: Version, _: usize) -> Result<Vec<Recorded>, ReadError> {
        Err(ReadError::Unavailable {
            version,
            source: Box::new(away()),
        })
    }

    async fn subscribe(&self, version: Version) -> Result<Box<dyn Subscription>, SubscribeError> {
        Err(SubscribeError::Unavailable {
            version,
            source: Box::new(away()),
        })
    }

    async fn last(&self) -> Result<Version, ReadError> {
        self.read(Version::ZERO, 0).await.map(|_| Version::ZERO)
    }

    async fn last_on(&self, _: Subject) -> Result<Version, ReadError> {
        self.last().await
    }

    async fn close(&self) {}
}

#[tokio::test(start_paused = true)]
async fn a_log_that_stays_away_is_given_up_after_a_minute() {
    let log = Away::default();
    let began = tokio::time::Instant::now();
    let mut appender = Appender::new(&log, RecentPlacements::default());
    for row in 0..2 {
        let append = Append {
            id: EventId([0; 16]),
            guard: Guard::None,
            at: UnixMs(0),
            event: Event::RoundClosed(RoundClosed { round: RoundId(1) }),
        };
        let made = appender.make_room(row, &append.event).await;
        assert_eq!(made.is_ok(), row == 0, "the second waits for the first");
        if made.is_ok() {
            appender.issue(row, append).await;
        }
    }
    let waited = began.elapsed();
    assert!((50..60).contains(&waited.as_secs()), "{waited:?}");
    assert!(log.calls.load(Ordering::Relaxed) < 30);
}
