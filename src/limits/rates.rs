//! How often one client may write.
//!
//! The generic cell rate algorithm (ITU-T I.371), by the crate `governor`: a burst at once, and a
//! steady rate after it. A request that is refused costs nothing, also not at a wider prefix, so
//! that one client's flood does not use up what its neighbours share with it.

use std::net::IpAddr;
use std::time::Duration;

use event_store::PlayerId;
use governor::clock::{Clock, MonotonicClock};

use super::bounded_store::MAX_KEYS;
use super::limit::{ByPrefix, Limit};
use crate::config::Rates;

/// What a request does, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateClass {
    /// Signs in, or links an identity: costs a database, perhaps another server, and makes an
    /// account.
    SignIn,
    /// Refreshes a token or gives it up: costs a database.
    Refresh,
    /// Changes something else, or opens the feed.
    Write,
}

/// What a request with an access token does, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountClass {
    /// Asks about the account: costs a database, and a question to every other gateway.
    Read,
    /// Changes something.
    Write,
}

/// A client asks too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimited {
    /// How long until the next request of the kind is allowed.
    pub retry_after: Duration,
}

/// How often one client may write.
pub struct RateLimits<C: Clock = MonotonicClock> {
    sign_ins: ByPrefix<C>,
    refreshes: ByPrefix<C>,
    writes: ByPrefix<C>,
    account_reads: Limit<C>,
    account_writes: Limit<C>,
}

impl RateLimits {
    /// The limits that the settings describe.
    pub fn new(rates: &Rates) -> Self {
        Self::with_clock(rates, MonotonicClock)
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    fn with_clock(rates: &Rates, clock: C) -> Self {
        Self {
            sign_ins: ByPrefix::new(rates.sign_ins.into(), &clock),
            refreshes: ByPrefix::new(rates.refreshes.into(), &clock),
            writes: ByPrefix::new(rates.writes.into(), &clock),
            account_reads: Limit::new(rates.account_reads.into(), 1, MAX_KEYS, clock.clone()),
            account_writes: Limit::new(rates.account_writes.into(), 1, MAX_KEYS, clock),
        }
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// [`RateLimited`]; the request does not count.
    pub fn check_address(&self, class: RateClass, address: IpAddr) -> Result<(), RateLimited> {
        let limits = match class {
            RateClass::SignIn => &self.sign_ins,
            RateClass::Refresh => &self.refreshes,
            RateClass::Write => &self.writes,
        };
        limits.check(address)
    }

    /// Counts a request of an account.
    ///
    /// # Errors
    /// [`RateLimited`]; the request does not count.
    pub fn check_account(&self, class: AccountClass, player: PlayerId) -> Result<(), RateLimited> {
        let limit = match class {
            AccountClass::Read => &self.account_reads,
            AccountClass::Write => &self.account_writes,
        };
        limit.check(player.bits(), true)
    }

    /// Forgets every key that is like a stranger's again.
    pub fn clean(&self) {
        for limits in [&self.sign_ins, &self.refreshes, &self.writes] {
            limits.clean();
        }
        self.account_reads.clean();
        self.account_writes.clean();
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::config::Rate;
    use crate::limits::prefix::Width;

    const RATE: Rate = Rate {
        per_second: 2,
        burst: 5,
    };

    fn limits(clock: &FakeRelativeClock) -> RateLimits<FakeRelativeClock> {
        let rates = Rates {
            sign_ins: RATE,
            refreshes: RATE,
            writes: RATE,
            account_reads: RATE,
            account_writes: RATE,
        };
        RateLimits::with_clock(&rates, clock.clone())
    }

    /// How many of `asked` sign-ins of each address are allowed, one address after the other.
    fn allowed(
        limits: &RateLimits<FakeRelativeClock>,
        addresses: &[&str],
        asked: usize,
    ) -> Vec<usize> {
        let of = |address: &&str| {
            let address = address.parse().unwrap();
            let ask = |_: &usize| limits.check_address(RateClass::SignIn, address).is_ok();
            (0..asked).filter(ask).count()
        };
        addresses.iter().map(of).collect()
    }

    #[test]
    fn a_burst_then_a_rate_and_the_refusal_says_how_long() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        let ada = ["192.0.2.1"];
        assert_eq!(allowed(&limits, &ada, 1_000), [5]);
        let refused = limits.check_address(RateClass::SignIn, ada[0].parse().unwrap());
        let retry_after = refused.unwrap_err().retry_after;
        assert_eq!(retry_after, Duration::from_millis(500));
        clock.advance(retry_after);
        assert_eq!(allowed(&limits, &ada, 1_000), [1]);
        clock.advance(Duration::from_secs(60));
        assert_eq!(allowed(&limits, &ada, 1_000), [5]);
    }

    #[test]
    fn classes_accounts_and_addresses_have_limits_of_their_own() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(allowed(&limits, &["192.0.2.1", "192.0.2.2"], 9), [5, 5]);
        for class in [RateClass::Refresh, RateClass::Write] {
            assert!(limits.check_address(class, address).is_ok());
        }
        for player in [PlayerId::from_bits(1), PlayerId::from_bits(2)] {
            for class in [AccountClass::Read, AccountClass::Write] {
                let ask = |_: &usize| limits.check_account(class, player).is_ok();
                assert_eq!((0..9).filter(ask).count(), 5);
            }
        }
    }

    #[test]
    fn a_crowd_of_subnets_shares_the_limit_of_its_customer_and_its_site() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        let subnets = [
            "2001:db8:1:100::1",
            "2001:db8:1:101::1",
            "2001:db8:1:102::1",
            "2001:db8:1:200::1",
            "2001:db8:1:300::1",
            "2001:db8:2:100::1",
        ];
        assert_eq!(allowed(&limits, &subnets, 9), [5, 5, 0, 5, 5, 5]);
    }

    #[test]
    fn a_flood_of_one_subnet_leaves_its_neighbours_their_share() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        let neighbours = ["2001:db8:1:100::1", "2001:db8:1:200::1"];
        assert_eq!(allowed(&limits, &neighbours, 1_000), [5, 5]);
    }

    #[test]
    fn a_crowd_makes_no_more_keys_than_its_site_may_have_requests() {
        let clock = FakeRelativeClock::default();
        let limits = limits(&clock);
        for subnet in 0..10_000_u128 {
            let address = std::net::Ipv6Addr::from_bits((0x2001_0db8 << 96) | (subnet << 64));
            let _ = limits.check_address(RateClass::SignIn, address.into());
        }
        let keys = limits
            .sign_ins
            .widths
            .iter()
            .map(|limit| limit.limiter.len());
        let keys: Vec<usize> = keys.collect();
        assert_eq!(keys[Width::Ipv6Site.index()], 1);
        assert_eq!(keys[Width::Ipv6Customer.index()], 2);
        assert_eq!(keys[Width::Ipv6Subnet.index()], 20);
        clock.advance(Duration::from_secs(60));
        limits.clean();
        assert!(
            limits
                .sign_ins
                .widths
                .iter()
                .all(|limit| limit.limiter.is_empty())
        );
    }

    #[test]
    fn keys_have_a_bound_and_old_ones_go_first() {
        const MAX: usize = 160;
        let clock = FakeRelativeClock::default();
        let limit = Limit::new(RATE.into(), 1, MAX, clock.clone());
        for key in 0..10_000 {
            assert!(limit.check(key, true).is_ok(), "strangers are let in");
            assert!(limit.limiter.len() <= MAX);
        }
        clock.advance(Duration::from_secs(60));
        let exhausted = u64::MAX;
        while limit.check(exhausted, true).is_ok() {}
        for key in 0..5 {
            assert!(limit.check(key, true).is_ok());
        }
        assert!(limit.check(exhausted, true).is_err(), "it is not forgotten");
    }

    /// The cost of all limits of a placement from IPv6, the dearest: 2.8 µs in a debug build, on
    /// two cores with other work. The bound only catches a limit that looks through its keys.
    #[test]
    fn a_check_costs_little_beside_a_placement() {
        const CHECKS: u32 = 20_000;
        let rate = Rate {
            per_second: 1_000_000,
            burst: 1_000_000,
        };
        let rates = Rates {
            sign_ins: rate,
            refreshes: rate,
            writes: rate,
            account_reads: rate,
            account_writes: rate,
        };
        let limits = RateLimits::new(&rates);
        let address: IpAddr = "2001:db8:1:100::1".parse().unwrap();
        let begun = std::time::Instant::now();
        for number in 0..CHECKS {
            let player = PlayerId::from_bits(u64::from(number % 256));
            limits.check_address(RateClass::Write, address).unwrap();
            limits.check_account(AccountClass::Write, player).unwrap();
        }
        let each = begun.elapsed() / CHECKS;
        println!("{each:?} for all limits of a write");
        assert!(each < Duration::from_micros(100), "{each:?}");
    }
}
