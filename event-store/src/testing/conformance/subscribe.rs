//! Following the log.

use super::*;
use crate::MAX_BATCH_EVENTS;

/// From [`Version::ZERO`] a subscription yields the whole log, then what is appended later.
pub async fn a_subscription_begins_at_zero<E: Engine>() {
    begins_at::<E>(Version::ZERO, Version(1)).await;
}

/// From the middle it yields that event first (inclusive).
pub async fn a_subscription_begins_in_the_middle<E: Engine>() {
    begins_at::<E>(Version(7), Version(7)).await;
}

/// From a version that does not exist yet it waits until the log gets there.
pub async fn a_subscription_begins_in_the_future<E: Engine>() {
    begins_at::<E>(Version(13), Version(13)).await;
}

/// Subscribes when there are 10 events, and looks at what comes when there are 20.
async fn begins_at<E: Engine>(from: Version, first: Version) {
    let engine = E::start().await;
    let store = &engine.stores()[0];
    fill(store, 1, 10).await;
    let mut subscription = within(store.subscribe(from)).await.unwrap();
    fill(store, 2, 10).await;
    let expected = 20 - first.0 + 1;
    let events = take(&mut *subscription, usize::try_from(expected).unwrap()).await;
    assert_eq!(events.len() as u64, expected);
    assert_consecutive(&events, first);
}

/// Subscriptions that begin at any moment while writers append miss nothing and repeat nothing.
pub async fn catching_up_meets_live_without_a_seam<E: Engine>() {
    const WRITERS: u64 = 8;
    const EACH: u16 = 150;
    const EVENTS: usize = WRITERS as usize * EACH as usize;
    let engine = E::start().await;
    let stores = engine.stores();
    let writers: Vec<_> = (1..=WRITERS)
        .zip(stores.iter().cycle().cloned())
        .map(|(player, store)| {
            tokio::spawn(async move {
                for number in 0..EACH {
                    store.append(placement(player, number)).await.unwrap();
                }
            })
        })
        .collect();

    let mut followers = Vec::new();
    for share in 0..4 {
        let started = Version(EVENTS as u64 / 5 * share);
        let store = stores[share as usize % stores.len()].clone();
        within(async {
            while store.last().await.unwrap() < started {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let from = Version(started.0 / 2);
        followers.push(tokio::spawn(async move {
            let mut subscription = store.subscribe(from).await.unwrap();
            let expected = EVENTS - usize::try_from(from.0.max(1) - 1).unwrap();
            let mut events = Vec::new();
            while events.len() < expected {
                let batch = within(subscription.next()).await.unwrap();
                assert!((1..=MAX_BATCH_EVENTS).contains(&batch.len()));
                events.extend(batch);
            }
            assert_eq!(events.len(), expected);
            assert_consecutive(&events, Version(from.0.max(1)));
            events
        }));
    }
    for writer in writers {
        within(writer).await.unwrap();
    }
    let log = read_all(&*stores[0]).await;
    for follower in followers {
        let events = within(follower).await.unwrap();
        assert!(log.ends_with(&events));
    }
}

/// Dropping [`Subscription::next`] in the middle of its wait, again and again, loses nothing.
pub async fn a_dropped_wait_loses_no_event<E: Engine>() {
    const EVENTS: u16 = 300;
    let engine = E::start().await;
    let store = engine.stores()[0].clone();
    let mut subscription = within(store.subscribe(Version(1))).await.unwrap();
    let writer = tokio::spawn(async move {
        for number in 0..EVENTS {
            store.append(placement(1, number)).await.unwrap();
        }
    });
    let mut events: Vec<Recorded> = Vec::new();
    within(async {
        while events.len() < usize::from(EVENTS) {
            tokio::select! {
                biased;
                batch = subscription.next() => events.extend(batch.unwrap()),
                () = tokio::task::yield_now() => {}
            }
        }
    })
    .await;
    within(writer).await.unwrap();
    assert_eq!(events.len(), usize::from(EVENTS));
    assert_consecutive(&events, Version(1));
}

/// A wait in progress, and every later one, ends with [`SubscribeError::Closed`].
pub async fn a_subscription_ends_when_the_log_is_closed<E: Engine>() {
    let engine = E::start().await;
    let store = engine.stores()[0].clone();
    let mut subscription = within(store.subscribe(Version(1))).await.unwrap();
    let waiting = tokio::spawn(async move {
        let first = subscription.next().await;
        (first, subscription.next().await)
    });
    within(store.close()).await;
    let (first, second) = within(waiting).await.unwrap();
    assert!(matches!(first, Err(SubscribeError::Closed)));
    assert!(matches!(second, Err(SubscribeError::Closed)));
    let late = within(store.subscribe(Version(1))).await;
    assert!(late.is_err());
}
