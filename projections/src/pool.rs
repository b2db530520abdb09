//! The recent events, in memory.

use std::collections::VecDeque;

use event_store::event::PlacementMade;
use event_store::{
    Cell, Event, EventId, PaletteIndex, PlayerId, Recorded, RoundId, UnixMs, Version,
};

use crate::canvas::Applied;
use crate::delta::Changes;
use crate::grid::CellChange;

/// The pool holds at least this many events before it drops one, about 0.5 MB.
pub const MIN_POOL_EVENTS: usize = 10_000;

/// The pool never holds more events than this, about 56 MB.
pub const MAX_POOL_EVENTS: usize = 1_000_000;

/// The pool never holds more cells of erased and restored regions than this, about 32 MB.
pub const MAX_POOL_AREA_CELLS: usize = 4_000_000;

/// How long an event stays at least while there is room: a reader who was away this long gets a
/// delta. It is the time after which a player's seat is given up (2 minutes, the default of the
/// server).
const KEEP_MS: i64 = 120_000;

/// What an event adds to a delta, roughly, in bytes: a delta of more events than a snapshot has of
/// these is no cheaper than the snapshot.
const DELTA_BYTES_PER_EVENT: usize = 4;

const _: () = assert!(MIN_POOL_EVENTS <= MAX_POOL_EVENTS);

/// The newest events of a log and the cells that each changed, consecutive, bounded.
///
/// An old event is dropped when the pool holds more than a delta is worth (see
/// [`Pool::set_snapshot_bytes`]) and the event is older than 2 minutes by the newest event's time;
/// and always at [`MAX_POOL_EVENTS`] and [`MAX_POOL_AREA_CELLS`]. So the pool grows with the rate
/// of events.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The version before the oldest event held.
    after: Version,
    entries: VecDeque<Entry>,
    area_cells: usize,
    worth_events: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    at: UnixMs,
    id: EventId,
    body: Body,
}

/// A placement takes no allocation, and 48 bytes with its entry; all else is rare.
#[derive(Clone, Debug)]
enum Body {
    Placement {
        player: PlayerId,
        round: RoundId,
        cell: Cell,
        color: PaletteIndex,
        /// The place by rows; none when the placement changed nothing.
        index: Option<u32>,
    },
    Other(Box<Other>),
}

#[derive(Clone, Debug)]
struct Other {
    event: Event,
    changes: Vec<CellChange>,
    breaks_deltas: bool,
}

impl Pool {
    /// An empty pool that goes on from `version`: the first event pushed is the one after it.
    pub fn starting_after(version: Version) -> Self {
        Self {
            after: version,
            entries: VecDeque::new(),
            area_cells: 0,
            worth_events: MIN_POOL_EVENTS,
        }
    }

    /// Adapts the pool to the size of a compressed snapshot: it then holds at least as many events
    /// as make a delta of that size.
    pub fn set_snapshot_bytes(&mut self, bytes: usize) {
        let events = bytes / DELTA_BYTES_PER_EVENT;
        self.worth_events = events.clamp(MIN_POOL_EVENTS, MAX_POOL_EVENTS);
    }

    /// Adds the next event, with what applying it changed, and drops what is no longer needed.
    ///
    /// An event that does not follow the newest one begins the pool anew: what is held is always
    /// consecutive.
    pub fn push(&mut self, recorded: Recorded, applied: &Applied) {
        if recorded.version != Version(self.head().0.saturating_add(1)) {
            self.entries.clear();
            self.area_cells = 0;
            self.after = Version(recorded.version.0.saturating_sub(1));
        }
        let now = recorded.at;
        let entry = Entry::of(recorded, applied);
        self.area_cells += entry.area_cells();
        self.entries.push_back(entry);
        while self.has_superfluous(now) {
            self.drop_oldest();
        }
    }

    fn has_superfluous(&self, now: UnixMs) -> bool {
        let is_full = self.entries.len() > MAX_POOL_EVENTS || self.area_cells > MAX_POOL_AREA_CELLS;
        let is_old = |oldest: &Entry| now.ms_since(oldest.at) > KEEP_MS;
        let is_worthless =
            self.entries.len() > self.worth_events && self.entries.front().is_some_and(is_old);
        is_full || is_worthless
    }

    fn drop_oldest(&mut self) {
        if let Some(dropped) = self.entries.pop_front() {
            self.area_cells -= dropped.area_cells();
            self.after = self.after.next();
        }
    }

    /// The version of the newest event held, or the one that the pool goes on from.
    pub fn head(&self) -> Version {
        self.after.plus(self.entries.len() as u64)
    }

    /// The oldest version whose followers are all held.
    pub fn tail(&self) -> Version {
        self.after
    }

    /// How many events are held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no event is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The events after `version`, oldest first, at most `limit`; `None` when some are no longer
    /// held. Empty for the newest version and later ones.
    pub fn events_after(&self, version: Version, limit: usize) -> Option<Vec<Recorded>> {
        let first = self.place_after(version)?;
        let numbers = (version.0.saturating_add(1)..).map(Version);
        let entries = self.entries.range(first..).take(limit);
        Some(
            numbers
                .zip(entries)
                .map(|(version, entry)| entry.recorded(version))
                .collect(),
        )
    }

    /// The cells that changed after `version`, up to the newest event. `None` when some events are
    /// no longer held, or one among them changed the canvas's shape or palette, or began a round.
    pub fn changes_after(&self, version: Version) -> Option<Changes> {
        let first = self.place_after(version)?;
        let mut writes = Vec::with_capacity(self.entries.len() - first);
        for entry in self.entries.range(first..) {
            match &entry.body {
                Body::Placement { index, color, .. } => {
                    writes.extend(index.map(|index| CellChange {
                        index,
                        color: *color,
                    }));
                }
                Body::Other(other) if other.breaks_deltas => return None,
                Body::Other(other) => writes.extend_from_slice(&other.changes),
            }
        }
        Some(Changes::coalesce(writes))
    }

    /// Where the followers of `version` begin.
    fn place_after(&self, version: Version) -> Option<usize> {
        let place = version.0.checked_sub(self.after.0)?;
        Some(
            usize::try_from(place)
                .unwrap_or(usize::MAX)
                .min(self.entries.len()),
        )
    }
}

impl Entry {
    fn of(recorded: Recorded, applied: &Applied) -> Self {
        let body = match recorded.event {
            Event::PlacementMade(made) => Body::Placement {
                player: made.player,
                round: made.round,
                cell: made.cell,
                color: made.color,
                index: applied.cells().first().map(|change| change.index),
            },
            event @ (Event::PlacementUndone(_)
            | Event::RoundOpened(_)
            | Event::RoundClosed(_)
            | Event::CanvasExpanded(_)
            | Event::PaletteExtended(_)
            | Event::CooldownChanged(_)
            | Event::RegionErased(_)
            | Event::CellsRestored(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_)) => Body::Other(Box::new(Other {
                event,
                changes: applied.cells().to_vec(),
                breaks_deltas: applied.breaks_deltas(),
            })),
        };
        Self {
            at: recorded.at,
            id: recorded.id,
            body,
        }
    }

    fn area_cells(&self) -> usize {
        match &self.body {
            Body::Placement { .. } => 0,
            Body::Other(other) => other.changes.len(),
        }
    }

    fn recorded(&self, version: Version) -> Recorded {
        let event = match &self.body {
            Body::Placement {
                player,
                round,
                cell,
                color,
                ..
            } => Event::PlacementMade(PlacementMade {
                round: *round,
                player: *player,
                cell: *cell,
                color: *color,
            }),
            Body::Other(other) => other.event.clone(),
        };
        Recorded {
            version,
            at: self.at,
            id: self.id,
            event,
        }
    }
}
