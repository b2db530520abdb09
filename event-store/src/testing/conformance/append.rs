//! Order, numbering, sizes and ids.

use super::*;
use crate::event::{PlayerBanned, RoundClosed};
use crate::{MAX_EVENT_BYTES, event};

/// An admin event that encodes to exactly `bytes` bytes.
fn event_of(bytes: usize) -> Append {
    let ban = |reason_bytes| Append {
        event: Event::PlayerBanned(PlayerBanned {
            player: PlayerId::from_bits(1),
            until: None,
            by: None,
            reason: "x".repeat(reason_bytes),
        }),
        ..placement(1, 1)
    };
    let encoded = |append: &Append| event::encode(append.at, &append.event).len();
    // From 64 KiB on, the length of a MessagePack string always takes 5 bytes.
    let overhead = encoded(&ban(100_000)) - 100_000;
    let append = ban(bytes - overhead);
    assert_eq!(encoded(&append), bytes);
    append
}

/// Appends of many writers get the versions 1, 2, 3 … without a gap, and each writer's own events
/// stay in its order.
pub async fn versions_start_at_one_and_have_no_gap<E: Engine>() {
    const WRITERS: u64 = 16;
    const EACH: u16 = 25;
    let engine = E::start().await;
    let stores = engine.stores();
    let writers = (1..=WRITERS).zip(stores.iter().cycle().cloned());
    let writers = writers.map(|(player, store)| {
        tokio::spawn(async move {
            let mut versions = Vec::new();
            for number in 0..EACH {
                let appended = store.append(placement(player, number)).await.unwrap();
                versions.push(appended.version);
            }
            assert!(versions.is_sorted());
            versions
        })
    });
    let mut versions = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        versions.extend(within(writer).await.unwrap());
    }
    versions.sort_unstable();
    let expected: Vec<_> = (1..=WRITERS * u64::from(EACH)).map(Version).collect();
    assert_eq!(versions, expected);
    assert_eq!(read_all(&*stores[0]).await.len(), expected.len());
}

/// Version, time, id and event are read as they were written, through every handle.
pub async fn an_event_comes_back_as_it_was_appended<E: Engine>() {
    let engine = E::start().await;
    let admin = Append {
        event: Event::RoundClosed(RoundClosed { round: RoundId(7) }),
        at: UnixMs(-5),
        ..placement(2, 2)
    };
    let appends = [placement(1, 1), admin, placement(u64::MAX, u16::MAX)];
    for (append, version) in appends.iter().zip(1..) {
        let appended = engine.stores()[0].append(append.clone()).await.unwrap();
        assert_eq!(appended.version, Version(version));
        assert_eq!(appended.at, append.at);
    }
    let expected: Vec<_> = appends
        .iter()
        .zip(1..)
        .map(|(append, version)| recorded(append, Version(version)))
        .collect();
    for store in engine.stores() {
        assert_eq!(read_all(&*store).await, expected);
        let mut subscription = within(store.subscribe(Version::ZERO)).await.unwrap();
        assert_eq!(take(&mut *subscription, expected.len()).await, expected);
    }
}

/// An event of [`MAX_EVENT_BYTES`] can be appended and read.
pub async fn the_largest_event_is_stored<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    let largest = guarded(event_of(MAX_EVENT_BYTES), Version::ZERO);
    within(store.append(largest.clone())).await.unwrap();
    assert_eq!(read_all(&**store).await, [recorded(&largest, Version(1))]);
}

/// An event of one byte more is refused, and leaves nothing behind.
pub async fn a_larger_event_is_refused<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    let answer = within(store.append(event_of(MAX_EVENT_BYTES + 1))).await;
    let bytes = MAX_EVENT_BYTES + 1;
    assert!(matches!(answer, Err(AppendError::TooLarge { bytes: found }) if found == bytes));
    assert_eq!(store.last().await.unwrap(), Version::ZERO);
}

/// An id that was appended gives the first version and time back, whatever else the retry says.
pub async fn a_reused_id_gives_the_first_version_and_time<E: Engine>() {
    let engine = E::start().await;
    fill(&engine.stores()[0], 9, 3).await;
    let first = placement(1, 1);
    let appended = engine.stores()[0].append(first.clone()).await.unwrap();
    assert_eq!(appended.version, Version(4));
    let retry = Append {
        at: first.at.plus_ms(5_000),
        ..first.clone()
    };
    for store in engine.stores() {
        assert_eq!(store.append(retry.clone()).await.unwrap(), appended);
    }
    assert_eq!(read_all(&*engine.stores()[0]).await.len(), 4);
}

/// The id is looked at before the guard: a retry of an append that won is told that it won,
/// although its guard cannot hold any more, or is another one, or is gone.
pub async fn a_reused_id_is_found_before_a_stale_guard<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    let first = guarded(placement(1, 1), Version::ZERO);
    let appended = store.append(first.clone()).await.unwrap();
    assert_eq!(store.append(first.clone()).await.unwrap(), appended);

    fill(store, 2, 3).await;
    for (number, last) in [(2, 1), (3, 5)] {
        let later = guarded(placement(1, number), Version(last));
        assert_eq!(
            store.append(later).await.unwrap().version,
            Version(last.max(4) + 1)
        );
    }
    for guard in [0, 1, 3, 5, 6, 99] {
        let retry = guarded(first.clone(), Version(guard));
        assert_eq!(within(store.append(retry)).await.unwrap(), appended);
    }
    assert_eq!(store.append(placement(1, 1)).await.unwrap(), appended);
    assert_eq!(read_all(&**store).await.len(), 6);
}

/// Of many appends of one id at once, one is stored, and all are told the same.
pub async fn appends_of_one_id_at_once_are_one_event<E: Engine>() {
    const ROUNDS: u16 = 5;
    let engine = E::start().await;
    let mut events = 0;
    for number in 0..ROUNDS {
        for append in [
            placement(1, number),
            guarded(placement(u64::from(number) + 2, number), Version::ZERO),
        ] {
            let copies = std::iter::repeat_n(append, 16);
            let answers = append_at_once(&engine, copies).await;
            events += 1;
            for answer in answers {
                assert_eq!(answer.unwrap().version, Version(events));
            }
        }
    }
    let read = read_all(&*engine.stores()[0]).await;
    assert_eq!(read.len() as u64, events);
}

/// After [`EventStore::close`] an append fails as one that may be retried elsewhere; closing twice
/// is lawful.
pub async fn appends_after_close_fail<E: Engine>() {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    store.append(placement(1, 1)).await.unwrap();
    within(store.close()).await;
    within(store.close()).await;
    let answer = within(store.append(placement(1, 2))).await;
    assert!(answer.is_err_and(|error| error.is_retryable()));
}
