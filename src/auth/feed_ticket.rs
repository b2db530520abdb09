//! Tickets for the feed. A browser cannot send an `Authorization` header with a WebSocket, and a
//! token in an address ends up in logs; so a player fetches a ticket that opens one socket, soon,
//! once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use event_store::{CanvasSlug, PlayerId, UnixMs};
use parking_lot::Mutex;

use crate::players::{GatewayId, PlaySession};

/// How long a ticket can be redeemed, in milliseconds.
pub const TICKET_TTL_MS: i64 = 30_000;

/// The most tickets that can be out at a time, at some 200 bytes each.
pub const MAX_TICKETS: usize = 100_000;

/// The most tickets that one player can have out; the oldest is dropped for a newer one.
const MAX_TICKETS_PER_PLAYER: usize = 2;

/// How many redeemed tickets are kept in the order of all before it is tidied up.
const ORDER_SLACK: usize = 1_024;

/// Bytes of a ticket: the gateway's number and 128 random bits.
const TICKET_BYTES: usize = 4 + 16;

/// A ticket: the number of the gateway that issued it and 128 random bits, shown as 27 characters
/// of base64url, which are lawful in the header `Sec-WebSocket-Protocol`. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FeedTicket([u8; TICKET_BYTES]);

impl FeedTicket {
    /// Who issued it.
    pub fn gateway(self) -> GatewayId {
        let Self([a, b, c, d, ..]) = self;
        GatewayId(u32::from_be_bytes([a, b, c, d]))
    }

    fn draw(gateway: GatewayId) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; TICKET_BYTES];
        let (number, random) = bytes.split_at_mut(4);
        number.copy_from_slice(&gateway.0.to_be_bytes());
        getrandom::fill(random)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for FeedTicket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for FeedTicket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FeedTicket")
    }
}

impl FromStr for FeedTicket {
    type Err = RedeemTicketError;

    fn from_str(text: &str) -> Result<Self, RedeemTicketError> {
        let mut bytes = [0; TICKET_BYTES];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(TICKET_BYTES) => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(RedeemTicketError::Unknown),
        }
    }
}

/// Why no ticket was issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueTicketError {
    /// As many tickets are out as there may be.
    #[error("too many feed tickets are out; try again in a moment")]
    Full {
        /// When the oldest ticket ends.
        retry_at: UnixMs,
    },
    /// The operating system gave no random numbers.
    #[error("could not draw feed ticket")]
    Random(#[source] getrandom::Error),
}

/// Why a ticket opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedeemTicketError {
    /// Never issued, redeemed already, or ended long ago.
    #[error("the feed ticket is unknown or was used already; fetch another one")]
    Unknown,
    /// Not redeemed in time.
    #[error("the feed ticket has expired; fetch another one")]
    Expired,
    /// Issued for another canvas. It is used up now.
    #[error("the feed ticket is for another canvas; fetch one for this canvas")]
    OtherCanvas,
}

/// Whose ticket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketHolder {
    /// The player.
    pub player: PlayerId,
    /// The session of the account that asked for the ticket.
    pub session: PlaySession,
}

#[derive(Debug)]
struct Held {
    holder: TicketHolder,
    canvas: CanvasSlug,
    expires_at: UnixMs,
}

#[derive(Debug, Default)]
struct Inner {
    tickets: HashMap<FeedTicket, Held>,
    /// The newest tickets of each player who has some that were not redeemed.
    of_player: HashMap<PlayerId, VecDeque<FeedTicket>>,
    /// Tickets in the order they were issued, which is the order they end in; redeemed ones too,
    /// until they would have ended or there are too many of them.
    order: VecDeque<(FeedTicket, UnixMs)>,
}

impl Inner {
    fn remove(&mut self, ticket: &FeedTicket) -> Option<Held> {
        let held = self.tickets.remove(ticket)?;
        if let Entry::Occupied(mut own) = self.of_player.entry(held.holder.player) {
            own.get_mut().retain(|other| other != ticket);
            if own.get().is_empty() {
                own.remove();
            }
        }
        Some(held)
    }

    /// Drops what has ended by `now`, and those that `player` has too many of to get one more.
    fn make_room(&mut self, player: PlayerId, now: UnixMs) {
        while let Some((oldest, ends_at)) = self.order.front().copied()
            && ends_at <= now
        {
            self.remove(&oldest);
            self.order.pop_front();
        }
        while let Some(own) = self.of_player.get(&player)
            && own.len() >= MAX_TICKETS_PER_PLAYER
            && let Some(oldest) = own.front().copied()
        {
            self.remove(&oldest);
        }
        if self.order.len() > 2 * self.tickets.len() + ORDER_SLACK {
            let tickets = &self.tickets;
            self.order
                .retain(|(ticket, _)| tickets.contains_key(ticket));
        }
    }
}

/// The tickets that are out, in this process: a ticket is redeemed at the gateway that issued it.
#[derive(Debug)]
pub struct FeedTickets {
    gateway: GatewayId,
    capacity: usize,
    inner: Mutex<Inner>,
}

impl FeedTickets {
    /// The tickets that gateway `gateway` issues.
    pub fn new(gateway: GatewayId) -> Self {
        Self::with_capacity(gateway, MAX_TICKETS)
    }

    /// The gateway that issues them.
    pub fn gateway(&self) -> GatewayId {
        self.gateway
    }

    fn with_capacity(gateway: GatewayId, capacity: usize) -> Self {
        Self {
            gateway,
            capacity,
            inner: Mutex::default(),
        }
    }

    /// A ticket for `holder` to open the feed of `canvas` once, within [`TICKET_TTL_MS`] from
    /// `now`.
    ///
    /// # Errors
    /// [`IssueTicketError`] by cause.
    pub fn issue(
        &self,
        holder: TicketHolder,
        canvas: CanvasSlug,
        now: UnixMs,
    ) -> Result<FeedTicket, IssueTicketError> {
        let ticket = FeedTicket::draw(self.gateway).map_err(IssueTicketError::Random)?;
        let expires_at = now.plus_ms(TICKET_TTL_MS);

        let mut inner = self.inner.lock();
        inner.make_room(holder.player, now);
        if let Some((_, ends_at)) = inner.order.front()
            && inner.tickets.len() >= self.capacity
        {
            return Err(IssueTicketError::Full { retry_at: *ends_at });
        }
        inner.order.push_back((ticket, expires_at));
        let own = inner.of_player.entry(holder.player).or_default();
        own.push_back(ticket);
        let held = Held {
            holder,
            canvas,
            expires_at,
        };
        inner.tickets.insert(ticket, held);
        Ok(ticket)
    }

    /// Who may open the feed of `canvas` with `ticket`. Whatever the answer, the ticket is used up;
    /// of many who redeem one ticket at once, exactly one succeeds.
    ///
    /// # Errors
    /// [`RedeemTicketError`] by cause.
    pub fn redeem(
        &self,
        ticket: FeedTicket,
        canvas: &CanvasSlug,
        now: UnixMs,
    ) -> Result<TicketHolder, RedeemTicketError> {
        let held = self.inner.lock().remove(&ticket);
        match held {
            None => Err(RedeemTicketError::Unknown),
            Some(held) if held.expires_at <= now => Err(RedeemTicketError::Expired),
            Some(held) if held.canvas != *canvas => Err(RedeemTicketError::OtherCanvas),
            Some(held) => Ok(held.holder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::players::{LoginSessionId, SessionNumber};

    const NOW: UnixMs = UnixMs(1_800_000_000_000);
    const ADA: TicketHolder = TicketHolder {
        player: PlayerId::from_bits(1),
        session: PlaySession {
            number: SessionNumber(1),
            login_session: LoginSessionId::from_bytes([1; 16]),
        },
    };

    const HERE: GatewayId = GatewayId(0x0102_0304);

    fn main() -> CanvasSlug {
        CanvasSlug::default()
    }

    #[test]
    fn a_ticket_opens_once() {
        let tickets = FeedTickets::new(HERE);
        let ticket = tickets.issue(ADA, main(), NOW).unwrap();
        let text = ticket.to_string();
        assert_eq!(text.len(), 27);
        assert_eq!(ticket.gateway(), HERE);
        assert!(!format!("{ticket:?} {tickets:?}").contains(&text));
        let ticket: FeedTicket = text.parse().unwrap();
        assert_eq!(tickets.redeem(ticket, &main(), NOW), Ok(ADA));
        let again = tickets.redeem(ticket, &main(), NOW);
        assert_eq!(again, Err(RedeemTicketError::Unknown));
    }

    #[test]
    fn of_many_who_redeem_one_ticket_one_succeeds() {
        let tickets = FeedTickets::new(HERE);
        let ticket = tickets.issue(ADA, main(), NOW).unwrap();
        let successes = std::thread::scope(|scope| {
            let redeem = || tickets.redeem(ticket, &main(), NOW).is_ok();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(redeem)).collect();
            let outcomes = threads.into_iter().map(|thread| thread.join().unwrap());
            outcomes.filter(|is_ok| *is_ok).count()
        });
        assert_eq!(successes, 1);
    }

    #[test]
    fn a_ticket_ends() {
        let tickets = FeedTickets::new(HERE);
        let [first, second] = [(); 2].map(|()| tickets.issue(ADA, main(), NOW).unwrap());
        let last_moment = NOW.plus_ms(TICKET_TTL_MS - 1);
        assert_eq!(tickets.redeem(first, &main(), last_moment), Ok(ADA));
        let too_late = NOW.plus_ms(TICKET_TTL_MS);
        let outcome = tickets.redeem(second, &main(), too_late);
        assert_eq!(outcome, Err(RedeemTicketError::Expired));
    }

    #[test]
    fn a_ticket_is_for_one_canvas() {
        let tickets = FeedTickets::new(HERE);
        let other: CanvasSlug = "other".parse().unwrap();
        let ticket = tickets.issue(ADA, main(), NOW).unwrap();
        let outcome = tickets.redeem(ticket, &other, NOW);
        assert_eq!(outcome, Err(RedeemTicketError::OtherCanvas));
        let outcome = tickets.redeem(ticket, &main(), NOW);
        assert_eq!(outcome, Err(RedeemTicketError::Unknown));
    }

    #[test]
    fn what_was_never_issued_is_unknown() {
        for text in [
            "",
            "A",
            "AAAAAAAAAAAAAAAAAAAAAAAAAA=",
            &"A".repeat(28),
            &"A".repeat(500),
            "é",
        ] {
            let parsed = text.parse::<FeedTicket>();
            assert_eq!(parsed, Err(RedeemTicketError::Unknown), "{text}");
        }
        let guessed: FeedTicket = "AAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let outcome = FeedTickets::new(HERE).redeem(guessed, &main(), NOW);
        assert_eq!(outcome, Err(RedeemTicketError::Unknown));
    }

    #[test]
    fn no_more_tickets_are_out_than_there_may_be() {
        let tickets = FeedTickets::with_capacity(HERE, 2);
        let other = |bits| TicketHolder {
            player: PlayerId::from_bits(bits),
            ..ADA
        };
        tickets.issue(ADA, main(), NOW).unwrap();
        let second = tickets.issue(other(2), main(), NOW.plus_ms(10)).unwrap();
        let retry_at = NOW.plus_ms(TICKET_TTL_MS);
        let full = tickets.issue(other(3), main(), NOW.plus_ms(20));
        assert_eq!(full, Err(IssueTicketError::Full { retry_at }));
        tickets.redeem(second, &main(), NOW).unwrap();
        assert!(
            tickets.issue(other(3), main(), NOW).is_ok(),
            "it makes room"
        );
        assert!(tickets.issue(other(4), main(), retry_at).is_ok());
    }

    #[test]
    fn a_player_takes_no_more_than_a_few_tickets_from_the_others() {
        let tickets = FeedTickets::with_capacity(HERE, 10);
        let issued: Vec<FeedTicket> = (0..5_000)
            .map(|_| tickets.issue(ADA, main(), NOW).unwrap())
            .collect();
        let inner = tickets.inner.lock();
        assert_eq!(inner.tickets.len(), MAX_TICKETS_PER_PLAYER);
        assert!(inner.order.len() <= 2 * ORDER_SLACK);
        drop(inner);
        let outcome = |ticket: &FeedTicket| tickets.redeem(*ticket, &main(), NOW);
        assert_eq!(outcome(&issued[0]), Err(RedeemTicketError::Unknown));
        assert_eq!(outcome(&issued[4_999]), Ok(ADA));
        assert_eq!(outcome(&issued[4_998]), Ok(ADA));
        assert!(tickets.inner.lock().of_player.is_empty());
    }
}
