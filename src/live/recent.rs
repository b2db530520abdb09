//! The newest events in memory, by version and by id.

use std::collections::{HashMap, VecDeque};

use event_store::{EventId, Recorded, UnixMs, Version};
use projections::{Applied, Changes, Pool};

/// The most ids that a retry is known by, about 16 MB: two minutes of Reddit's best five minutes of
/// 2022 (1 896 placements a second). An older retry is still known to the log itself.
const MAX_RECENT_IDS: usize = 1 << 18;

/// The newest events: for catch-ups, for retries and for whoever reads the log's end.
#[derive(Debug)]
pub struct Recent {
    pool: Pool,
    ids: HashMap<EventId, (Version, UnixMs)>,
    order: VecDeque<EventId>,
}

impl Recent {
    /// No event yet; the next one comes right after `version`.
    pub fn after(version: Version) -> Self {
        Self {
            pool: Pool::starting_after(version),
            ids: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Adds the next event.
    pub(super) fn record(&mut self, event: Recorded, applied: &Applied) {
        self.remember_id(&event);
        self.pool.push(event, applied);
    }

    /// Remembers an event by its id alone.
    pub(super) fn remember_id(&mut self, event: &Recorded) {
        if self.order.len() == MAX_RECENT_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        self.order.push_back(event.id);
        self.ids.insert(event.id, (event.version, event.at));
    }

    /// The version and time of the event with this id, when it is recent.
    pub fn position_of(&self, id: EventId) -> Option<(Version, UnixMs)> {
        self.ids.get(&id).copied()
    }

    /// The event of a version, when it is recent.
    pub fn event_at(&self, version: Version) -> Option<Recorded> {
        let before = Version(version.0.checked_sub(1)?);
        self.events_after(before, 1)?.pop()
    }

    /// The events after `version`, at most `limit`; none when some of them are no longer here.
    pub fn events_after(&self, version: Version, limit: usize) -> Option<Vec<Recorded>> {
        self.pool.events_after(version, limit)
    }

    /// The cells that changed after `version`; none when that is no longer known, or when more
    /// than cells has changed.
    pub fn changes_after(&self, version: Version) -> Option<Changes> {
        self.pool.changes_after(version)
    }

    /// The pool itself, for the catch-up decision.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Tells the pool how large a snapshot is now: it keeps what is cheaper than fetching one.
    pub(super) fn set_snapshot_bytes(&mut self, bytes: usize) {
        self.pool.set_snapshot_bytes(bytes);
    }
}
