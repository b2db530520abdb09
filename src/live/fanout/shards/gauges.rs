//! What a shard tells about itself to other threads.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use super::connection::Tally;
use crate::live::fanout::Stats;

/// The shard's counters as of its last turn.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    connections: AtomicUsize,
    blocked: AtomicUsize,
    frames: AtomicU64,
    bytes: AtomicU64,
    resyncs: AtomicU64,
    last_pass_us: AtomicU64,
}

impl Gauges {
    /// Called by the shard after each turn.
    pub(super) fn publish(&self, tally: &Tally, connections: usize) {
        self.connections.store(connections, Ordering::Relaxed);
        self.blocked.store(tally.blocked, Ordering::Relaxed);
        self.frames.store(tally.frames, Ordering::Relaxed);
        self.bytes.store(tally.bytes, Ordering::Relaxed);
        self.resyncs.store(tally.resyncs, Ordering::Relaxed);
    }

    /// Called by the shard after each pass.
    pub(super) fn passed(&self, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.last_pass_us.store(took_us, Ordering::Relaxed);
    }

    /// Adds this shard to `stats`.
    pub(super) fn add_to(&self, stats: &mut Stats) {
        stats.connections += self.connections.load(Ordering::Relaxed);
        stats.blocked += self.blocked.load(Ordering::Relaxed);
        stats.frames += self.frames.load(Ordering::Relaxed);
        stats.bytes += self.bytes.load(Ordering::Relaxed);
        stats.resyncs += self.resyncs.load(Ordering::Relaxed);
        let last_pass = Duration::from_micros(self.last_pass_us.load(Ordering::Relaxed));
        stats.last_pass = stats.last_pass.max(last_pass);
    }
}
