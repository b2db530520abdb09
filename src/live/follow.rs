//! Folding the log, from the start of the process on.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use event_store::{CanvasSlug, EventStore, Recorded, SubscribeError, Version};
use object_store::ObjectStore;
use parking_lot::RwLock;
use projections::boot;
use projections::canvas::UndoWindow;
use projections::{Applied, CheckpointStore, OutOfOrder, SnapshotStore};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::fanout::Fanout;
use super::feed::{Feed, TickLimits};
use super::info::LimitsInfo;
use super::online::Audience;
use super::published::PublishedSnapshots;
use super::waiters::Waiters;
use super::{LiveCanvas, Recent, State};
use crate::placements::UNDO_WINDOW_MS;

/// How many events before the log's end a starting gateway begins to fold, so that it can serve
/// catch-ups and know retries right away.
pub const WARM_UP_EVENTS: u64 = 16_384;

/// Of how many events before the canvas that it begins with a starting gateway knows the ids: half
/// a minute of Reddit's best five minutes of 2022 (1 896 placements a second). A client sends again
/// what it has no answer to, and that may stand right before a checkpoint.
const KNOWN_RETRIES: u64 = 1 << 16;

/// Why a canvas could not be started.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The canvas could not be folded up to the log's end.
    #[error("could not fold the log")]
    Fold(#[from] boot::BootError),
    /// The log could not be reached.
    #[error("could not read the log")]
    Log(#[from] event_store::ReadError),
}

/// Why following the log ended.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The log cannot be read any further.
    #[error("could not follow the log")]
    Log(#[from] SubscribeError),
    /// The log gave an event out of order: a fault of the engine.
    #[error("log gave events out of order")]
    OutOfOrder(#[from] OutOfOrder),
}

/// What a live canvas stands on.
pub struct Parts {
    /// The canvas's slug.
    pub slug: CanvasSlug,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// Where snapshots and checkpoints are.
    pub blobs: Arc<dyn ObjectStore>,
    /// What writes to the sockets.
    pub fanout: Box<dyn Fanout>,
    /// Bounds of the time between two ticks.
    pub tick: TickLimits,
    /// What one request may ask for.
    pub limits: LimitsInfo,
}

impl LiveCanvas {
    /// Folds the log up to its end, from the newest checkpoint that leaves some events to warm up
    /// with.
    ///
    /// # Errors
    /// [`BootError`]
    pub async fn start(parts: Parts) -> Result<Self, BootError> {
        let snapshots = SnapshotStore::new(Arc::clone(&parts.blobs), &parts.slug);
        let checkpoints = CheckpointStore::new(parts.blobs, &parts.slug);
        let canvas = boot::load(&*parts.store, &checkpoints, WARM_UP_EVENTS).await?;
        let version = canvas.version();
        let state = State {
            undo: UndoWindow::new(UNDO_WINDOW_MS),
            recent: Recent::after(version),
            behaviour: None,
            reshaped_at: version,
            info_changed_at: version,
            canvas,
        };
        let live = Self {
            slug: parts.slug,
            store: parts.store,
            snapshots,
            checkpoints,
            published: PublishedSnapshots::default(),
            limits: parts.limits,
            state: RwLock::new(state),
            applied: watch::Sender::new(version),
            waiters: Waiters::default(),
            feed: Feed::new(parts.fanout, parts.tick),
            watching: Audience::default(),
            playing: AtomicU32::new(0),
            queued: AtomicU32::new(0),
            bans_changed: Notify::new(),
        };
        live.remember_ids().await?;
        live.fold_to_end().await?;
        live.feed.stand_at(live.version());
        Ok(live)
    }

    /// Remembers the ids of the events that the canvas begins with and that may be sent again.
    async fn remember_ids(&self) -> Result<(), event_store::ReadError> {
        let end = self.version().next();
        let mut from = Version(end.0.saturating_sub(KNOWN_RETRIES));
        while from < end {
            let events = self.store.read(from, event_store::MAX_READ_EVENTS).await?;
            let mut state = self.state.write();
            for event in events.iter().filter(|event| event.version < end) {
                state.recent.remember_id(event);
            }
            from = events.last().map_or(end, |last| last.version.next());
        }
        Ok(())
    }

    async fn fold_to_end(&self) -> Result<(), BootError> {
        let last = self.store.last().await?;
        while self.version() < last {
            let from = self.version().next();
            let events = self.store.read(from, event_store::MAX_READ_EVENTS).await?;
            if events.is_empty() {
                break;
            }
            self.apply(events).map_err(boot::BootError::OutOfOrder)?;
        }
        Ok(())
    }

    /// Follows the log until cancelled.
    ///
    /// # Errors
    /// [`FollowError`]: the canvas no longer moves, and the process should end.
    pub async fn follow(&self, cancelled: CancellationToken) -> Result<(), FollowError> {
        let mut subscription = self.store.subscribe(self.version().next()).await?;
        loop {
            let events = tokio::select! {
                () = cancelled.cancelled() => return Ok(()),
                events = subscription.next() => events?,
            };
            self.apply(events)?;
        }
    }

    /// Folds events in and tells those who wait for versions.
    fn apply(&self, events: Vec<Recorded>) -> Result<(), OutOfOrder> {
        let Some(newest) = events.last().map(|event| event.version) else {
            return Ok(());
        };
        let count = events.len() as u64;
        let mut is_ban = false;
        {
            let mut state = self.state.write();
            for event in events {
                is_ban |= matches!(state.apply(event)?, Applied::BanChanged);
            }
        }
        if is_ban {
            self.bans_changed.notify_one();
        }
        metrics::counter!("canvas_events_applied_total").increment(count);
        metrics::gauge!("canvas_version").set(newest.0 as f64);
        self.applied.send_replace(newest);
        self.waiters.reached(newest);
        Ok(())
    }
}

impl State {
    fn apply(&mut self, event: Recorded) -> Result<Applied, OutOfOrder> {
        let version = event.version;
        let applied = self.canvas.apply(version, event.at, &event.event)?;
        self.undo.record(version, event.at, &event.event, &applied);
        if applied.breaks_deltas() {
            self.reshaped_at = version;
        }
        if changes_info(&applied) {
            self.info_changed_at = version;
        }
        if let Some(behaviour) = &mut self.behaviour {
            behaviour.record(event.at, &event.event, &applied);
        }
        self.recent.record(event, &applied);
        Ok(applied)
    }
}

/// Whether clients are told of an event by a `Round` frame.
fn changes_info(applied: &Applied) -> bool {
    match applied {
        Applied::RoundOpened
        | Applied::RoundClosed
        | Applied::Expanded
        | Applied::PaletteExtended
        | Applied::CooldownChanged
        | Applied::LockChanged
        | Applied::ProtectionChanged
        | Applied::Announced => true,
        Applied::Ignored
        | Applied::Placed { .. }
        | Applied::Undone { .. }
        | Applied::Repainted(_)
        | Applied::BanChanged => false,
    }
}
