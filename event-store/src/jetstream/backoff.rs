//! Waiting between attempts.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The first pause.
const SHORTEST: Duration = Duration::from_millis(50);

/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(2);

/// Pauses of 50 ms, 100 ms, … up to 2 s.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The pause before attempt `attempts` after the first one, counted from 0.
    pub(super) fn pause(attempts: u32) -> Duration {
        SHORTEST.saturating_mul(1 << attempts.min(10)).min(LONGEST)
    }

    /// Waits for the next pause.
    pub(super) async fn wait(&mut self) {
        let pause = Self::pause(self.attempts);
        self.attempts = self.attempts.saturating_add(1);
        sleep(pause).await;
    }

    /// Waits for the next pause, or returns false at once if `deadline` comes first.
    pub(super) async fn wait_before(&mut self, deadline: Instant) -> bool {
        if Instant::now() + Self::pause(self.attempts) >= deadline {
            return false;
        }
        self.wait().await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_50_ms_to_2_s() {
        let pauses: Vec<_> = (0..8).map(|n| Backoff::pause(n).as_millis()).collect();
        assert_eq!(pauses, [50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
        assert_eq!(Backoff::pause(u32::MAX), LONGEST);
    }
}
