//! What a gateway does about accounts that sit at another one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use event_store::{PlayerId, UnixMs};
use parking_lot::Mutex;

use super::neighbours::{GatewayId, Message, Neighbours};
use super::seats::{PlayRefusal, Seats, StatusReport};
use super::status::{Input, PlayerStatus};
use super::{PlaySession, SeatKeeper, SessionNumber};

/// The most seats at other gateways that are remembered. Beyond it all are forgotten and asked for
/// again.
const MAX_REMEMBERED: usize = 100_000;

/// Seats at other gateways, of players who do something at this one. Each is remembered as long as
/// it lasted when its gateway was asked, and then asked for again: this gateway never keeps a seat
/// on by itself.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    seats: Mutex<HashMap<PlayerId, (GatewayId, UnixMs)>>,
    /// Counts what was forgotten: an answer that was on its way meanwhile may be old.
    forgotten: AtomicU64,
}

impl Elsewhere {
    /// Remembers an answer, unless something was forgotten since `forgotten` was read.
    fn remember(&self, player: PlayerId, at: GatewayId, until: UnixMs, forgotten: u64) {
        let mut known = self.seats.lock();
        if self.forgotten.load(Ordering::Acquire) != forgotten {
            return;
        }
        if known.len() >= MAX_REMEMBERED {
            known.clear();
        }
        known.insert(player, (at, until));
    }

    fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// Until when a player sits elsewhere, as far as is known.
    fn until(&self, player: PlayerId, now: UnixMs) -> Option<UnixMs> {
        let known = self.seats.lock().get(&player).copied();
        known.map(|(_, until)| until).filter(|until| now < *until)
    }

    /// Forgets the player's seat; only if it was at gateway `at`, when that is given.
    fn forget(&self, player: PlayerId, at: Option<GatewayId>) {
        let mut known = self.seats.lock();
        self.forgotten.fetch_add(1, Ordering::Release);
        let is_there = known
            .get(&player)
            .is_some_and(|(seat, _)| at.is_none_or(|at| at == *seat));
        if is_there {
            known.remove(&player);
        }
    }

    fn forget_all_at(&self, gone: GatewayId) {
        let mut known = self.seats.lock();
        self.forgotten.fetch_add(1, Ordering::Release);
        known.retain(|_, (at, _)| *at != gone);
    }
}

impl SeatKeeper {
    /// The status of a player at this gateway or, when it is none here, at another one that shares
    /// the log.
    pub async fn status_anywhere(&self, player: PlayerId, now: UnixMs) -> PlayerStatus {
        let here = self.report(player).status;
        let Some(neighbours) = self.neighbours().filter(|_| here == PlayerStatus::Afk) else {
            return here;
        };
        if self.elsewhere().until(player, now).is_some() {
            return PlayerStatus::Playing;
        }
        self.ask(neighbours, player).await.status
    }

    /// As [`play`](Self::play), and a player who has a seat at another gateway is not refused for a
    /// full queue here.
    ///
    /// # Errors
    /// [`PlayRefusal`]; nothing changes.
    pub async fn play_anywhere(
        &self,
        player: PlayerId,
        session: PlaySession,
        now: UnixMs,
    ) -> Result<StatusReport, PlayRefusal> {
        let played = self.play(player, session, now);
        let Some(neighbours) = self.neighbours() else {
            return played;
        };
        if played != Err(PlayRefusal::QueueFull)
            || self.ask(neighbours, player).await.status != PlayerStatus::Playing
        {
            return played;
        }
        Ok(self.change(|seats| {
            seats.seat_owed(player, session, now);
            self.announce(seats, player, session.number);
            seats.report(player)
        }))
    }

    /// What the player is told, of a seat or place in the queue here or at another gateway.
    pub async fn report_anywhere(&self, player: PlayerId) -> StatusReport {
        let here = self.report(player);
        match self.neighbours() {
            Some(neighbours) if here.status == PlayerStatus::Afk => {
                self.ask(neighbours, player).await
            }
            Some(_) | None => here,
        }
    }

    async fn ask(&self, neighbours: &Neighbours, player: PlayerId) -> StatusReport {
        let forgotten = self.elsewhere().forgotten();
        let Some((at, report)) = neighbours.locate(player).await else {
            return super::seats::AFK;
        };
        if let (PlayerStatus::Playing, Some(until)) = (report.status, report.until) {
            self.elsewhere().remember(player, at, until, forgotten);
        }
        report
    }

    /// A game action of a player without a seat here: whoever has the seat keeps it on. Returns
    /// until when.
    pub(super) fn acted_elsewhere(&self, player: PlayerId, now: UnixMs) -> Option<UnixMs> {
        let neighbours = self.neighbours()?;
        self.elsewhere().until(player, now)?;
        let message = Message::Acted {
            player: player.bits(),
        };
        neighbours.tell(message);
        Some(now.plus_ms(i64::from(self.rules().afk_after_ms)))
    }

    /// Tells the neighbours that an account has come here.
    pub(super) fn announce(&self, seats: &mut Seats, player: PlayerId, session: SessionNumber) {
        let Some(neighbours) = self.neighbours() else {
            return;
        };
        self.elsewhere().forget(player, None);
        let stamp = self.next_stamp(0);
        seats.set_stamp(player, stamp);
        neighbours.tell(Message::seated(player, session, stamp));
    }

    /// A neighbour said something.
    pub(super) fn hear(&self, from: GatewayId, message: &Message, now: UnixMs) {
        match *message {
            Message::Seated {
                player,
                session,
                stamp,
            } => {
                self.next_stamp(stamp);
                let came = (SessionNumber(session), stamp, from);
                self.hear_seated(PlayerId::from_bits(player), came, now);
            }
            Message::HandedOver {
                to,
                player,
                left_ms,
            } => {
                let until = now.plus_ms(left_ms);
                let input = Input::HandedOver { until };
                self.hear_for_us(to, PlayerId::from_bits(player), input, now);
            }
            Message::Kept { to, player, stamp } => {
                let player = PlayerId::from_bits(player);
                if self.stamp(player) == stamp {
                    self.hear_for_us(to, player, Input::Moved, now);
                }
            }
            Message::Acted { player } => {
                self.change(|seats| seats.apply(PlayerId::from_bits(player), Input::Acted, now));
            }
            Message::Left { player } => {
                let player = PlayerId::from_bits(player);
                self.elsewhere().forget(player, None);
                self.change(|seats| seats.apply(player, Input::Leave, now));
            }
            Message::Stopped => self.elsewhere().forget_all_at(from),
            Message::Ended { player } => {
                self.elsewhere()
                    .forget(PlayerId::from_bits(player), Some(from));
            }
        }
    }

    fn hear_for_us(&self, to: GatewayId, player: PlayerId, input: Input, now: UnixMs) {
        if self.neighbours().is_some_and(|us| us.id() == to) {
            self.change(|seats| seats.apply(player, input, now));
        }
    }

    /// An account came to a neighbour. When it is here too, the one with the newer session keeps
    /// it, then the one it came to later: both gateways come to the same answer, since a stamp is
    /// larger than all that its gateway had seen (Lamport, "Time, Clocks, and the Ordering of
    /// Events in a Distributed System", 1978).
    fn hear_seated(
        &self,
        player: PlayerId,
        (session, stamp, from): (SessionNumber, u64, GatewayId),
        now: UnixMs,
    ) {
        self.elsewhere().forget(player, None);
        let Some(neighbours) = self.neighbours() else {
            return;
        };
        self.change(|seats| {
            let standing = seats.standing(player);
            let Some(presence) = standing.presence() else {
                return;
            };
            let here = (presence.session, seats.stamp(player), neighbours.id());
            if here > (session, stamp, from) {
                neighbours.tell(Message::Kept {
                    to: from,
                    player: player.bits(),
                    stamp,
                });
                return;
            }
            if let (PlayerStatus::Playing, Some(until)) = (standing.status(), presence.until) {
                neighbours.tell(Message::HandedOver {
                    to: from,
                    player: player.bits(),
                    left_ms: until.ms_since(now),
                });
            }
            seats.apply(player, Input::Moved, now);
        });
    }
}
