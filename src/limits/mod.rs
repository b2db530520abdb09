//! What bounds one client: how often it may write, how many connections it may hold, how many new
//! names it may take. Everything is counted in this process and in memory, by account and by
//! address prefix; who makes requests is found out in `src/http`.

mod bounded_store;
mod connections;
mod feedback;
mod limit;
mod new_names;
mod prefix;
mod rates;
mod timelapses;

pub use connections::{ConnectionGuard, ConnectionLimits};
pub use feedback::{FeedbackLimits, TalkedEnough};
pub use new_names::{DeviceId, InvalidDeviceId, NameReservation, NewNames, TooManyNames};
pub use prefix::{Prefix, Prefixes, Width};
pub use rates::{AccountClass, RateClass, RateLimited, RateLimits};
pub use timelapses::{AskedEnough, TimelapseLimits};

use event_store::UnixMs;

use crate::config::Config;

/// All bounds of one client.
pub struct AbuseLimits {
    /// How often it may write.
    pub rates: RateLimits,
    /// How many connections it may hold.
    pub connections: ConnectionLimits,
    /// How many new names it may take.
    pub new_names: NewNames,
    /// How often it may tell the operator something.
    pub feedback: FeedbackLimits,
    /// How often it may report others, or appeal: bounded in the same way.
    pub reports: FeedbackLimits,
    /// How many films it may ask for.
    pub timelapses: TimelapseLimits,
}

impl AbuseLimits {
    /// The bounds that the settings describe.
    pub fn new(config: &Config) -> Self {
        Self {
            rates: RateLimits::new(&config.limits.rates),
            connections: ConnectionLimits::new(config.limits.connections_per_prefix),
            new_names: NewNames::new(
                config.auth.anonymous_per_device,
                config.auth.anonymous_per_prefix,
            ),
            feedback: FeedbackLimits::new(config.limits.feedback),
            reports: FeedbackLimits::new(config.limits.reports),
            timelapses: TimelapseLimits::new(config.timelapse.per_hour),
        }
    }

    /// Forgets whoever has been quiet long enough to be like a stranger again.
    pub fn clean(&self, now: UnixMs) {
        self.rates.clean();
        self.new_names.clean(now);
        self.feedback.clean();
        self.reports.clean();
        self.timelapses.clean();
    }
}
