//! Whether the server is slow enough, message by message, that batches pay.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::options::PublishMode;

/// With fewer appends in flight the server waits for us, and its pace is not measured.
const BUSY: usize = 32;

/// Acks in one measurement: twice what can be in flight, since a server that syncs lets acks out in
/// bursts of up to that many, and a window inside of a burst would look fast.
const WINDOW_ACKS: u32 = 2 * super::MAX_IN_FLIGHT as u32;

/// A server that takes longer for an ack, on the average of a window, is slow. Measured at 64 in
/// flight with nats-server 2.15.1: 8 µs when it syncs every two minutes, 128 µs when it syncs each
/// message.
const SLOW_ACK: Duration = Duration::from_micros(50);

/// So many slow windows in a row, about 4 000 acks, decide: one long write of the disk does not. At
/// the pace of a server that syncs each message that is half a second.
const SLOW_WINDOWS: u32 = 2;

/// Decides between messages and batches.
pub(super) struct Pace {
    batched: AtomicBool,
    /// None when the mode is fixed.
    window: Option<Mutex<Window>>,
}

struct Window {
    started_at: Instant,
    acks: u32,
    slow_windows: u32,
}

impl Pace {
    pub(super) fn new(mode: PublishMode) -> Self {
        let window = Window {
            started_at: Instant::now(),
            acks: 0,
            slow_windows: 0,
        };
        Self {
            batched: AtomicBool::new(mode == PublishMode::Batched),
            window: (mode == PublishMode::Auto).then(|| Mutex::new(window)),
        }
    }

    /// Whether to send batches.
    pub(super) fn is_batched(&self) -> bool {
        self.batched.load(Ordering::Relaxed)
    }

    /// Counts an ack that came while `in_flight` appends waited for theirs.
    pub(super) fn acked(&self, in_flight: usize) {
        let Some(window) = self.window.as_ref().filter(|_| !self.is_batched()) else {
            return;
        };
        let now = Instant::now();
        let mut window = window.lock();
        if in_flight < BUSY || window.acks == 0 {
            window.started_at = now;
        }
        window.acks = if in_flight < BUSY { 0 } else { window.acks + 1 };
        if window.acks <= WINDOW_ACKS {
            return;
        }
        let is_slow = now - window.started_at > SLOW_ACK * WINDOW_ACKS;
        window.slow_windows = if is_slow { window.slow_windows + 1 } else { 0 };
        window.acks = 0;
        if window.slow_windows == SLOW_WINDOWS {
            self.batched.store(true, Ordering::Relaxed);
            tracing::info!("server is slow to ack single messages: events go out in batches");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn acks(pace: &Pace, count: u32, every: Duration, in_flight: usize) {
        for _ in 0..count {
            tokio::time::advance(every).await;
            pace.acked(in_flight);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_slow_server_turns_auto_to_batches() {
        let pace = Pace::new(PublishMode::Auto);
        acks(&pace, 4_200, Duration::from_micros(128), 64).await;
        assert!(pace.is_batched());
    }

    #[tokio::test(start_paused = true)]
    async fn bursts_of_acks_do_not_hide_that_the_server_is_slow() {
        let pace = Pace::new(PublishMode::Auto);
        for _ in 0..6 {
            tokio::time::advance(Duration::from_millis(150)).await;
            acks(&pace, 1_024, Duration::from_micros(2), 1_024).await;
        }
        assert!(pace.is_batched());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_or_idle_server_does_not() {
        let pace = Pace::new(PublishMode::Auto);
        acks(&pace, 5_000, Duration::from_micros(8), 64).await;
        acks(&pace, 5_000, Duration::from_millis(5), 4).await;
        acks(&pace, 2_100, Duration::from_micros(128), 64).await;
        acks(&pace, 4_200, Duration::from_micros(8), 64).await;
        acks(&pace, 2_100, Duration::from_micros(128), 64).await;
        assert!(!pace.is_batched());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fixed_mode_stays() {
        let pace = Pace::new(PublishMode::Pipelined);
        acks(&pace, 5_000, Duration::from_millis(1), 64).await;
        assert!(!pace.is_batched());
        assert!(Pace::new(PublishMode::Batched).is_batched());
    }
}
