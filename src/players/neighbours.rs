//! Gateways that share a log on NATS tell each other who sits where: an account that comes by
//! another gateway finds its seat there, and has one seat among them all.
//!
//! Messages go over plain NATS subjects, none of which is kept. One that is lost costs a player
//! another `play` at worst; two seats of one account last until the next message about it.

use std::time::Duration;

use async_nats::Client;
use event_store::{CanvasSlug, PlayerId, UnixMs};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::seats::StatusReport;
use super::status::PlayerStatus;
use super::{SeatKeeper, SessionNumber};

/// How long a gateway waits for another one to say that it knows an account.
const ASK_FOR: Duration = Duration::from_millis(300);

/// Messages that may wait to be sent. More come only when the connection is lost, and then they are
/// of no use.
const MAX_WAITING: usize = 8_192;

/// The number of a gateway among those that share a log: random, new at every start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GatewayId(pub u32);

/// What gateways tell each other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Message {
    /// An account took a seat, or a place in the queue, at the sender.
    Seated {
        player: u64,
        session: u64,
        stamp: u64,
    },
    /// The account that came to gateway `to` had a seat at the sender.
    HandedOver {
        to: GatewayId,
        player: u64,
        left_ms: i64,
    },
    /// The account that came to gateway `to` has come to the sender since.
    Kept {
        to: GatewayId,
        player: u64,
        stamp: u64,
    },
    /// The account, which has no seat at the sender, did something there.
    Acted { player: u64 },
    /// The account gives its seat up, wherever it is.
    Left { player: u64 },
    /// The account has no seat at the sender any more.
    Ended { player: u64 },
    /// The sender stops: nobody has a seat there any more.
    Stopped,
}

/// A message with its sender.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    from: GatewayId,
    message: Message,
}

/// The question where an account is.
#[derive(Debug, Serialize, Deserialize)]
struct Locate {
    from: GatewayId,
    player: u64,
}

/// The answer of the gateway that knows.
#[derive(Debug, Serialize, Deserialize)]
struct Located {
    at: GatewayId,
    is_playing: bool,
    position: u32,
    /// Milliseconds until the status ends by itself: gateways' clocks may be apart.
    left_ms: Option<i64>,
}

/// The other gateways.
#[derive(Debug)]
pub struct Neighbours {
    id: GatewayId,
    client: Client,
    told: String,
    asked: String,
    waiting: mpsc::Sender<Message>,
}

/// What [`Neighbours`] are to be told, until somebody [`serve`]s them.
pub struct Waiting(mpsc::Receiver<Message>);

impl Neighbours {
    /// Gateways of the canvas `slug` that use the same NATS servers, as gateway `id`.
    pub fn new(id: GatewayId, client: Client, slug: &CanvasSlug) -> (Self, Waiting) {
        let (waiting, receiver) = mpsc::channel(MAX_WAITING);
        let neighbours = Self {
            id,
            client,
            told: format!("pixelwars.{slug}.seats.told"),
            asked: format!("pixelwars.{slug}.seats.asked"),
            waiting,
        };
        (neighbours, Waiting(receiver))
    }

    /// This gateway's number.
    pub(super) fn id(&self) -> GatewayId {
        self.id
    }

    /// Tells all others, soon.
    pub(super) fn tell(&self, message: Message) {
        if self.waiting.try_send(message).is_err() {
            metrics::counter!("canvas_neighbour_messages_lost_total").increment(1);
        }
    }

    /// What another gateway says of an account, and which one; `None` when none knows it.
    pub(super) async fn locate(&self, player: PlayerId) -> Option<(GatewayId, StatusReport)> {
        let question = Locate {
            from: self.id,
            player: player.bits(),
        };
        let payload = rmp_serde::to_vec(&question).ok()?;
        let answer = self.client.request(self.asked.clone(), payload.into());
        let answer = tokio::time::timeout(ASK_FOR, answer).await.ok()?.ok()?;
        let located: Located = rmp_serde::from_slice(&answer.payload).ok()?;
        let status = match located.is_playing {
            true => PlayerStatus::Playing,
            false => PlayerStatus::Queued,
        };
        let report = StatusReport {
            status,
            position: located.position,
            until: located.left_ms.map(|left| UnixMs::now().plus_ms(left)),
        };
        Some((located.at, report))
    }
}

/// Tells the neighbours of `seats` what waits to be told, and answers them, until cancelled.
///
/// # Errors
/// [`async_nats::SubscribeError`] when the server's connection is closed.
pub async fn serve(
    seats: &SeatKeeper,
    waiting: Waiting,
    cancelled: CancellationToken,
) -> Result<(), async_nats::SubscribeError> {
    let Some(neighbours) = seats.neighbours() else {
        return Ok(());
    };
    let Waiting(mut waiting) = waiting;
    let client = &neighbours.client;
    let mut told = client.subscribe(neighbours.told.clone()).await?;
    let mut asked = client.subscribe(neighbours.asked.clone()).await?;
    loop {
        tokio::select! {
            () = cancelled.cancelled() => {
                let message = Message::Stopped;
                let envelope = Envelope { from: neighbours.id, message };
                publish(client, neighbours.told.clone(), &envelope).await;
                return Ok(());
            }
            Some(message) = waiting.recv() => {
                let envelope = Envelope { from: neighbours.id, message };
                publish(client, neighbours.told.clone(), &envelope).await;
            }
            Some(heard) = told.next() => {
                // What another build of this program says and this one does not know is skipped.
                if let Ok(envelope) = rmp_serde::from_slice::<Envelope>(&heard.payload)
                    && envelope.from != neighbours.id
                {
                    seats.hear(envelope.from, &envelope.message, UnixMs::now());
                }
            }
            Some(question) = asked.next() => {
                let locate = rmp_serde::from_slice::<Locate>(&question.payload).ok();
                let asker = locate.filter(|locate| locate.from != neighbours.id);
                if let (Some(locate), Some(reply)) = (asker, question.reply)
                    && let Some(located) = located(seats, neighbours.id, &locate)
                {
                    publish(client, reply.to_string(), &located).await;
                }
            }
        }
    }
}

fn located(seats: &SeatKeeper, at: GatewayId, locate: &Locate) -> Option<Located> {
    let report = seats.report(PlayerId::from_bits(locate.player));
    let is_playing = match report.status {
        PlayerStatus::Afk => return None,
        PlayerStatus::Queued => false,
        PlayerStatus::Playing => true,
    };
    Some(Located {
        at,
        is_playing,
        position: report.position,
        left_ms: report.until.map(|until| until.ms_since(UnixMs::now())),
    })
}

async fn publish(client: &Client, subject: String, body: &impl Serialize) {
    let Ok(payload) = rmp_serde::to_vec(body) else {
        return;
    };
    if client.publish(subject, payload.into()).await.is_err() {
        metrics::counter!("canvas_neighbour_messages_lost_total").increment(1);
    }
}

impl Message {
    pub(super) fn seated(player: PlayerId, session: SessionNumber, stamp: u64) -> Self {
        Self::Seated {
            player: player.bits(),
            session: session.0,
            stamp,
        }
    }
}
