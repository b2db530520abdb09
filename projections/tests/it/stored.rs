//! What is kept in an object store: found again, checked, and passed over when it is damaged.

use event_store::{Event, EventStore, Version};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use projections::at::{AtError, canvas_at};
use projections::snapshot::{Kept, SnapshotStoreError, decompress};
use projections::verify::{Start, verify};
use projections::{Canvas, boot};

use crate::shelf::{Shelf, three_rounds as history};
use crate::support::{Log, closed, opened, placed, size};

#[tokio::test]
async fn snapshots_are_found_by_version_and_give_the_same_bytes() {
    let log = history();
    let shelf = Shelf::of(&log, &[10, 30, 50]).await;
    let versions = shelf.snapshots.versions().await.expect("listed");
    assert_eq!(versions, [Version(10), Version(30), Version(50)]);
    assert_eq!(
        shelf.snapshots.newest().await.expect("listed"),
        Some(Version(50))
    );
    for (asked, nearest) in [(9, None), (10, Some(10)), (49, Some(30)), (999, Some(50))] {
        let found = shelf
            .snapshots
            .nearest(Version(asked))
            .await
            .expect("listed");
        assert_eq!(found, nearest.map(Version));
    }
    let folded = log.canvas_after(30).snapshot().expect("a round");
    let kept = shelf
        .snapshots
        .compressed(Version(30))
        .await
        .expect("read")
        .expect("kept");
    assert_eq!(
        decompress(&kept.compressed).expect("a frame"),
        folded.encode()
    );
    assert_eq!(kept.hash, blake3::hash(&folded.encode()));
    assert_eq!(
        shelf.snapshots.get(Version(30)).await.expect("read"),
        Some(folded)
    );
    assert_eq!(shelf.snapshots.get(Version(31)).await.expect("read"), None);
    assert_eq!(shelf.snapshots.thin().await.expect("thinned"), 0);
}

#[tokio::test]
async fn a_kept_file_as_a_whole_is_lawful_zstd() {
    let log = history();
    let shelf = Shelf::of(&log, &[30]).await;
    let path = Path::from("main/snapshots/00000000000000000030.pxsn.zst");
    let stored = shelf
        .blobs
        .get(&path)
        .await
        .expect("there")
        .bytes()
        .await
        .expect("read");
    let raw = zstd::stream::decode_all(&stored[..]).expect("two frames, one skipped");
    assert_eq!(
        raw,
        log.canvas_after(30).snapshot().expect("a round").encode()
    );
}

#[tokio::test]
async fn a_damaged_snapshot_is_told_from_a_good_one() {
    let log = history();
    let shelf = Shelf::of(&log, &[10]).await;
    shelf
        .damage("main/snapshots/00000000000000000010.pxsn.zst", 20)
        .await;
    let refused = shelf.snapshots.get(Version(10)).await.expect_err("refused");
    assert!(matches!(
        refused,
        SnapshotStoreError::Damaged { .. } | SnapshotStoreError::Mismatch { .. }
    ));
}

#[tokio::test]
async fn whole_bytes_that_are_not_those_that_were_kept_are_refused() {
    let log = history();
    let shelf = Shelf::new();
    let raw = |version| {
        log.canvas_after(version)
            .snapshot()
            .expect("a round")
            .encode()
    };
    let mut swapped = Kept::of(&raw(10));
    swapped.hash = blake3::hash(&raw(11));
    for (version, kept) in [(10, swapped), (12, Kept::of(&raw(11)))] {
        let version = Version(version);
        shelf
            .snapshots
            .put_kept(version, &kept)
            .await
            .expect("kept");
        let refused = shelf.snapshots.get(version).await.expect_err("refused");
        let expected = version;
        assert!(matches!(refused, SnapshotStoreError::Mismatch { version } if version == expected));
    }
}

#[tokio::test]
async fn a_round_that_was_over_at_the_snapshot_stays_over() {
    let mut log = Log::with_round(size(2, 2));
    log.append(closed(1));
    let shelf = Shelf::of(&log, &[2]).await;
    log.append(placed(1, 1, (0, 0), 1));
    let shown = canvas_at(&log, &shelf.snapshots, log.canvas.rounds(), Version(3)).await;
    assert_eq!(shown.expect("shown").grid.cells(), [7; 4]);
}

#[tokio::test]
async fn only_the_newest_checkpoints_are_kept_and_a_damaged_one_is_passed_over() {
    let log = history();
    let shelf = Shelf::of(&log, &[10, 20, 30, 40]).await;
    let versions = shelf.checkpoints.versions().await.expect("listed");
    assert_eq!(versions, [Version(20), Version(30), Version(40)]);
    let newest = |head| {
        let checkpoints = shelf.checkpoints.clone();
        async move {
            checkpoints
                .newest(head)
                .await
                .expect("read")
                .map(|canvas| canvas.version())
        }
    };
    assert_eq!(newest(Version(99)).await, Some(Version(40)));
    assert_eq!(newest(Version(39)).await, Some(Version(30)));
    shelf
        .damage("main/checkpoints/00000000000000000040.pxcp", 60)
        .await;
    assert_eq!(newest(Version(99)).await, Some(Version(30)));
    shelf
        .damage("main/checkpoints/00000000000000000030.pxcp", 4)
        .await;
    shelf
        .damage("main/checkpoints/00000000000000000020.pxcp", 0)
        .await;
    assert_eq!(newest(Version(99)).await, None);
}

#[tokio::test]
async fn a_start_goes_on_from_the_newest_checkpoint_of_its_log() {
    let log = history();
    let shelf = Shelf::of(&log, &[10, 20]).await;
    let mut canvas = boot::load(&log, &shelf.checkpoints, 0)
        .await
        .expect("loaded");
    assert_eq!(canvas.version(), Version(20));
    let mut told = Vec::new();
    let reached = boot::advance(&mut canvas, &log, Version(9_999), |version| {
        told.push(version)
    });
    assert_eq!(reached.await.expect("folded"), log.canvas.version());
    assert_eq!(canvas, log.canvas);
    assert_eq!(told.last(), Some(&log.canvas.version()));

    let mut other_log = Log::default();
    other_log.append_at(
        event_store::UnixMs(5),
        Event::RoundOpened(opened(1, size(2, 2))),
    );
    for number in 0..30 {
        other_log.append_at(event_store::UnixMs(6 + number), placed(1, 1, (0, 0), 1));
    }
    let canvas = boot::load(&other_log, &shelf.checkpoints, 0)
        .await
        .expect("loaded");
    assert_eq!(canvas, Canvas::new(), "the checkpoints are of another log");
    let canvas = boot::load(&Log::default(), &shelf.checkpoints, 0)
        .await
        .expect("loaded");
    assert_eq!(
        canvas,
        Canvas::new(),
        "the log does not reach the checkpoints"
    );
}

#[tokio::test]
async fn any_version_is_the_same_from_snapshots_and_from_the_log() {
    let log = history();
    let with = Shelf::of(&log, &[7, 25, 41, 48, 66]).await;
    with.damage("main/snapshots/00000000000000000048.pxsn.zst", 20)
        .await;
    let without = Shelf::new();
    for version in 1..=log.events.len() {
        let folded = log.canvas_after(version);
        for shelf in [&with, &without] {
            let shown = canvas_at(
                &log,
                &shelf.snapshots,
                log.canvas.rounds(),
                folded.version(),
            );
            let shown = shown.await.expect("shown");
            assert_eq!(Some(&shown.grid), folded.grid(), "version {version}");
            assert_eq!(Some(&shown.palette), folded.palette());
            assert_eq!(Some(shown.round), folded.round().map(|round| round.round));
            assert_eq!((shown.version, shown.at), (folded.version(), folded.at()));
        }
    }
}

/// A server awaits these on whatever thread is free, over whichever engine was chosen.
#[test]
fn the_futures_over_any_engine_can_cross_threads() {
    fn is_send<T: Send>(_: impl FnOnce(&'static dyn EventStore, &'static Shelf) -> T) {}
    is_send(|log, shelf| async move { canvas_at(log, &shelf.snapshots, &[], Version::ZERO).await });
    is_send(|log, shelf| async move {
        let mut canvas = boot::load(log, &shelf.checkpoints, 0).await?;
        boot::advance(&mut canvas, log, Version(1), |_| {}).await
    });
    is_send(|log, shelf| async move {
        let start = Start::before(Version(1), log, &shelf.shelves()).await?;
        verify(start, log, &shelf.shelves(), true, |_, _| {}).await
    });
}

#[tokio::test]
async fn versions_without_a_canvas_are_refused() {
    let mut log = Log::default();
    let unlocked = event_store::event::CanvasUnlocked {
        by: None,
        reason: String::new(),
    };
    log.append(Event::CanvasUnlocked(unlocked));
    log.append(Event::RoundOpened(opened(1, size(2, 2))));
    let shelf = Shelf::new();
    let refused = async |version| {
        let shown = canvas_at(
            &log,
            &shelf.snapshots,
            log.canvas.rounds(),
            Version(version),
        );
        shown.await.expect_err("refused")
    };
    assert!(matches!(
        refused(1).await,
        AtError::BeforeFirstRound {
            version: Version(1)
        }
    ));
    let future = refused(3).await;
    assert!(matches!(
        future,
        AtError::Future {
            version: Version(3),
            head: Version(2)
        }
    ));
}

#[tokio::test]
async fn a_start_leaves_events_to_warm_up_with() {
    let log = history();
    let shelf = Shelf::of(&log, &[10, 20, 30]).await;
    let head = log.events.len() as u64;
    for (behind, expected) in [
        (0, 30),
        (head - 30, 30),
        (head - 29, 20),
        (head - 19, 10),
        (head, 0),
    ] {
        let canvas = boot::load(&log, &shelf.checkpoints, behind)
            .await
            .expect("loaded");
        assert_eq!(
            canvas.version(),
            Version(expected),
            "{behind} events behind"
        );
    }
}
