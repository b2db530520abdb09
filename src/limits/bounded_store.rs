//! Where the limits of rate keep their state: a bounded number of keys, and looks that change
//! nothing.

use std::collections::HashMap;

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use parking_lot::Mutex;

/// The most keys of one limit, some 3 MB. Only those count that have not had the time to become
/// like strangers again, which takes the burst divided by the rate: seconds.
pub(super) const MAX_KEYS: usize = 1 << 16;

/// Into how many parts the keys are divided, each with a lock of its own.
const SHARDS: usize = 16;

/// A look at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    /// The key.
    pub(super) key: u64,
    /// Whether what is found to be allowed also counts.
    pub(super) counts: bool,
}

/// For each key, when it will be like a stranger's.
#[derive(Debug)]
pub(super) struct BoundedStore {
    shards: [Mutex<HashMap<u64, Nanos>>; SHARDS],
    /// By how much one time moves a key's state on.
    interval: Nanos,
    max_keys_in_shard: usize,
}

impl BoundedStore {
    /// A store of at most `max_keys`, for a limit of one time each `interval`.
    pub(super) fn new(interval: Nanos, max_keys: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            interval,
            max_keys_in_shard: (max_keys / SHARDS).max(1),
        }
    }

    fn shard(&self, key: u64) -> &Mutex<HashMap<u64, Nanos>> {
        // Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, 6.4).
        let place = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SHARDS.ilog2());
        &self.shards[place as usize]
    }

    /// Makes room for a key that was a stranger until now, and whose state becomes `state`. When
    /// all others count still, all are forgotten: memory is bounded, and nobody is locked out.
    fn make_room(&self, shard: &mut HashMap<u64, Nanos>, state: Nanos) {
        let now = state.saturating_sub(self.interval);
        shard.retain(|_, state| *state > now);
        if shard.len() >= self.max_keys_in_shard {
            shard.clear();
            metrics::counter!("canvas_limits_forgotten_total").increment(1);
        }
    }
}

impl StateStore for BoundedStore {
    type Key = Look;

    fn measure_and_replace<T, F, E>(&self, look: &Look, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shard = self.shard(look.key).lock();
        let known = shard.get(&look.key).copied();
        let (outcome, state) = decide(known)?;
        if look.counts {
            if known.is_none() && shard.len() >= self.max_keys_in_shard {
                self.make_room(&mut shard, state);
            }
            shard.insert(look.key, state);
        }
        Ok(outcome)
    }
}

impl ShrinkableKeyedStateStore<Look> for BoundedStore {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in &self.shards {
            shard.lock().retain(|_, state| *state > drop_below);
        }
    }

    fn shrink_to_fit(&self) {
        for shard in &self.shards {
            shard.lock().shrink_to_fit();
        }
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

const _: () = assert!(SHARDS.is_power_of_two() && SHARDS > 1);
