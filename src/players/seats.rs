//! Who plays and who waits at one gateway. No clock, no socket: what is to be done about sockets
//! comes out as effects, in order.

use std::collections::{BTreeSet, HashMap};

use event_store::{PlayerId, UnixMs};

use super::queue::{Queue, QueueNumber};
use super::session::{LoginSessionId, PlaySession};
use super::status::{Closing, Input, PlayerStatus, Standing, Step};
use crate::live::fanout::ConnectionId;

/// How many may play, and for how long without a game action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatRules {
    /// The most seats.
    pub max_players: u32,
    /// The longest queue.
    pub max_queued: u32,
    /// How long a seat is kept after the last game action, and a place in the queue without a
    /// socket, in milliseconds.
    pub afk_after_ms: u32,
}

/// A status as its player is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The status.
    pub status: PlayerStatus,
    /// The place in the queue, from 1; 0 outside of it.
    pub position: u32,
    /// When the status ends by itself, if it does.
    pub until: Option<UnixMs>,
}

/// The report of an account that is not here.
pub const AFK: StatusReport = StatusReport {
    status: PlayerStatus::Afk,
    position: 0,
    until: None,
};

/// Something to be done about a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Tell it of a status.
    Tell(ConnectionId, StatusReport),
    /// Tell it why, and close it.
    Close(ConnectionId, Closing),
    /// No socket's: the account is afk from now on, which other gateways may want to know.
    Ended(PlayerId),
}

impl Effect {
    /// Which socket it is about, if it is about one.
    pub(super) fn socket(&self) -> Option<ConnectionId> {
        match self {
            Self::Tell(socket, _) | Self::Close(socket, _) => Some(*socket),
            Self::Ended(_) => None,
        }
    }
}

/// Why nobody sat down or queued up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlayRefusal {
    /// The player is banned.
    #[error("player is banned")]
    Banned {
        /// When the ban ends; none for one that lasts until it is lifted.
        until: Option<UnixMs>,
        /// Why, as the moderator put it; may be empty.
        reason: String,
    },
    /// A newer session of the account plays or waits.
    #[error("a newer session of this account is playing; refresh the token, then play")]
    Superseded,
    /// The queue is as long as it may get.
    #[error("the queue is full; try again in a moment")]
    QueueFull,
}

#[derive(Debug, Default)]
struct Account {
    standing: Standing,
    connection: Option<ConnectionId>,
    number: QueueNumber,
    /// The sign-in that asked to play last.
    login_session: Option<LoginSessionId>,
    /// The position that was told last.
    told_position: u32,
    /// When the account came here, on the clock that the gateways share.
    stamp: u64,
    /// The entry in `deadlines`. It may be earlier than the true deadline, never later.
    alarm: Option<UnixMs>,
}

/// The accounts of a gateway that play or wait.
#[derive(Debug)]
pub(super) struct Seats {
    rules: SeatRules,
    capacity: u32,
    accounts: HashMap<PlayerId, Account>,
    playing: u32,
    queue: Queue,
    deadlines: BTreeSet<(UnixMs, PlayerId)>,
    positions_changed: bool,
    effects: Vec<Effect>,
}

impl Seats {
    pub(super) fn new(rules: SeatRules) -> Self {
        Self {
            rules,
            capacity: rules.max_players,
            accounts: HashMap::new(),
            playing: 0,
            queue: Queue::default(),
            deadlines: BTreeSet::new(),
            positions_changed: false,
            effects: Vec::new(),
        }
    }

    /// How many play.
    pub(super) fn playing(&self) -> u32 {
        self.playing
    }

    /// How many wait.
    pub(super) fn queued(&self) -> u32 {
        u32::try_from(self.queue.len()).unwrap_or(u32::MAX)
    }

    /// Those who play or wait.
    pub(super) fn players(&self) -> impl Iterator<Item = (PlayerId, &Standing)> {
        self.accounts
            .iter()
            .map(|(player, account)| (*player, &account.standing))
    }

    /// Where an account stands.
    pub(super) fn standing(&self, player: PlayerId) -> Standing {
        let account = self.accounts.get(&player);
        account.map_or(Standing::Afk, |account| account.standing)
    }

    /// What an account is told of itself.
    pub(super) fn report(&self, player: PlayerId) -> StatusReport {
        let Some(account) = self.accounts.get(&player) else {
            return AFK;
        };
        let status = account.standing.status();
        StatusReport {
            status,
            position: match status {
                PlayerStatus::Queued => self.queue.position(account.number),
                PlayerStatus::Afk | PlayerStatus::Playing => 0,
            },
            until: account
                .standing
                .presence()
                .and_then(|presence| presence.until),
        }
    }

    /// When the account came here, on the clock that the gateways share; 0 when it is not here.
    pub(super) fn stamp(&self, player: PlayerId) -> u64 {
        self.accounts
            .get(&player)
            .map_or(0, |account| account.stamp)
    }

    /// Notes when an account that is here came.
    pub(super) fn set_stamp(&mut self, player: PlayerId, stamp: u64) {
        if let Some(account) = self.accounts.get_mut(&player) {
            account.stamp = stamp;
        }
    }

    /// An account presses Play.
    ///
    /// # Errors
    /// [`PlayRefusal`]; nothing changes.
    pub(super) fn play(
        &mut self,
        player: PlayerId,
        session: PlaySession,
        now: UnixMs,
    ) -> Result<StatusReport, PlayRefusal> {
        let PlaySession {
            number: session,
            login_session,
        } = session;
        let input = match self.standing(player).presence() {
            Some(presence) if session < presence.session => return Err(PlayRefusal::Superseded),
            Some(presence) if session > presence.session => Input::NewSession { session },
            Some(_) => Input::Play {
                session,
                seat_is_free: false,
            },
            None => {
                let seat_is_free = self.queue.len() == 0 && self.playing < self.capacity;
                if !seat_is_free && self.queued() >= self.rules.max_queued {
                    return Err(PlayRefusal::QueueFull);
                }
                Input::Play {
                    session,
                    seat_is_free,
                }
            }
        };
        self.apply(player, input, now);
        if let Some(account) = self.accounts.get_mut(&player) {
            account.login_session = Some(login_session);
        }
        Ok(self.report(player))
    }

    /// An account that has a seat at another gateway comes here, however full it is: the seat comes
    /// along.
    pub(super) fn seat_owed(&mut self, player: PlayerId, session: PlaySession, now: UnixMs) {
        let input = Input::Play {
            session: session.number,
            seat_is_free: true,
        };
        self.apply(player, input, now);
        if let Some(account) = self.accounts.get_mut(&player) {
            account.login_session = Some(session.login_session);
        }
    }

    /// A socket was opened with a ticket that `session` got.
    pub(super) fn socket_opened(
        &mut self,
        player: PlayerId,
        session: PlaySession,
        connection: ConnectionId,
        now: UnixMs,
    ) {
        let PlaySession {
            number: session,
            login_session,
        } = session;
        let presence = self.standing(player).presence();
        if presence.is_some_and(|presence| session < presence.session) {
            let close = Effect::Close(connection, Closing::TakenOver);
            return self.effects.push(close);
        }
        if presence.is_none() {
            // Too late: the seat is over.
            let close = Effect::Close(connection, Closing::Over);
            return self.effects.push(close);
        }
        let account = self.accounts.entry(player).or_default();
        account.login_session = Some(login_session);
        let older = account.connection.replace(connection);
        let step =
            account
                .standing
                .step(Input::SocketBack { session }, now, self.rules.afk_after_ms);
        if let (Some(older), Some(why)) = (older, step.close) {
            self.effects.push(Effect::Close(older, why));
        }
        self.enter(player, step, now);
    }

    /// A socket is gone.
    pub(super) fn socket_closed(
        &mut self,
        player: PlayerId,
        connection: ConnectionId,
        now: UnixMs,
    ) {
        let Some(account) = self.accounts.get_mut(&player) else {
            return;
        };
        // An older one, of which the account is not in need any more.
        if account.connection != Some(connection) {
            return;
        }
        account.connection = None;
        self.apply(player, Input::SocketLost, now);
    }

    /// Something else happened to an account.
    pub(super) fn apply(&mut self, player: PlayerId, input: Input, now: UnixMs) {
        let account = self.accounts.get_mut(&player);
        let standing = account
            .as_ref()
            .map_or(Standing::Afk, |known| known.standing);
        let step = standing.step(input, now, self.rules.afk_after_ms);
        if let Some(account) = account
            && let Some(connection) = account.connection
            && let Some(why) = step.close
        {
            account.connection = None;
            self.effects.push(Effect::Close(connection, why));
        }
        self.enter(player, step, now);
    }

    /// Ends the seats, and places in the queue, of sign-ins that `is_over` names.
    pub(super) fn end_sessions(&mut self, is_over: impl Fn(LoginSessionId) -> bool, now: UnixMs) {
        let over: Vec<PlayerId> = self
            .accounts
            .iter()
            .filter(|(_, account)| account.login_session.is_some_and(&is_over))
            .map(|(player, _)| *player)
            .collect();
        for player in over {
            self.apply(player, Input::Leave, now);
        }
    }

    /// There are `capacity` seats from now on, at most as many as the rules allow. Nobody loses
    /// one.
    pub(super) fn set_capacity(&mut self, capacity: u32, now: UnixMs) {
        self.capacity = capacity.min(self.rules.max_players);
        self.fill_seats(Input::CapacityChanged { seat_is_free: true }, now);
    }

    /// When the next deadline comes, if not earlier than it is thought.
    pub(super) fn next_deadline(&self) -> Option<UnixMs> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Ends what is over at `now`, after looking at `most` accounts at most; gives the deadlines of
    /// those who became afk.
    pub(super) fn pass_deadlines(&mut self, now: UnixMs, most: usize) -> Vec<UnixMs> {
        let mut ended = Vec::new();
        for _ in 0..most {
            let Some((at, player)) = self.deadlines.first().copied() else {
                break;
            };
            if at > now {
                break;
            }
            self.deadlines.pop_first();
            if let Some(account) = self.accounts.get_mut(&player) {
                account.alarm = None;
            }
            self.apply(player, Input::Deadline, now);
            if !self.accounts.contains_key(&player) {
                ended.push(at);
            }
        }
        ended
    }

    /// Tells everybody in the queue whose position has changed since it was told.
    pub(super) fn tell_positions(&mut self) {
        self.positions_changed = false;
        for (position, player) in self.queue.positions() {
            let Some(account) = self.accounts.get_mut(&player) else {
                continue;
            };
            if account.told_position == position {
                continue;
            }
            account.told_position = position;
            if let Some(connection) = account.connection {
                let until = account.standing.presence().and_then(|known| known.until);
                let report = StatusReport {
                    status: PlayerStatus::Queued,
                    position,
                    until,
                };
                self.effects.push(Effect::Tell(connection, report));
            }
        }
    }

    /// Whether somebody's position in the queue has changed and was not told.
    pub(super) fn positions_changed(&self) -> bool {
        self.positions_changed
    }

    /// What is to be done about sockets since the last call, in order.
    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Books a step: the queue, the seats, the alarm, and what the socket is told.
    fn enter(&mut self, player: PlayerId, step: Step, now: UnixMs) {
        let account = self.accounts.entry(player).or_default();
        let (before, after) = (account.standing.status(), step.next.status());
        account.standing = step.next;
        if before == PlayerStatus::Queued && after != PlayerStatus::Queued {
            self.queue.remove(account.number);
            self.positions_changed = true;
        }
        if before != PlayerStatus::Queued && after == PlayerStatus::Queued {
            account.number = self.queue.push(player);
            account.told_position = u32::try_from(self.queue.len()).unwrap_or(u32::MAX);
        }
        self.playing += u32::from(after == PlayerStatus::Playing);
        self.playing -= u32::from(before == PlayerStatus::Playing);
        self.set_alarm(player);
        if step.tell {
            self.tell(player);
        }
        if after == PlayerStatus::Afk {
            self.forget(player, before);
        }
        if before == PlayerStatus::Playing && after != PlayerStatus::Playing {
            self.fill_seats(Input::SeatFree, now);
        }
    }

    fn tell(&mut self, player: PlayerId) {
        let report = self.report(player);
        if let Some(account) = self.accounts.get_mut(&player) {
            account.told_position = report.position;
            if let Some(connection) = account.connection {
                self.effects.push(Effect::Tell(connection, report));
            }
        }
    }

    fn forget(&mut self, player: PlayerId, before: PlayerStatus) {
        if let Some(account) = self.accounts.remove(&player)
            && let Some(alarm) = account.alarm
        {
            self.deadlines.remove(&(alarm, player));
        }
        if before != PlayerStatus::Afk {
            self.effects.push(Effect::Ended(player));
        }
    }

    /// Sets the alarm for a deadline that has come closer. One that has moved away is found out
    /// about when the alarm rings, so that a game action costs nothing here.
    fn set_alarm(&mut self, player: PlayerId) {
        let Some(account) = self.accounts.get_mut(&player) else {
            return;
        };
        let until = account.standing.presence().and_then(|known| known.until);
        let Some(until) = until else {
            return;
        };
        if account.alarm.is_some_and(|alarm| alarm <= until) {
            return;
        }
        if let Some(alarm) = account.alarm.replace(until) {
            self.deadlines.remove(&(alarm, player));
        }
        self.deadlines.insert((until, player));
    }

    /// Gives free seats to those who wait, which is what `why` is about.
    fn fill_seats(&mut self, why: Input, now: UnixMs) {
        while self.playing < self.capacity
            && let Some(player) = self.queue.first()
        {
            self.apply(player, why, now);
        }
    }
}

#[cfg(test)]
#[path = "seats_tests.rs"]
mod tests;
