//! A refold names the first version and the file that do not agree with the log, and mends them.

use event_store::{Event, Version};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use projections::history::{File, HistoryStore, Index, Packed, Packer};
use projections::verify::{Disagreement, Start, Stored, Verdict, verify};

use crate::shelf::{Shelf, three_rounds};
use crate::support::{Log, opened, placed, size};

const INDEX: &str = "main/history/index.json";

/// Writes the history of a log as a server does.
pub(crate) async fn write_history(log: &Log, store: &HistoryStore) {
    let (mut packer, mut index) = (Packer::of_empty_log(), Index::default());
    for recorded in &log.events {
        let Some(closed) = packer.push(recorded).expect("the next event") else {
            continue;
        };
        let packed = Packed::of(&closed).following(index.entries().last());
        store.put_files(&packed).await.expect("stored");
        index.add(packed.entry).expect("follows");
        store.put_index(&index).await.expect("stored");
    }
}

async fn stored(log: &Log) -> Shelf {
    let shelf = Shelf::of(log, &[5, 25]).await;
    write_history(log, &shelf.history).await;
    shelf
}

async fn verified(log: &Log, shelf: &Shelf, repair: bool) -> Verdict {
    let (start, shelves) = (Start::of_empty_log(), shelf.shelves());
    let verdict = verify(start, log, &shelves, repair, |_, _| {}).await;
    verdict.expect("ran")
}

/// A round of three segments between two short ones: the second segment begins within the round.
fn long_log() -> Log {
    let mut log = three_rounds();
    for number in 0..140_000u32 {
        let cell = ((number % 3) as u16, (number / 3 % 3) as u16);
        let by = u64::from(number / 1_000 % 90 + number % 3);
        log.append(placed(3, by, cell, (number % 7) as u8));
    }
    log.append(Event::RoundOpened(opened(4, size(3, 3))));
    log
}

#[tokio::test]
async fn all_files_of_history_agree_with_the_log() {
    let log = long_log();
    let shelf = stored(&log).await;
    let verdict = verified(&log, &shelf, false).await;
    assert_eq!(verdict.disagreement, None);
    assert_eq!(verdict.segments, 5);
    assert_eq!(verdict.segmented.next(), log.canvas.version());
    for from in [0, 70, 65_700, 131_300, 200_000] {
        let start = Start::before(Version(from), &log, &shelf.shelves()).await;
        let start = start.expect("a start");
        let index = shelf.history.index().await.expect("read").expect("there");
        let entry = index.holding(Version(from.max(1)));
        let expected = entry.map_or(index.last().next(), |entry| entry.first);
        assert_eq!(start.version().next(), expected);
        let verdict = verify(start, &log, &shelf.shelves(), false, |_, _| {}).await;
        let verdict = verdict.expect("ran");
        assert_eq!(
            (verdict.disagreement, verdict.version),
            (None, log.canvas.version())
        );
    }
    shelf.damage("main/private/players/0000000004.bin", 3).await;
    shelf
        .blobs
        .delete(&Path::from("main/private/players/0000000003.bin"))
        .await
        .expect("gone");
    let start = Start::before(Version(140_000), &log, &shelf.shelves()).await;
    assert_eq!(
        start.expect("a start").version(),
        Version(63),
        "before the round"
    );
}

/// Where one byte of each file is changed, and what names it.
fn spots() -> Vec<(&'static str, usize, File, u64)> {
    let segment = "main/history/segments/0000000002.pxsg";
    let keyframe = "main/history/keyframes/00000000000000000063.pxsn.zst";
    let players = "main/private/players/0000000002.bin";
    let last = usize::MAX / 2;
    vec![
        (segment, 0, File::Segment(2), 43),
        (segment, 9, File::Segment(2), 43),
        (segment, 33, File::Segment(2), 43),
        (segment, 130, File::Segment(2), 43),
        (segment, last, File::Segment(2), 43),
        (keyframe, 1, File::Keyframe(Version(63)), 63),
        (keyframe, 20, File::Keyframe(Version(63)), 63),
        (keyframe, last, File::Keyframe(Version(63)), 63),
        (players, 0, File::Players(2), 43),
        (INDEX, 0, File::Index, 1),
        (INDEX, 40, File::Index, 1),
        (INDEX, 300, File::Index, 1),
        (INDEX, last, File::Index, 1),
    ]
}

#[tokio::test]
async fn one_changed_byte_of_any_file_is_found_named_and_mended() {
    let log = three_rounds();
    let shelf = stored(&log).await;
    for (name, at, file, version) in spots() {
        let before = shelf.read(name).await;
        shelf.damage(name, at % before.len()).await;
        let found = verified(&log, &shelf, false).await.disagreement;
        let found = found.expect("disagrees");
        assert_eq!(
            found.what,
            Stored::History(file),
            "{name} at {at}: {}",
            found.why
        );
        assert!(found.version >= Version(version), "{name} at {at}");
        assert!(found.agrees_until < found.version);

        let mended = verified(&log, &shelf, true).await;
        assert_eq!(mended.disagreement, None);
        let mended: Vec<Stored> = mended.mended.iter().map(|found| found.what).collect();
        assert_eq!(mended, [Stored::History(file)]);
        assert_eq!(shelf.read(name).await, before, "{name} is as it was");
        assert_eq!(verified(&log, &shelf, false).await.disagreement, None);
    }
}

#[tokio::test]
async fn missing_files_are_named_and_made_anew() {
    let log = three_rounds();
    let shelf = stored(&log).await;
    for (name, _, file, _) in spots() {
        let before = shelf.read(name).await;
        shelf
            .blobs
            .delete(&Path::from(name))
            .await
            .expect("deleted");
        let found = verified(&log, &shelf, false).await.disagreement;
        assert_eq!(
            found.expect("disagrees").what,
            Stored::History(file),
            "{name}"
        );
        let mended = verified(&log, &shelf, true).await;
        assert!(
            mended
                .mended
                .iter()
                .any(|found| found.what == Stored::History(file))
        );
        assert_eq!(shelf.read(name).await, before, "{name} is as it was");
    }
}

#[tokio::test]
async fn segments_that_changed_places_or_are_of_another_log_are_found() {
    let log = three_rounds();
    let shelf = stored(&log).await;
    let names = [1, 2].map(|number| format!("main/history/segments/{number:010}.pxsg"));
    let [first, second] = [shelf.read(&names[0]).await, shelf.read(&names[1]).await];
    shelf.write(&names[0], second.clone()).await;
    shelf.write(&names[1], first.clone()).await;
    let mended = verified(&log, &shelf, true).await.mended;
    let files = [File::Segment(1), File::Segment(2)].map(Stored::History);
    assert_eq!(
        mended.iter().map(|found| found.what).collect::<Vec<_>>(),
        files
    );
    assert_eq!(shelf.read(&names[0]).await, first);

    // Of a log that goes its own way from version 20 on.
    let mut other = Log::default();
    for recorded in &log.events {
        let is_other = recorded.version == Version(20);
        let event = if is_other {
            placed(1, 3, (2, 2), 6)
        } else {
            recorded.event.clone()
        };
        other.append_at(recorded.at, event);
    }
    let foreign = stored(&other).await;
    shelf.write(&names[0], foreign.read(&names[0]).await).await;
    let found = verified(&log, &shelf, false)
        .await
        .disagreement
        .expect("disagrees");
    assert_eq!((found.what, found.version), (files[0], Version(20)));

    // All of the other log's history, which is whole in itself.
    write_history(&other, &shelf.history).await;
    let found: Disagreement = verified(&log, &shelf, false)
        .await
        .disagreement
        .expect("disagrees");
    assert_eq!((found.what, found.version), (files[0], Version(20)));
    verified(&log, &shelf, true).await;
    assert_eq!(verified(&log, &shelf, false).await.disagreement, None);
}

#[tokio::test]
async fn an_index_that_lost_its_end_is_told_from_one_that_is_behind() {
    let mut log = three_rounds();
    log.append(Event::RoundOpened(opened(4, size(3, 3))));
    log.append(Event::RoundOpened(opened(5, size(3, 3))));
    let shelf = stored(&log).await;
    let whole = shelf.history.index().await.expect("read").expect("there");
    assert_eq!(whole.entries().len(), 4);
    let mut index = whole.clone();
    index.truncate(4);
    shelf.history.put_index(&index).await.expect("stored");
    let behind = verified(&log, &shelf, false).await;
    assert_eq!(
        (behind.disagreement, behind.segmented),
        (None, index.last())
    );

    index.truncate(2);
    shelf.history.put_index(&index).await.expect("stored");
    let found = verified(&log, &shelf, false)
        .await
        .disagreement
        .expect("disagrees");
    assert_eq!(
        (found.what, found.version),
        (Stored::History(File::Index), Version(43))
    );

    let mended = verified(&log, &shelf, true).await;
    assert_eq!(mended.mended.len(), 1);
    assert_eq!(shelf.history.index().await.expect("read"), Some(whole));
}

#[tokio::test]
async fn history_that_is_newer_than_the_log_is_told_and_left_alone() {
    let mut log = three_rounds();
    let shelf = stored(&log).await;
    let before = shelf.read(INDEX).await;
    log.events.truncate(50);
    log.canvas = log.canvas_after(50);
    for repair in [false, true] {
        let found = verified(&log, &shelf, repair)
            .await
            .disagreement
            .expect("disagrees");
        assert_eq!(
            (found.what, found.version),
            (Stored::History(File::Segment(2)), Version(51))
        );
        assert_eq!(shelf.read(INDEX).await, before);
    }
}

#[tokio::test]
async fn damaged_snapshots_and_checkpoints_are_mended_too() {
    let log = three_rounds();
    let shelf = stored(&log).await;
    shelf
        .damage("main/snapshots/00000000000000000005.pxsn.zst", 20)
        .await;
    shelf
        .damage("main/checkpoints/00000000000000000025.pxcp", 50)
        .await;
    let mended = verified(&log, &shelf, true).await;
    let mended: Vec<_> = mended
        .mended
        .iter()
        .map(|found| (found.version, found.what))
        .collect();
    let expected = [
        (Version(5), Stored::Snapshot),
        (Version(25), Stored::Checkpoint),
    ];
    assert_eq!(mended, expected);
    let verdict = verified(&log, &shelf, false).await;
    assert_eq!((verdict.snapshots, verdict.checkpoints), (2, 2));
}

#[tokio::test]
async fn a_refold_agrees_with_all_that_is_stored() {
    let log = three_rounds();
    let shelf = Shelf::of(&log, &[5, 25, 45, 68]).await;
    let shelves = shelf.shelves();
    let mut told = Vec::new();
    let progress = |version, head| told.push((version, head));
    let verdict = verify(Start::of_empty_log(), &log, &shelves, false, progress);
    let verdict = verdict.await.expect("ran");
    assert_eq!(verdict.disagreement, None);
    assert_eq!((verdict.snapshots, verdict.checkpoints), (4, 3));
    assert_eq!(verdict.version, log.canvas.version());
    assert_eq!(
        told.last(),
        Some(&(log.canvas.version(), log.canvas.version()))
    );
}

#[tokio::test]
async fn a_refold_names_the_first_version_that_does_not_agree() {
    let log = three_rounds();
    let shelf = Shelf::of(&log, &[5, 25, 45]).await;
    let mut wrong = log.canvas_after(25).snapshot().expect("a round");
    wrong.grid = log.canvas_after(24).snapshot().expect("a round").grid;
    shelf.snapshots.put(&wrong).await.expect("kept");
    let shelves = shelf.shelves();
    let run = || verify(Start::of_empty_log(), &log, &shelves, false, |_, _| {});
    let found = run().await.expect("ran").disagreement.expect("disagrees");
    assert_eq!((found.version, found.what), (Version(25), Stored::Snapshot));
    assert_eq!(found.agrees_until, Version(5));

    shelf
        .damage("main/checkpoints/00000000000000000005.pxcp", 50)
        .await;
    let found = run().await.expect("ran").disagreement.expect("disagrees");
    assert_eq!(
        (found.version, found.what),
        (Version(5), Stored::Checkpoint)
    );
}

#[tokio::test]
async fn a_snapshot_that_is_newer_than_the_log_does_not_agree() {
    let log = three_rounds();
    let shelf = Shelf::of(&log, &[5]).await;
    let mut newer = log.canvas.snapshot().expect("a round");
    newer.version = Version(1_000);
    shelf.snapshots.put(&newer).await.expect("kept");
    let shelves = shelf.shelves();
    let verdict = verify(Start::of_empty_log(), &log, &shelves, false, |_, _| {});
    let found = verdict.await.expect("ran").disagreement.expect("disagrees");
    assert_eq!(
        (found.version, found.what),
        (Version(1_000), Stored::Snapshot)
    );
}
