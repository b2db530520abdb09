//! A document of a provider's, kept as long as it says.

use std::sync::Arc;
use std::time::Duration;

use event_store::UnixMs;
use parking_lot::Mutex;

use super::error::FetchError;

/// The least time that a document is kept, whatever it says.
const MIN_KEPT_MS: i64 = 5 * 60 * 1_000;

/// The longest time that a document is kept, whatever it says.
const MAX_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;

/// The least time between two tries while there is a document: one that is old, or one that lacks
/// what is looked for, as a key that strangers can make up.
const REFETCH_MS: i64 = 60 * 1_000;

/// The least time between two tries while there is none.
const RETRY_MS: i64 = 5 * 1_000;

/// A document of a provider's. However many ask for it at once, one of them fetches it; while it
/// cannot be had, the old one is used.
#[derive(Debug)]
pub(super) struct Cached<T> {
    entry: Mutex<Entry<T>>,
    /// Held by who fetches.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Entry<T> {
    document: Option<Arc<T>>,
    fresh_until: UnixMs,
    tried_at: Option<UnixMs>,
}

/// What to do about a document.
enum Next<T> {
    Use(Arc<T>),
    Fetch,
    /// Nothing is there, and it is too early for another try.
    Wait,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        let entry = Entry {
            document: None,
            fresh_until: UnixMs(0),
            tried_at: None,
        };
        Self {
            entry: Mutex::new(entry),
            flight: tokio::sync::Mutex::default(),
        }
    }
}

impl<T: Send + Sync + 'static> Cached<T> {
    /// The document, which `fetch` gets, with how long it is good, when it is not there, not good
    /// any more, or not `has_what_is_needed`. The last may still be so for what comes back.
    ///
    /// When dropped midway, the fetch goes on, so that strangers who hang up cause no others.
    ///
    /// # Errors
    /// When there is none, new or old.
    pub(super) async fn get(
        self: &Arc<Self>,
        now: UnixMs,
        has_what_is_needed: impl Fn(&T) -> bool + Send + 'static,
        fetch: impl Future<Output = Result<(T, Option<Duration>), FetchError>> + Send + 'static,
    ) -> Result<Arc<T>, FetchError> {
        match self.next(now, &has_what_is_needed) {
            Next::Use(document) => return Ok(document),
            Next::Wait => return Err(FetchError::TriedAlready),
            Next::Fetch => {}
        }
        let cached = Arc::clone(self);
        let fetched = tokio::spawn(async move {
            let _only_one = cached.flight.lock().await;
            // Somebody else may have fetched it meanwhile.
            match cached.next(now, &has_what_is_needed) {
                Next::Use(document) => return Ok(document),
                Next::Wait => return Err(FetchError::TriedAlready),
                Next::Fetch => {}
            }
            let fetched = fetch.await;
            cached.put(now, fetched)
        });
        fetched.await.unwrap_or(Err(FetchError::TriedAlready))
    }

    fn next(&self, now: UnixMs, has_what_is_needed: &impl Fn(&T) -> bool) -> Next<T> {
        let entry = self.entry.lock();
        let Some(document) = &entry.document else {
            return match entry.is_due(now, RETRY_MS) {
                true => Next::Fetch,
                false => Next::Wait,
            };
        };
        let is_good = now.0 < entry.fresh_until.0 && has_what_is_needed(document);
        match !is_good && entry.is_due(now, REFETCH_MS) {
            true => Next::Fetch,
            false => Next::Use(Arc::clone(document)),
        }
    }

    /// Takes the outcome of a fetch. A failed one leaves the old document.
    fn put(
        &self,
        now: UnixMs,
        fetched: Result<(T, Option<Duration>), FetchError>,
    ) -> Result<Arc<T>, FetchError> {
        let mut entry = self.entry.lock();
        entry.tried_at = Some(now);
        match fetched {
            Ok((document, max_age)) => {
                let document = Arc::new(document);
                entry.document = Some(Arc::clone(&document));
                entry.fresh_until = now.plus_ms(kept_ms(max_age));
                Ok(document)
            }
            Err(error) => entry.document.clone().ok_or(error),
        }
    }
}

impl<T> Entry<T> {
    /// Whether the last try is `wait_ms` ago, or ahead of a clock that was put back that far.
    fn is_due(&self, now: UnixMs, wait_ms: i64) -> bool {
        let is_long_ago = |at: UnixMs| now.ms_since(at).abs() >= wait_ms;
        self.tried_at.is_none_or(is_long_ago)
    }
}

fn kept_ms(max_age: Option<Duration>) -> i64 {
    let asked = max_age.map_or(0, |age| age.as_millis());
    i64::try_from(asked)
        .unwrap_or(MAX_KEPT_MS)
        .clamp(MIN_KEPT_MS, MAX_KEPT_MS)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    /// A cache, and how often its document was fetched.
    #[derive(Clone, Default)]
    struct Source {
        cached: Arc<Cached<u32>>,
        fetches: Arc<AtomicUsize>,
    }

    impl Source {
        /// Asks at `ms` after the beginning for a document of at least `least`, when the provider
        /// has `document`.
        async fn ask(&self, ms: i64, least: u32, document: Option<u32>) -> Option<u32> {
            let fetches = Arc::clone(&self.fetches);
            let fetch = async move {
                fetches.fetch_add(1, Ordering::Relaxed);
                // Others get their turn while this one fetches.
                tokio::task::yield_now().await;
                let found = document.ok_or(FetchError::Status { status: 500 });
                found.map(|document| (document, Some(Duration::from_secs(3_600))))
            };
            let got = self
                .cached
                .get(NOW.plus_ms(ms), move |have| *have >= least, fetch);
            got.await.ok().map(|document| *document)
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn a_document_is_fetched_once_while_it_is_good() {
        let source = Source::default();
        for ms in [0, 1, 3_599_999] {
            assert_eq!(source.ask(ms, 0, Some(7)).await, Some(7));
        }
        assert_eq!(source.fetches(), 1);
        assert_eq!(source.ask(3_600_000, 0, Some(8)).await, Some(8));
        assert_eq!(source.fetches(), 2);
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cause_one_fetch() {
        let source = Source::default();
        let asking = (0..100).map(|_| source.ask(0, 0, Some(7)));
        let answers = futures_util::future::join_all(asking).await;
        assert!(answers.iter().all(|answer| *answer == Some(7)));
        assert_eq!(source.fetches(), 1);
        let failing = Source::default();
        let asking = (0..100).map(|_| failing.ask(0, 0, None));
        let answers = futures_util::future::join_all(asking).await;
        assert!(answers.iter().all(Option::is_none));
        assert_eq!(failing.fetches(), 1);
    }

    #[tokio::test]
    async fn what_is_missing_is_looked_for_once_a_minute() {
        let source = Source::default();
        source.ask(0, 0, Some(1)).await;
        for ms in [1, 30_000, 59_999] {
            assert_eq!(source.ask(ms, 2, Some(2)).await, Some(1));
        }
        assert_eq!(source.fetches(), 1);
        assert_eq!(source.ask(60_000, 2, Some(2)).await, Some(2));
        assert_eq!(source.ask(60_001, 3, Some(3)).await, Some(2));
        assert_eq!(source.fetches(), 2);
    }

    #[tokio::test]
    async fn the_old_document_serves_while_no_new_one_can_be_had() {
        let source = Source::default();
        source.ask(0, 0, Some(1)).await;
        for hour in 1..=48_i64 {
            let ms = hour * 3_600_000;
            assert_eq!(source.ask(ms, 0, None).await, Some(1));
            assert_eq!(
                source.ask(ms + 1, 0, Some(9)).await,
                Some(1),
                "a minute first"
            );
        }
        assert_eq!(source.ask(200_000_000, 0, Some(2)).await, Some(2));
    }

    #[tokio::test]
    async fn without_a_document_a_try_is_made_every_five_seconds() {
        let source = Source::default();
        assert_eq!(source.ask(0, 0, None).await, None);
        assert_eq!(source.ask(4_999, 0, Some(1)).await, None);
        assert_eq!(source.fetches(), 1);
        assert_eq!(source.ask(5_000, 0, Some(1)).await, Some(1));
    }

    #[test]
    fn how_long_a_document_is_kept_has_a_floor_and_a_cap() {
        let kept = |seconds: u64| kept_ms(Some(Duration::from_secs(seconds)));
        assert_eq!(kept_ms(None), 300_000);
        assert_eq!(kept(0), 300_000);
        assert_eq!(kept(301), 301_000);
        assert_eq!(kept(86_401), 86_400_000);
        assert_eq!(kept(u64::MAX), 86_400_000);
    }
}
