//! How often one client may tell the operator something.

use std::net::IpAddr;
use std::time::Duration;

use event_store::PlayerId;
use governor::clock::{Clock, MonotonicClock};

use super::bounded_store::MAX_KEYS;
use super::limit::{ByPrefix, Limit, Pace};
use super::rates::RateLimited;
use crate::config::FeedbackRates;

const TEN_MINUTES: Duration = Duration::from_secs(10 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Who has told as much as they may for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkedEnough {
    /// The network.
    Address(RateLimited),
    /// The account.
    Account(RateLimited),
}

/// How often one client may tell the operator something: in ten minutes, and in a day. Both give
/// back little by little: whoever used all of a day's at once may tell as much again, spread over
/// the next day.
pub struct FeedbackLimits<C: Clock = MonotonicClock> {
    /// The longest first, so that a refusal names the longest wait.
    spans: [Span<C>; 2],
}

struct Span<C: Clock> {
    addresses: ByPrefix<C>,
    accounts: Limit<C>,
}

impl FeedbackLimits {
    /// The limits that the settings describe.
    pub fn new(rates: FeedbackRates) -> Self {
        Self::with_clock(rates, &MonotonicClock)
    }
}

impl<C: Clock + Clone> FeedbackLimits<C> {
    fn with_clock(rates: FeedbackRates, clock: &C) -> Self {
        let span = |length, times| {
            let pace = Pace::within(length, times);
            Span {
                addresses: ByPrefix::new(pace, clock),
                accounts: Limit::new(pace, 1, MAX_KEYS, clock.clone()),
            }
        };
        Self {
            spans: [
                span(DAY, rates.per_day),
                span(TEN_MINUTES, rates.per_10_min),
            ],
        }
    }

    /// Counts a message of an address and, if one is signed in, of an account.
    ///
    /// # Errors
    /// [`TalkedEnough`]; the message counts nowhere.
    pub fn check(&self, address: IpAddr, player: Option<PlayerId>) -> Result<(), TalkedEnough> {
        for counts in [false, true] {
            for span in &self.spans {
                let looked = span.addresses.look(address, counts);
                looked.map_err(TalkedEnough::Address)?;
                if let Some(player) = player {
                    let looked = span.accounts.check(player.bits(), counts);
                    looked.map_err(TalkedEnough::Account)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets every key that is like a stranger's again.
    pub fn clean(&self) {
        for span in &self.spans {
            span.addresses.clean();
            span.accounts.clean();
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    const RATES: FeedbackRates = FeedbackRates {
        per_10_min: 5,
        per_day: 20,
    };

    fn told(
        limits: &FeedbackLimits<FakeRelativeClock>,
        address: &str,
        player: Option<u64>,
    ) -> usize {
        let address = address.parse().unwrap();
        let player = player.map(PlayerId::from_bits);
        let tell = |_: &usize| limits.check(address, player).is_ok();
        (0..100).filter(tell).count()
    }

    #[test]
    fn an_address_tells_so_much_in_ten_minutes_and_in_a_day() {
        let clock = FakeRelativeClock::default();
        let limits = FeedbackLimits::with_clock(RATES, &clock);
        assert_eq!(told(&limits, "192.0.2.1", None), 5);
        assert_eq!(told(&limits, "192.0.2.2", None), 5);
        let refused = limits.check("192.0.2.1".parse().unwrap(), None);
        let retry_after = TEN_MINUTES / 5;
        let limited = TalkedEnough::Address(RateLimited { retry_after });
        assert_eq!(refused, Err(limited));
        let mut in_a_day = 5;
        for _ in 0..143 {
            clock.advance(TEN_MINUTES);
            in_a_day += told(&limits, "192.0.2.1", None);
        }
        assert!((35..=40).contains(&in_a_day), "{in_a_day}");
        clock.advance(DAY);
        limits.clean();
        assert_eq!(told(&limits, "192.0.2.1", None), 5);
    }

    #[test]
    fn an_account_is_limited_wherever_it_is_and_its_refusals_cost_the_network_nothing() {
        let clock = FakeRelativeClock::default();
        let limits = FeedbackLimits::with_clock(RATES, &clock);
        assert_eq!(told(&limits, "192.0.2.1", Some(1)), 5);
        assert_eq!(told(&limits, "192.0.2.2", Some(1)), 0);
        let refused = limits.check("192.0.2.2".parse().unwrap(), Some(PlayerId::from_bits(1)));
        assert!(matches!(refused, Err(TalkedEnough::Account(_))));
        assert_eq!(told(&limits, "192.0.2.2", Some(2)), 5);
    }
}
