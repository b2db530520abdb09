//! Redeeming a ticket at another gateway than the one that issued it: a load balancer may send a
//! player's handshake anywhere.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use event_store::{CanvasSlug, PlayerId, UnixMs};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::feed_ticket::{FeedTicket, FeedTickets, RedeemTicketError, TicketHolder};
use crate::players::{
    GatewayId, LoginSessionId, PlaySession, PlayerStatus, SeatKeeper, SessionNumber,
};

/// How long to wait for the gateway that issued a ticket.
const ASK_FOR: Duration = Duration::from_secs(2);

/// The tickets of all gateways that share a log on NATS; those of this one alone without NATS.
#[derive(Debug)]
pub struct TicketExchange {
    tickets: FeedTickets,
    client: Option<Client>,
}

/// The question of another gateway.
#[derive(Debug, Serialize, Deserialize)]
struct Redeem {
    ticket: String,
    canvas: String,
}

/// The answer: whose ticket it was, if it was good.
#[derive(Debug, Serialize, Deserialize)]
struct Redeemed {
    holder: Option<(u64, u64, [u8; 16])>,
}

impl TicketExchange {
    /// The tickets of gateway `id`, and a way to its neighbours if there is one.
    pub fn new(id: GatewayId, client: Option<Client>) -> Self {
        Self {
            tickets: FeedTickets::new(id),
            client,
        }
    }

    /// The tickets that are issued here.
    pub fn tickets(&self) -> &FeedTickets {
        &self.tickets
    }

    /// Who may open the feed of `canvas` with `ticket`, wherever it was issued. The ticket is used
    /// up; one that was issued elsewhere is redeemed there, so that it opens one socket among all
    /// gateways.
    ///
    /// # Errors
    /// [`RedeemTicketError`]; a gateway that does not answer issued nothing that is known.
    pub async fn redeem(
        &self,
        ticket: FeedTicket,
        canvas: &CanvasSlug,
        now: UnixMs,
    ) -> Result<TicketHolder, RedeemTicketError> {
        let client = match &self.client {
            Some(client) if ticket.gateway() != self.tickets.gateway() => client,
            Some(_) | None => return self.tickets.redeem(ticket, canvas, now),
        };
        let question = Redeem {
            ticket: ticket.to_string(),
            canvas: canvas.to_string(),
        };
        let unknown = |_| RedeemTicketError::Unknown;
        let payload = rmp_serde::to_vec(&question).map_err(|_| RedeemTicketError::Unknown)?;
        let answer = client.request(subject(ticket.gateway()), payload.into());
        let answer = tokio::time::timeout(ASK_FOR, answer)
            .await
            .map_err(|_elapsed| RedeemTicketError::Unknown)?
            .map_err(|_no_answer| RedeemTicketError::Unknown)?;
        let redeemed: Redeemed = rmp_serde::from_slice(&answer.payload).map_err(unknown)?;
        let (player, number, login_session) = redeemed.holder.ok_or(RedeemTicketError::Unknown)?;
        Ok(TicketHolder {
            player: PlayerId::from_bits(player),
            session: PlaySession {
                number: SessionNumber(number),
                login_session: LoginSessionId::from_bytes(login_session),
            },
        })
    }

    /// Redeems for other gateways, until cancelled: tickets of accounts that play or wait here.
    ///
    /// # Errors
    /// [`async_nats::SubscribeError`] when the server's connection is closed.
    pub async fn serve(
        self: Arc<Self>,
        seats: Arc<SeatKeeper>,
        cancelled: CancellationToken,
    ) -> Result<(), async_nats::SubscribeError> {
        let Some(client) = &self.client else {
            return Ok(());
        };
        let mut asked = client.subscribe(subject(self.tickets.gateway())).await?;
        loop {
            let question = tokio::select! {
                () = cancelled.cancelled() => return Ok(()),
                Some(question) = asked.next() => question,
            };
            let Some(reply) = question.reply else {
                continue;
            };
            let redeemed = Redeemed {
                holder: self.redeem_for(&question.payload, &seats),
            };
            let Ok(payload) = rmp_serde::to_vec(&redeemed) else {
                continue;
            };
            // A lost answer is one that is not good: the player asks for another ticket.
            client.publish(reply, payload.into()).await.ok();
        }
    }

    fn redeem_for(&self, question: &[u8], seats: &SeatKeeper) -> Option<(u64, u64, [u8; 16])> {
        let question: Redeem = rmp_serde::from_slice(question).ok()?;
        let ticket = question.ticket.parse().ok()?;
        let canvas = question.canvas.parse().ok()?;
        let holder = self.tickets.redeem(ticket, &canvas, UnixMs::now()).ok()?;
        // A ticket that outlived its seat brings none along.
        let status = seats.report(holder.player).status;
        if status == PlayerStatus::Afk {
            return None;
        }
        let PlaySession {
            number,
            login_session,
        } = holder.session;
        Some((holder.player.bits(), number.0, login_session.to_bytes()))
    }
}

/// What a gateway is asked on.
fn subject(gateway: GatewayId) -> String {
    format!("pixelwars.gateway.{:08x}.redeem", gateway.0)
}
