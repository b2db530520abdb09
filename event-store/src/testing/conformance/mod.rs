//! What every [`EventStore`] must do, as test cases that are generic over the engine.
//!
//! An engine takes part by implementing [`Engine`] in a test file and naming itself in
//! [`conformance_tests!`](crate::conformance_tests), which makes one test of each case:
//!
//! ```ignore
//! mod embedded {
//!     event_store::conformance_tests!(super::Embedded);
//! }
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "these are tests, in a library so that both engines can run them"
)]

mod append;
mod guard;
mod outage;
mod read;
mod subscribe;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;

pub use append::*;
pub use guard::*;
pub use outage::*;
pub use read::*;
pub use subscribe::*;

use crate::event::{Cell, Event, PaletteIndex, PlacementMade, PlayerId, RoundId};
use crate::{
    Append, AppendError, Appended, EventId, EventStore, Guard, MAX_READ_EVENTS, Recorded, Subject,
    SubscribeError, Subscription, UnixMs, Version,
};

/// The longest that any single step of a case may take before the case fails.
const STEP_WITHIN: Duration = Duration::from_secs(30);

/// The longest that an append may take to say that the log is away.
const AWAY_WITHIN: Duration = Duration::from_secs(15);

/// One engine with one log, for one test case.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// An engine with an empty log.
    async fn start() -> Self;

    /// Handles on the log, at least one. More than one where several processes may write to the
    /// same log: then races are run across them.
    fn stores(&self) -> Vec<Arc<dyn EventStore>>;

    /// Takes the log away as rudely as the engine can be hit: kills its server, or drops the open
    /// log. Handles from before stay in use and must fail as the trait says.
    async fn interrupt(&mut self);

    /// Brings the same log back. [`Engine::stores`] may give new handles afterwards.
    async fn resume(&mut self);
}

/// Makes one `#[tokio::test]` of every conformance case, for the [`Engine`] named.
#[macro_export]
macro_rules! conformance_tests {
    ($engine:ty) => {
        $crate::conformance_tests!(@cases $engine:
            versions_start_at_one_and_have_no_gap,
            an_event_comes_back_as_it_was_appended,
            the_largest_event_is_stored,
            a_larger_event_is_refused,
            a_reused_id_gives_the_first_version_and_time,
            a_reused_id_is_found_before_a_stale_guard,
            appends_of_one_id_at_once_are_one_event,
            appends_after_close_fail,
            of_racing_appends_exactly_one_wins,
            a_lost_race_leaves_other_appends_alone,
            a_guard_of_zero_holds_on_a_new_subject_only,
            a_guard_of_another_version_conflicts,
            guards_of_different_subjects_do_not_conflict,
            an_id_that_lost_its_race_can_be_used_again,
            the_last_version_is_known_by_log_and_by_subject,
            ranges_are_read_as_asked,
            a_limit_above_the_maximum_is_lowered,
            a_subscription_begins_at_zero,
            a_subscription_begins_in_the_middle,
            a_subscription_begins_in_the_future,
            catching_up_meets_live_without_a_seam,
            a_dropped_wait_loses_no_event,
            a_subscription_ends_when_the_log_is_closed,
            the_log_outlives_an_interruption,
            an_append_to_an_absent_log_fails_in_time,
            acked_events_outlive_interruptions_exactly_once,
            a_subscription_goes_on_after_an_interruption,
        );
    };
    (@cases $engine:ty: $($case:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::testing::conformance::$case::<$engine>().await;
            }
        )+
    };
}

/// A player's `number`th placement, without a guard. Each has its own id, cell and time.
fn placement(player: u64, number: u16) -> Append {
    Append {
        id: EventId::derive(&[b"conformance", &player.to_le_bytes(), &number.to_le_bytes()]),
        guard: Guard::None,
        at: UnixMs(1_700_000_000_000 + i64::from(number)),
        event: Event::PlacementMade(PlacementMade {
            round: RoundId(1),
            player: PlayerId::from_bits(player),
            cell: Cell::new(number, 0),
            color: PaletteIndex(3),
        }),
    }
}

fn guarded(append: Append, last: Version) -> Append {
    Append {
        guard: Guard::LastOnSubject(last),
        ..append
    }
}

fn subject_of(player: u64) -> Subject {
    Subject::Player(PlayerId::from_bits(player))
}

fn recorded(append: &Append, version: Version) -> Recorded {
    Recorded {
        version,
        at: append.at,
        id: append.id,
        event: append.event.clone(),
    }
}

/// Appends `count` placements of one player, in any order, and returns when all are durable.
async fn fill(store: &Arc<dyn EventStore>, player: u64, count: u16) {
    append_all(store, (0..count).map(|number| placement(player, number))).await;
}

/// Makes all `appends`, many at once, in any order, and returns when all are durable.
async fn append_all(store: &Arc<dyn EventStore>, appends: impl IntoIterator<Item = Append>) {
    const AT_ONCE: usize = 256;
    let answers = futures_util::stream::iter(appends)
        .map(|append| store.append(append))
        .buffer_unordered(AT_ONCE);
    within(answers.for_each(|answer| {
        answer.unwrap();
        std::future::ready(())
    }))
    .await;
}

/// Runs one task for each of `appends`, spread over the engine's handles, and returns the answers
/// in the order of `appends`.
async fn append_at_once<E: Engine>(
    engine: &E,
    appends: impl IntoIterator<Item = Append>,
) -> Vec<Result<Appended, AppendError>> {
    let stores = engine.stores();
    let tasks: Vec<_> = appends
        .into_iter()
        .zip(stores.iter().cycle().cloned())
        .map(|(append, store)| tokio::spawn(async move { store.append(append).await }))
        .collect();
    let answers = within(futures_util::future::join_all(tasks)).await;
    answers.into_iter().map(Result::unwrap).collect()
}

/// Every event of the log, page by page; fails on a gap.
async fn read_all(store: &dyn EventStore) -> Vec<Recorded> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let from = Version(events.len() as u64 + 1);
        let page = within(store.read(from, MAX_READ_EVENTS)).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
        assert_consecutive(&events, Version(1));
    }
}

/// The next `count` events of a subscription, or a few more, since they come in batches.
async fn take(subscription: &mut dyn Subscription, count: usize) -> Vec<Recorded> {
    let mut events = Vec::new();
    while events.len() < count {
        events.extend(within(subscription.next()).await.unwrap());
    }
    events
}

fn assert_consecutive(events: &[Recorded], first: Version) {
    for (event, offset) in events.iter().zip(0..) {
        assert_eq!(event.version, first.plus(offset));
    }
}

/// The output of `step`; fails the case when it takes too long.
async fn within<T>(step: impl Future<Output = T>) -> T {
    tokio::time::timeout(STEP_WITHIN, step)
        .await
        .expect("step of the case took too long")
}
