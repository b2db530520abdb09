//! Reading ranges.

use super::*;

/// Ranges inside, across the end and past the end, and limits from 0 up.
pub async fn ranges_are_read_as_asked<E: Engine>() {
    const EVENTS: u64 = 20;
    let engine = E::start().await;
    let store = &engine.stores()[0];
    assert!(store.read(Version(1), 10).await.unwrap().is_empty());
    fill(store, 1, 20).await;
    for from in [0, 1, 2, 11, EVENTS, EVENTS + 1, EVENTS + 2, 1_000_000] {
        for limit in [0, 1, 2, 9, 10, 20, 21, usize::MAX] {
            let events = within(store.read(Version(from), limit)).await.unwrap();
            let first = from.max(1);
            let there = (EVENTS + 1).saturating_sub(first);
            let expected = usize::try_from(there).unwrap().min(limit);
            assert_eq!(events.len(), expected, "from {from}, limit {limit}");
            assert_consecutive(&events, Version(first));
        }
    }
}

/// A page never has more than [`MAX_READ_EVENTS`], and paging reaches the end.
pub async fn a_limit_above_the_maximum_is_lowered<E: Engine>() {
    const EVENTS: u16 = 10_050;
    const _: () = assert!(EVENTS as usize > MAX_READ_EVENTS);
    let engine = E::start().await;
    let store = &engine.stores()[0];
    append_all(
        store,
        (1..=EVENTS).map(|player| placement(player.into(), 0)),
    )
    .await;
    let page = within(store.read(Version(1), usize::MAX)).await.unwrap();
    assert!(page.len() <= MAX_READ_EVENTS);
    assert_consecutive(&page, Version(1));
    assert_eq!(read_all(&**store).await.len(), usize::from(EVENTS));
}
