//! Players who place as fast as they are answered, and send again what was not answered.

use std::net::SocketAddr;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::client::{API, Client};
use crate::log::LoggedEvent;

/// Columns of the canvas: so few that the players place over their own cells soon.
pub(crate) const WIDTH: u16 = 64;

/// Colours of the palette. The last one is the background.
const COLORS: usize = 32;

/// A player makes at most this many placements: after it they would not all differ any more.
const MAX_PLACEMENTS: usize = WIDTH as usize * (COLORS - 1);

/// Every so many placements the answered one is sent once more.
const REPEAT_EVERY: usize = 8;

/// The part of an answer that is looked at.
#[derive(Debug, Deserialize, PartialEq)]
struct Placed {
    version: u64,
    at: String,
}

/// A player with a row of the canvas.
pub(crate) struct Placer {
    client: Client,
    id: String,
    row: u16,
    /// The answers to the placements, in their order.
    acked: Vec<Placed>,
}

impl Placer {
    /// Signs in and finds out who one is.
    pub(crate) async fn enter(address: watch::Receiver<Option<SocketAddr>>, row: u16) -> Self {
        let mut client = Client::signed_in(address, &format!("Player {row}")).await;
        let me = client.get(&format!("{API}/me")).await;
        let me: serde_json::Value = me.json(StatusCode::OK);
        Self {
            client,
            id: me["id"].as_str().unwrap().to_owned(),
            row,
            acked: Vec::new(),
        }
    }

    /// Places until stopped. `count` counts the answers of all players.
    pub(crate) async fn place_until(
        mut self,
        stop: CancellationToken,
        count: watch::Sender<u64>,
    ) -> Self {
        while !stop.is_cancelled() && self.acked.len() < MAX_PLACEMENTS {
            let number = self.acked.len();
            let placed = self.place(number).await;
            if number.is_multiple_of(REPEAT_EVERY) {
                assert_eq!(self.place(number).await, placed, "a retry is the first one");
            }
            self.acked.push(placed);
            count.send_modify(|count| *count += 1);
        }
        self
    }

    /// Sends the last placement again: it must still be known.
    pub(crate) async fn repeat_last(&mut self) {
        if let Some(number) = self.acked.len().checked_sub(1) {
            assert_eq!(self.place(number).await, self.acked[number]);
        }
    }

    /// How many placements were answered.
    pub(crate) fn acked(&self) -> usize {
        self.acked.len()
    }

    /// The log must hold the placements that were answered, each once, under its version, and no
    /// others.
    pub(crate) fn check(&self, log: &[LoggedEvent]) {
        let mine = |event: &&LoggedEvent| event.player.as_deref() == Some(&self.id);
        let logged: Vec<_> = log.iter().filter(mine).collect();
        assert_eq!(logged.len(), self.acked.len(), "row {}", self.row);
        for (number, (event, placed)) in logged.iter().zip(&self.acked).enumerate() {
            let (x, color) = content(number);
            assert_eq!(event.version, placed.version);
            assert_eq!(
                (event.x, event.y, event.color),
                (Some(x), Some(self.row), Some(color))
            );
        }
    }

    async fn place(&mut self, number: usize) -> Placed {
        let (x, color) = content(number);
        let body = json!({ "id": format!("n{number}"), "x": x, "y": self.row, "color": color });
        let path = format!("{API}/canvases/main/placements");
        self.client
            .post(&path, &body)
            .await
            .json(StatusCode::CREATED)
    }
}

/// Column and colour of a player's placement. No two are the same, and none is without effect.
fn content(number: usize) -> (u16, u8) {
    let width = usize::from(WIDTH);
    let (x, color) = (number % width, number / width);
    (x.try_into().unwrap(), color.try_into().unwrap())
}
