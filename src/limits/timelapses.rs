//! How often one client may ask for a film of the canvas.

use std::net::IpAddr;
use std::time::Duration;

use event_store::PlayerId;
use governor::clock::{Clock, MonotonicClock};

use super::bounded_store::MAX_KEYS;
use super::limit::{ByPrefix, Limit, Pace};
use super::rates::RateLimited;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Who has asked for as many films as they may for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedEnough {
    /// The network.
    Address(RateLimited),
    /// The account.
    Account(RateLimited),
}

/// How many films one client may ask for in an hour: an address, and an account.
pub struct TimelapseLimits<C: Clock = MonotonicClock> {
    addresses: ByPrefix<C>,
    accounts: Limit<C>,
}

impl TimelapseLimits {
    /// So many an hour.
    pub fn new(per_hour: u32) -> Self {
        Self::with_clock(per_hour, &MonotonicClock)
    }
}

impl<C: Clock + Clone> TimelapseLimits<C> {
    fn with_clock(per_hour: u32, clock: &C) -> Self {
        let pace = Pace::within(HOUR, per_hour);
        Self {
            addresses: ByPrefix::new(pace, clock),
            accounts: Limit::new(pace, 1, MAX_KEYS, clock.clone()),
        }
    }

    /// Counts a film.
    ///
    /// # Errors
    /// [`AskedEnough`]; the film counts nowhere.
    pub fn check(&self, address: IpAddr, player: PlayerId) -> Result<(), AskedEnough> {
        for counts in [false, true] {
            let looked = self.addresses.look(address, counts);
            looked.map_err(AskedEnough::Address)?;
            let looked = self.accounts.check(player.bits(), counts);
            looked.map_err(AskedEnough::Account)?;
        }
        Ok(())
    }

    /// Forgets every key that is like a stranger's again.
    pub fn clean(&self) {
        self.addresses.clean();
        self.accounts.clean();
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn an_account_and_an_address_ask_for_so_many_films_an_hour() {
        let clock = FakeRelativeClock::default();
        let limits = TimelapseLimits::with_clock(3, &clock);
        let asked = |address: &str, player: u64| {
            let address = address.parse().unwrap();
            limits.check(address, PlayerId::from_bits(player))
        };
        for host in 1..=3 {
            assert_eq!(asked(&format!("192.0.2.{host}"), 1), Ok(()));
        }
        let retry_after = HOUR / 3;
        let limited = RateLimited { retry_after };
        assert_eq!(asked("192.0.2.9", 1), Err(AskedEnough::Account(limited)));
        for player in 2..=4 {
            assert_eq!(asked("192.0.2.9", player), Ok(()));
        }
        assert_eq!(asked("192.0.2.9", 5), Err(AskedEnough::Address(limited)));
        clock.advance(HOUR);
        limits.clean();
        assert_eq!(asked("192.0.2.9", 1), Ok(()));
    }
}
