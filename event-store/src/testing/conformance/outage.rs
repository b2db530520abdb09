//! The log goes away and comes back.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::*;

/// Events, numbering, guards and ids are the same after the log was taken away and brought back.
pub async fn the_log_outlives_an_interruption<E: Engine>() {
    let mut engine = E::start().await;
    fill(&engine.stores()[0], 1, 10).await;
    let before = read_all(&*engine.stores()[0]).await;

    within(engine.interrupt()).await;
    within(engine.resume()).await;

    let store = engine.stores()[0].clone();
    within(async {
        while store.last().await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(read_all(&*store).await, before);
    let again = within(store.append(placement(1, 4))).await.unwrap();
    let original = before.iter().find(|event| event.id == placement(1, 4).id);
    assert_eq!(again.version, original.unwrap().version);
    let stale = within(store.append(guarded(placement(1, 50), Version(9)))).await;
    assert!(matches!(stale, Err(AppendError::Conflict)));
    let next = within(store.append(guarded(placement(1, 50), Version(10)))).await;
    assert_eq!(next.unwrap().version, Version(11));
}

/// While the log is away an append fails as retryable, in bounded time. Retried with the same id
/// after the return, it is there exactly once.
pub async fn an_append_to_an_absent_log_fails_in_time<E: Engine>() {
    const WRITERS: u16 = 8;
    let mut engine = E::start().await;
    fill(&engine.stores()[0], 1, 1).await;
    within(engine.interrupt()).await;

    let store = engine.stores()[0].clone();
    let appends = (1..=WRITERS).map(|number| store.append(placement(1, number)));
    let answers = futures_util::future::join_all(appends);
    let answers = tokio::time::timeout(AWAY_WITHIN, answers).await.unwrap();
    for answer in answers {
        assert!(matches!(answer, Err(AppendError::Unavailable { .. })));
    }

    within(engine.resume()).await;
    let store = engine.stores()[0].clone();
    for number in 0..=WRITERS {
        within(append_until_acked(
            &Mutex::new(store.clone()),
            placement(1, number),
        ))
        .await;
    }
    assert_eq!(read_all(&*store).await.len(), usize::from(WRITERS) + 1);
}

/// Writers go on appending, and retry with the same id, while the log is taken away twice:
/// everything that was acked is there, with the version that the ack named, and nothing is there
/// twice.
pub async fn acked_events_outlive_interruptions_exactly_once<E: Engine>() {
    const WRITERS: u64 = 16;
    const EACH: u16 = 60;
    let mut engine = E::start().await;
    let store = Arc::new(Mutex::new(engine.stores()[0].clone()));
    let acked_count = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (1..=WRITERS)
        .map(|player| {
            let (store, acked_count) = (store.clone(), acked_count.clone());
            tokio::spawn(async move {
                let mut acked = Vec::new();
                let mut last = Version::ZERO;
                for number in 0..EACH {
                    let append = guarded(placement(player, number), last);
                    last = append_until_acked(&store, append.clone()).await.version;
                    acked.push(recorded(&append, last));
                    acked_count.fetch_add(1, Ordering::Relaxed);
                }
                acked
            })
        })
        .collect();

    for third in 1..=2 {
        let acked = usize::try_from(WRITERS).unwrap() * usize::from(EACH) / 3 * third;
        within(async {
            while acked_count.load(Ordering::Relaxed) < acked {
                tokio::task::yield_now().await;
            }
        })
        .await;
        within(engine.interrupt()).await;
        within(engine.resume()).await;
        *store.lock() = engine.stores()[0].clone();
    }

    let mut acked = Vec::new();
    for writer in writers {
        acked.extend(within(writer).await.unwrap());
    }
    acked.sort_unstable_by_key(|event| event.version);
    assert_eq!(read_all(&*engine.stores()[0]).await, acked);
}

/// A subscription yields every event once across an interruption. One that ended because its log
/// was closed is opened again at the next version, as a reader of a reopened log does.
pub async fn a_subscription_goes_on_after_an_interruption<E: Engine>() {
    let mut engine = E::start().await;
    fill(&engine.stores()[0], 1, 10).await;
    let mut subscription = engine.stores()[0].subscribe(Version(1)).await.unwrap();
    let mut events = take(&mut *subscription, 10).await;

    for interruption in 1..=2u16 {
        within(engine.interrupt()).await;
        within(engine.resume()).await;
        let store = Mutex::new(engine.stores()[0].clone());
        for number in 0..10 {
            let append = placement(2, interruption * 10 + number);
            within(append_until_acked(&store, append)).await;
        }
        let expected = 10 + usize::from(interruption) * 10;
        within(async {
            while events.len() < expected {
                match subscription.next().await {
                    Ok(batch) => events.extend(batch),
                    Err(SubscribeError::Closed) => {
                        let next = Version(events.len() as u64 + 1);
                        let store = store.lock().clone();
                        subscription = store.subscribe(next).await.unwrap();
                    }
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
        .await;
        assert_eq!(events.len(), expected);
    }
    assert_eq!(read_all(&*engine.stores()[0]).await, events);
}

/// Retries with the same id, on whichever handle is current, for as long as the log may come back.
async fn append_until_acked(store: &Mutex<Arc<dyn EventStore>>, append: Append) -> Appended {
    loop {
        let current = store.lock().clone();
        match current.append(append.clone()).await {
            Ok(appended) => return appended,
            Err(error) if error.is_retryable() => tokio::task::yield_now().await,
            Err(error) => panic!("{error:?}"),
        }
    }
}
