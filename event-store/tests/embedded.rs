//! What only the embedded engine does: several processes on one file, and opening again.

use std::sync::Arc;

use event_store::event::PlacementMade;
use event_store::sqlite::EmbeddedStore;
use event_store::{
    Append, Cell, Event, EventId, EventStore, Guard, OpenError, PaletteIndex, PlayerId, RoundId,
    UnixMs, Version,
};

fn placement(player: u64, number: u64) -> Append {
    Append {
        id: EventId::derive(&[b"test", &player.to_le_bytes(), &number.to_le_bytes()]),
        guard: Guard::None,
        at: UnixMs(number.cast_signed()),
        event: Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: PlayerId::from_bits(player),
            cell: Cell::new(1, 2),
            color: PaletteIndex(3),
        }),
    }
}

async fn open(folder: &tempfile::TempDir) -> Arc<EmbeddedStore> {
    let path = folder.path().join("events.db");
    Arc::new(EmbeddedStore::open(&path).await.expect("log opens"))
}

#[tokio::test]
async fn two_stores_on_one_file_number_their_events_together() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (one, two) = (open(&folder).await, open(&folder).await);
    let mut follower = one.subscribe(Version(1)).await.expect("subscribes");
    let mut tasks = Vec::new();
    for number in 0..200u64 {
        let store = Arc::clone(if number % 2 == 0 { &one } else { &two });
        tasks.push(tokio::spawn(async move {
            store
                .append(placement(number, 0))
                .await
                .expect("appended")
                .version
        }));
    }
    let mut versions = Vec::new();
    for task in tasks {
        versions.push(task.await.expect("no panic"));
    }
    versions.sort();
    assert_eq!(versions, (1..=200).map(Version).collect::<Vec<_>>());
    let mut followed = Vec::new();
    while followed.len() < 200 {
        followed.extend(follower.next().await.expect("followed"));
    }
    let seen: Vec<_> = followed.iter().map(|event| event.version).collect();
    assert_eq!(seen, versions);
}

#[tokio::test]
async fn guards_and_ids_hold_across_two_stores_and_after_opening_again() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (one, two) = (open(&folder).await, open(&folder).await);
    let first = one.append(placement(7, 1)).await.expect("appended");
    let again = two.append(placement(7, 1)).await.expect("the same again");
    assert_eq!(again, first);
    let guarded = |number, last| Append {
        guard: Guard::LastOnSubject(last),
        ..placement(7, number)
    };
    assert!(two.append(guarded(2, Version::ZERO)).await.is_err());
    let second = two
        .append(guarded(2, first.version))
        .await
        .expect("guard holds");
    one.close().await;
    two.close().await;
    assert!(
        one.append(placement(7, 9))
            .await
            .is_err_and(|error| error.is_retryable())
    );

    let reopened = open(&folder).await;
    assert_eq!(
        reopened
            .append(guarded(2, first.version))
            .await
            .expect("known id"),
        second
    );
    assert!(reopened.append(guarded(3, first.version)).await.is_err());
    reopened
        .append(guarded(3, second.version))
        .await
        .expect("guard holds");
    assert_eq!(reopened.last().await.expect("last"), Version(3));
}

#[tokio::test]
async fn a_file_of_another_program_is_refused() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("events.db");
    std::fs::write(&path, b"not a database, and longer than a header would be").expect("written");
    let opened = EmbeddedStore::open(&path).await.err();
    assert!(
        matches!(opened, Some(OpenError::Unavailable { .. })),
        "{opened:?}"
    );
}
