//! The seats of a running gateway: what happens to accounts, told to their sockets in order.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use event_store::{PlayerId, UnixMs};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::elsewhere::Elsewhere;
use super::neighbours::{Message, Neighbours};
use super::seats::{AFK, Effect, PlayRefusal, SeatRules, Seats, StatusReport};
use super::session::{LoginSessionId, PlaySession};
use super::status::{Closing, Input, PlayerStatus};
use crate::live::LiveCanvas;
use crate::live::fanout::{CloseCode, ConnectionId, Fanout, Frame, SendError};
use crate::live::frames;

/// The least time between two tellings of positions: a queue that moves often is not told of every
/// step.
const POSITIONS_EVERY: Duration = Duration::from_secs(1);

/// How long to wait with what a socket could not be told because too much was waiting for it.
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// Deadlines that are passed before others may have the seats in between.
const DEADLINES_AT_ONCE: usize = 512;

/// The longest sleep. The clock of deadlines is the wall clock, which can be set back or forth.
const MAX_SLEEP: Duration = Duration::from_secs(60);

/// The seats of a gateway.
pub struct SeatKeeper {
    live: Arc<LiveCanvas>,
    rules: SeatRules,
    neighbours: Option<Neighbours>,
    elsewhere: Elsewhere,
    /// The clock that the gateways share.
    stamp: AtomicU64,
    inner: Mutex<Inner>,
    wake: Notify,
}

struct Inner {
    seats: Seats,
    /// What sockets are to be told, in order. At most a few for each account.
    outbox: VecDeque<Effect>,
    /// Until when the task sleeps.
    sleeps_until: Option<UnixMs>,
}

impl Inner {
    fn has_something_to_tell(&self) -> bool {
        self.seats.positions_changed() || !self.outbox.is_empty()
    }
}

impl SeatKeeper {
    /// No seat is taken yet. The neighbours are the other gateways of the same log.
    pub fn new(live: Arc<LiveCanvas>, rules: SeatRules, neighbours: Option<Neighbours>) -> Self {
        Self {
            live,
            rules,
            neighbours,
            elsewhere: Elsewhere::default(),
            stamp: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                seats: Seats::new(rules),
                outbox: VecDeque::new(),
                sleeps_until: None,
            }),
            wake: Notify::new(),
        }
    }

    /// A player asks for a seat, by a session of the account.
    ///
    /// # Errors
    /// [`PlayRefusal`]; nothing changes.
    pub fn play(
        &self,
        player: PlayerId,
        session: PlaySession,
        now: UnixMs,
    ) -> Result<StatusReport, PlayRefusal> {
        self.check_ban(player, now)?;
        let report = self.change(|seats| {
            let report = seats.play(player, session, now)?;
            self.announce(seats, player, session.number);
            Ok(report)
        })?;
        // A ban that came in between looked for the player too early.
        let banned = self.check_ban(player, now);
        if banned.is_err() {
            self.change(|seats| seats.apply(player, Input::Banned, now));
        }
        banned.map(|()| report)
    }

    fn check_ban(&self, player: PlayerId, now: UnixMs) -> Result<(), PlayRefusal> {
        self.live.read(|state| match state.canvas.ban(player, now) {
            None => Ok(()),
            Some(ban) => Err(PlayRefusal::Banned {
                until: ban.until,
                reason: ban.reason.clone(),
            }),
        })
    }

    /// A player gives the seat, or the place in the queue, up.
    pub fn leave(&self, player: PlayerId, now: UnixMs) {
        self.change(|seats| seats.apply(player, Input::Leave, now));
        if let Some(neighbours) = &self.neighbours {
            let player = player.bits();
            neighbours.tell(Message::Left { player });
        }
    }

    /// A socket was opened with a ticket that `session` of the account got.
    pub fn socket_opened(
        &self,
        player: PlayerId,
        session: PlaySession,
        connection: ConnectionId,
        now: UnixMs,
    ) {
        self.change(|seats| seats.socket_opened(player, session, connection, now));
        // It may have gone, and been swept, before its account knew of it.
        if !self.live.feed().has(connection) {
            self.change(|seats| seats.socket_closed(player, connection, now));
        }
    }

    /// Ends the seats, and places in the queue, of sign-ins that `is_over` names: for sessions that
    /// were revoked.
    pub fn end_sessions(&self, is_over: impl Fn(LoginSessionId) -> bool, now: UnixMs) {
        self.change(|seats| seats.end_sessions(is_over, now));
    }

    /// What an account is told of itself.
    pub fn report(&self, player: PlayerId) -> StatusReport {
        self.inner.lock().seats.report(player)
    }

    /// A game action of the player became durable at `now`: the seat is kept on. Returns until
    /// when, if the player still has it.
    pub fn acted(&self, player: PlayerId, now: UnixMs) -> Option<UnixMs> {
        // Nobody is told and no deadline comes closer, so this needs no more than the lock.
        let mut inner = self.inner.lock();
        inner.seats.apply(player, Input::Acted, now);
        let presence = inner.seats.standing(player).presence();
        drop(inner);
        match presence {
            Some(presence) => presence.until,
            None => self.acted_elsewhere(player, now),
        }
    }

    /// Until when the player's seat is kept; none of one who has none.
    pub fn playing_until(&self, player: PlayerId) -> Option<UnixMs> {
        let report = self.report(player);
        report
            .until
            .filter(|_| report.status == PlayerStatus::Playing)
    }

    /// There are this many seats from now on.
    pub fn set_capacity(&self, seats: u32, now: UnixMs) {
        self.change(|all| all.set_capacity(seats, now));
    }

    /// How many play.
    pub fn playing(&self) -> u32 {
        self.inner.lock().seats.playing()
    }

    /// Ends statuses when their time has come, hears of sockets that are gone and of bans, and
    /// tells the queue of its positions; until cancelled. There is one such task, whatever the
    /// number of players, and it sleeps until the earliest deadline.
    pub async fn run(&self, cancelled: CancellationToken) {
        let mut positions_at = Instant::now();
        loop {
            metrics::counter!("canvas_seat_task_turns_total").increment(1);
            let fanout = self.live.feed().fanout();
            tokio::select! {
                () = cancelled.cancelled() => break,
                () = self.wake.notified() => {}
                () = fanout.ended().notified() => self.hear_of_ended(),
                () = self.live.bans_changed().notified() => self.enforce_bans(UnixMs::now()),
                () = tokio::time::sleep(self.next_sleep(positions_at)) => {}
            }
            while self.pass_deadlines(UnixMs::now()) {
                tokio::task::yield_now().await;
            }
            if positions_at <= Instant::now() && self.tell_positions() {
                positions_at = Instant::now() + POSITIONS_EVERY;
            }
        }
        // The sockets are told by the fan-out that the server restarts.
        self.change(|seats| {
            let players: Vec<_> = seats.players().map(|(player, _)| player).collect();
            for player in players {
                seats.apply(player, Input::Shutdown, UnixMs::now());
            }
            seats.take_effects();
        });
    }

    /// Those who play or wait.
    fn players(&self) -> Vec<PlayerId> {
        let inner = self.inner.lock();
        inner.seats.players().map(|(player, _)| player).collect()
    }

    fn next_sleep(&self, positions_at: Instant) -> Duration {
        let mut inner = self.inner.lock();
        let deadline = inner.seats.next_deadline();
        inner.sleeps_until = deadline;
        let mut sleep = MAX_SLEEP;
        if let Some(at) = deadline {
            let ms = at.ms_since(UnixMs::now()).max(0).unsigned_abs();
            sleep = sleep.min(Duration::from_millis(ms));
        }
        if inner.seats.positions_changed() {
            sleep = sleep.min(positions_at.saturating_duration_since(Instant::now()));
        }
        if !inner.outbox.is_empty() {
            sleep = sleep.min(RETRY_AFTER);
        }
        sleep
    }

    fn hear_of_ended(&self) {
        let ended = self.live.feed().sweep();
        let now = UnixMs::now();
        self.change(|seats| {
            for (player, connection) in ended {
                seats.socket_closed(player, connection, now);
            }
        });
    }

    fn enforce_bans(&self, now: UnixMs) {
        // The two locks are never held at once.
        let mut players = self.players();
        self.live
            .read(|state| players.retain(|player| state.canvas.ban(*player, now).is_some()));
        self.change(|seats| {
            for player in players {
                seats.apply(player, Input::Banned, now);
            }
        });
    }

    /// Whether there may be more to do.
    fn pass_deadlines(&self, now: UnixMs) -> bool {
        self.change(|seats| {
            let ended = seats.pass_deadlines(now, DEADLINES_AT_ONCE);
            for at in &ended {
                let late_ms = UnixMs::now().ms_since(*at);
                metrics::histogram!("canvas_deadline_late_seconds").record(late_ms as f64 / 1e3);
            }
            metrics::counter!("canvas_seats_ended_total").increment(ended.len() as u64);
            seats.next_deadline().is_some_and(|at| at <= now)
        })
    }

    /// Whether there was something to tell.
    fn tell_positions(&self) -> bool {
        self.change(|seats| {
            let changed = seats.positions_changed();
            if changed {
                seats.tell_positions();
            }
            changed
        })
    }

    pub(super) fn neighbours(&self) -> Option<&Neighbours> {
        self.neighbours.as_ref()
    }

    pub(super) fn elsewhere(&self) -> &Elsewhere {
        &self.elsewhere
    }

    pub(super) fn rules(&self) -> SeatRules {
        self.rules
    }

    pub(super) fn stamp(&self, player: PlayerId) -> u64 {
        self.inner.lock().seats.stamp(player)
    }

    /// Moves the clock that the gateways share past `seen`, and reads it.
    pub(super) fn next_stamp(&self, seen: u64) -> u64 {
        let next = |now: u64| now.max(seen).saturating_add(1);
        let before = self
            .stamp
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(next(now)));
        next(before.unwrap_or_default())
    }

    /// Changes the seats and tells the sockets, as one: what two changes tell a socket arrives in
    /// the order of the changes.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Seats) -> T) -> T {
        let mut inner = self.inner.lock();
        let was_waiting = inner.has_something_to_tell();
        let changed = change(&mut inner.seats);
        let Inner {
            seats,
            outbox,
            sleeps_until,
        } = &mut *inner;
        outbox.extend(seats.take_effects());
        send_all(outbox, self.live.feed().fanout(), self.neighbours.as_ref());
        self.live.set_seats(seats.playing(), seats.queued());
        let is_earlier = match (seats.next_deadline(), *sleeps_until) {
            (Some(at), Some(known)) => at < known,
            (Some(_), None) => true,
            (None, _) => false,
        };
        // What is to be told later wakes the task once, which then sleeps until it may be told.
        if is_earlier || (inner.has_something_to_tell() && !was_waiting) {
            self.wake.notify_one();
        }
        changed
    }
}

/// Tells what can be told now. A socket that can take nothing holds up itself alone.
fn send_all(outbox: &mut VecDeque<Effect>, fanout: &dyn Fanout, neighbours: Option<&Neighbours>) {
    let mut busy = HashSet::new();
    outbox.retain(|effect| {
        let socket = effect.socket();
        if socket.is_some_and(|socket| busy.contains(&socket)) {
            return true;
        }
        match send(*effect, fanout, neighbours) {
            Err(SendError::Busy) => {
                busy.extend(socket);
                true
            }
            // A server that stops tells its sockets by itself.
            Ok(()) | Err(SendError::Stopped) => false,
        }
    });
}

fn send(
    effect: Effect,
    fanout: &dyn Fanout,
    neighbours: Option<&Neighbours>,
) -> Result<(), SendError> {
    match effect {
        Effect::Ended(player) => {
            if let Some(neighbours) = neighbours {
                let player = player.bits();
                neighbours.tell(Message::Ended { player });
            }
            Ok(())
        }
        Effect::Tell(connection, report) => fanout.send_to(connection, status_frame(report)),
        Effect::Close(connection, Closing::Over) => {
            fanout.send_to(connection, status_frame(AFK))?;
            fanout.close(connection, CloseCode::NORMAL, "afk")
        }
        Effect::Close(connection, Closing::TakenOver) => {
            let text = "you play in another window or on another device now";
            fanout.send_to(connection, notice_frame("taken_over", text))?;
            fanout.close(connection, CloseCode::TAKEN_OVER, "taken over")
        }
        Effect::Close(connection, Closing::Banned) => {
            let text = "a moderator has banned you from this canvas";
            fanout.send_to(connection, notice_frame("banned", text))?;
            fanout.send_to(connection, status_frame(AFK))?;
            fanout.close(connection, CloseCode::BANNED, "banned")
        }
    }
}

fn status_frame(report: StatusReport) -> Frame {
    let StatusReport {
        status,
        position,
        until,
    } = report;
    Frame::binary(&frames::status(status.as_str(), position, until))
}

fn notice_frame(kind: &str, text: &str) -> Frame {
    Frame::binary(&frames::notice(kind, text))
}
