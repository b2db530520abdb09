//! One limit of rate, for many keys.

use std::net::IpAddr;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::{Quota, RateLimiter};

use super::bounded_store::{BoundedStore, Look, MAX_KEYS};
use super::prefix::{Prefixes, Width};
use super::rates::RateLimited;
use crate::config::Rate;

/// How often something may happen: once each `interval` on average, and `burst` times at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// The time that one costs.
    pub(super) interval: Duration,
    /// How many after a quiet time.
    pub(super) burst: u32,
}

impl Pace {
    /// `times` in each `span`, all of them at once if they like.
    pub(super) fn within(span: Duration, times: u32) -> Self {
        Self {
            interval: span / times.max(1),
            burst: times,
        }
    }
}

impl From<Rate> for Pace {
    fn from(rate: Rate) -> Self {
        Self {
            interval: Duration::from_secs(1) / rate.per_second.max(1),
            burst: rate.burst,
        }
    }
}

/// One limit for each width of a prefix.
pub(super) struct ByPrefix<C: Clock> {
    pub(super) widths: [Limit<C>; 4],
}

impl<C: Clock + Clone> ByPrefix<C> {
    /// A limit of `pace` for an IPv4 address or an IPv6 subnet, and more for wider prefixes.
    pub(super) fn new(pace: Pace, clock: &C) -> Self {
        let limit = |width: Width| Limit::new(pace, width.factor(), MAX_KEYS, clock.clone());
        Self {
            widths: Width::ALL.map(limit),
        }
    }

    /// Counts a request of an address; a refused one counts at no width.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), RateLimited> {
        self.look(address, false)?;
        self.look(address, true)
    }

    /// Whether every width allows a request, and whether it counts there. The widest prefix is
    /// asked first, so that a crowd of subnets of one site makes no more keys than the site may
    /// have requests.
    pub(super) fn look(&self, address: IpAddr, counts: bool) -> Result<(), RateLimited> {
        let prefixes = Prefixes::of(address);
        let mut prefixes = prefixes.as_slice().iter();
        prefixes.try_for_each(|prefix| self.widths[prefix.width.index()].check(prefix.bits, counts))
    }

    /// Forgets every key that is like a stranger's again.
    pub(super) fn clean(&self) {
        self.widths.iter().for_each(Limit::clean);
    }
}

/// One limit, for many keys.
pub(super) struct Limit<C: Clock> {
    pub(super) limiter: RateLimiter<Look, BoundedStore, C, NoOpMiddleware<C::Instant>>,
}

impl<C: Clock> Limit<C> {
    /// A limit of `factor` times `pace` for each of at most `max_keys` keys.
    pub(super) fn new(pace: Pace, factor: u32, max_keys: usize, clock: C) -> Self {
        let burst = pace.burst.saturating_mul(factor);
        let burst = std::num::NonZeroU32::new(burst).unwrap_or(std::num::NonZeroU32::MIN);
        let interval = (pace.interval / factor.max(1)).max(Duration::from_nanos(1));
        let quota = Quota::with_period(interval)
            .expect("the interval is longer than nothing")
            .allow_burst(burst);
        let store = BoundedStore::new(Nanos::from(interval), max_keys);
        Self {
            limiter: RateLimiter::new(quota, store, clock),
        }
    }

    /// Whether a request of `key` is allowed; it counts when it is and `counts` says so.
    pub(super) fn check(&self, key: u64, counts: bool) -> Result<(), RateLimited> {
        let checked = self.limiter.check_key(&Look { key, counts });
        checked.map_err(|not_until| RateLimited {
            retry_after: not_until.wait_time_from(self.limiter.clock().now()),
        })
    }

    /// Forgets every key that is like a stranger's again.
    pub(super) fn clean(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}
