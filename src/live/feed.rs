//! Telling the sockets what changed, in ticks.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use event_store::{PlayerId, RoundId, Version};
use parking_lot::Mutex;
use projections::Delta;
use tokio_util::sync::CancellationToken;

use super::fanout::{AdoptError, ConnectionId, Fanout, Frame, NewSocket};
use super::{LiveCanvas, frames, online::Online};
use crate::limits::ConnectionGuard;

/// How often the number of people online is told, when it changed.
const ONLINE_EVERY: Duration = Duration::from_secs(2);

/// The bounds of the time between two ticks.
#[derive(Clone, Copy, Debug)]
pub struct TickLimits {
    /// The least time: a lone placement goes out at once, the next one not before this.
    pub min: Duration,
    /// The longest time.
    pub max: Duration,
}

/// The sockets of a canvas and what they were told.
pub struct Feed {
    fanout: Box<dyn Fanout>,
    tick: TickLimits,
    told: Mutex<Told>,
}

/// What every adopted socket has been told, or will be by what is queued for it. The lock around it
/// makes adopting and telling one order: a socket's first frame says where its deltas begin.
#[derive(Default)]
struct Told {
    version: Version,
    /// Whose each socket is, with its place among the connections of its client.
    players: HashMap<ConnectionId, (PlayerId, ConnectionGuard)>,
    online: Online,
}

impl Feed {
    pub(super) fn new(fanout: Box<dyn Fanout>, tick: TickLimits) -> Self {
        Self {
            fanout,
            tick,
            told: Mutex::new(Told::default()),
        }
    }

    /// The version that the first delta begins at.
    pub(super) fn stand_at(&self, version: Version) {
        self.told.lock().version = version;
    }

    /// What writes to the sockets.
    pub fn fanout(&self) -> &dyn Fanout {
        &*self.fanout
    }

    /// Takes over a player's socket: it gets a hello, then every delta from there on.
    ///
    /// # Errors
    /// [`AdoptError`]; the socket is closed.
    pub fn adopt(
        &self,
        socket: NewSocket,
        player: PlayerId,
        place: ConnectionGuard,
        round: Option<RoundId>,
    ) -> Result<ConnectionId, AdoptError> {
        let mut told = self.told.lock();
        let hello = Frame::binary(&frames::hello(round, told.version));
        let id = self.fanout.adopt(socket, hello)?;
        told.players.insert(id, (player, place));
        Ok(id)
    }

    /// Tells all sockets everything up to the canvas's version, and returns how long to wait before
    /// the next time.
    fn flush(&self, live: &LiveCanvas) -> Duration {
        let mut told = self.told.lock();
        let after = told.version;
        let (to, reshaped, info_changed, changes) = live.read(|state| {
            let to = state.canvas.version();
            let reshaped = state.reshaped_at > after;
            let info_changed = state.info_changed_at > after;
            let changes = (!reshaped)
                .then(|| state.recent.changes_after(after))
                .flatten();
            (to, reshaped, info_changed, changes)
        });
        if to == after {
            return self.tick.min;
        }
        let resync = Frame::binary(&frames::resync(to));
        if info_changed {
            drop(told);
            let info = frames::round(&live.info());
            told = self.told.lock();
            self.fanout.broadcast(Frame::binary(&info), resync.clone());
        }
        let frame = match changes {
            Some(changes) => {
                let bin = changes.encode();
                frames::delta(&Delta { after, to, bin })
            }
            // After a reshape clients start anew; a burst longer than the pool is caught up with.
            None => frames::resync(to),
        };
        if !(reshaped && info_changed) {
            metrics::histogram!("canvas_tick_bytes").record(frame.len() as f64);
            self.fanout.broadcast(Frame::binary(&frame), resync);
        }
        told.version = to;
        drop(told);
        (2 * self.fanout.stats().last_pass).clamp(self.tick.min, self.tick.max)
    }

    /// Whether the socket is open, or its end was not swept yet.
    pub fn has(&self, connection: ConnectionId) -> bool {
        self.told.lock().players.contains_key(&connection)
    }

    /// Forgets the sockets that have gone, and says whose they were.
    pub fn sweep(&self) -> Vec<(PlayerId, ConnectionId)> {
        let ended = self.fanout.take_ended();
        let mut told = self.told.lock();
        let mut gone = Vec::with_capacity(ended.len());
        for end in ended {
            let ended = told.players.remove(&end.id);
            gone.extend(ended.map(|(player, _)| (player, end.id)));
            let reason = end.reason.name();
            metrics::counter!("canvas_connections_ended_total", "reason" => reason).increment(1);
        }
        gone
    }

    fn tell_online(&self, online: Online) {
        let mut told = self.told.lock();
        if told.online == online {
            return;
        }
        told.online = online;
        let resync = Frame::binary(&frames::resync(told.version));
        self.fanout
            .broadcast(Frame::binary(&frames::online(online)), resync);
    }
}

impl LiveCanvas {
    /// Tells the sockets of every change, until cancelled: at once after a quiet time, else at the
    /// pace that the last pass over all sockets allows.
    pub async fn tick(&self, cancelled: CancellationToken) {
        let mut versions = self.versions();
        let mut next = Instant::now();
        let mut online = tokio::time::interval(ONLINE_EVERY);
        loop {
            tokio::select! {
                () = cancelled.cancelled() => return,
                changed = versions.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    tokio::time::sleep_until(next.into()).await;
                    versions.mark_unchanged();
                    next = Instant::now() + self.feed.flush(self);
                }
                _ = online.tick() => {
                    self.feed.tell_online(self.online());
                    self.report().await;
                }
            }
        }
    }

    async fn report(&self) {
        // A log that does not answer is told of by those who need it.
        if let Ok(last) = self.store.last().await {
            let lag = last.events_since(self.version());
            metrics::gauge!("canvas_lag_events").set(lag as f64);
        }
        let online = self.online();
        metrics::gauge!("canvas_players", "status" => "playing").set(f64::from(online.players));
        metrics::gauge!("canvas_players", "status" => "queued").set(f64::from(online.queued));
        let stats = self.feed.fanout.stats();
        metrics::gauge!("canvas_connections").set(stats.connections as f64);
        metrics::gauge!("canvas_connections_blocked").set(stats.blocked as f64);
        metrics::counter!("canvas_frames_written_total").absolute(stats.frames);
        metrics::counter!("canvas_frame_bytes_total").absolute(stats.bytes);
        metrics::counter!("canvas_resyncs_total").absolute(stats.resyncs);
        metrics::gauge!("canvas_tick_pass_seconds").set(stats.last_pass.as_secs_f64());
    }
}
