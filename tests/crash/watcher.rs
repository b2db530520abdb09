//! A client of the feed, which goes on from its version whenever the feed is cut.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use event_store::{PaletteIndex, Version};
use hyper::StatusCode;
use projections::{CellChange, Changes, Snapshot};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use tungstenite::ClientRequestBuilder;
use tungstenite::Message;

use crate::client::{API, Client};

/// Frames that may wait to be looked at.
const MAX_WAITING_FRAMES: usize = 64;

/// How long opening the feed is tried again while the server is away.
const OPEN_FOR: Duration = Duration::from_secs(60);

/// The pause before it is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The kinds of frames that move the canvas (`docs/API.md`, "Feed").
const HELLO: u8 = 0;
const DELTA: u8 = 1;
const RESYNC: u8 = 6;

/// What brings a client to now.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum CatchUp {
    Delta {
        to: u64,
        cells: Vec<(u32, u8)>,
    },
    Snapshot {
        snapshot: SnapshotPlace,
        to: u64,
        cells: Vec<(u32, u8)>,
    },
}

#[derive(Deserialize)]
struct SnapshotPlace {
    url: String,
}

/// The canvas as the feed tells it.
pub(crate) struct Watcher {
    client: Client,
    canvas: Snapshot,
    /// How often the feed was opened.
    pub(crate) openings: u32,
}

/// The newest snapshot that the server offers.
pub(crate) async fn newest_snapshot(client: &mut Client) -> Snapshot {
    let path = format!("{API}/canvases/main/snapshots/latest");
    let found = client.get(&path).await;
    snapshot_at(client, &found.location.unwrap()).await
}

async fn snapshot_at(client: &mut Client, url: &str) -> Snapshot {
    let answer = client.get(url).await;
    assert_eq!(answer.status, StatusCode::OK);
    Snapshot::decode(&answer.body).unwrap()
}

impl Watcher {
    /// Signs in and loads the newest snapshot.
    pub(crate) async fn enter(address: watch::Receiver<Option<SocketAddr>>, name: &str) -> Self {
        let mut client = Client::signed_in(address, name).await;
        let canvas = newest_snapshot(&mut client).await;
        Self {
            client,
            canvas,
            openings: 0,
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.canvas.version.0
    }

    pub(crate) fn cells(&self) -> &[u8] {
        self.canvas.grid.cells()
    }

    /// Watches until the canvas has the version that `until` names.
    pub(crate) async fn watch(mut self, mut until: watch::Receiver<Option<u64>>) -> Self {
        while !self.has_reached(*until.borrow()) {
            let mut feed = self.open().await;
            while !self.has_reached(*until.borrow()) {
                let frame = tokio::select! {
                    frame = feed.frames.recv() => frame,
                    _ = until.changed() => continue,
                };
                match frame {
                    Some(frame) => self.take(&frame).await,
                    None => break,
                }
            }
        }
        self
    }

    fn has_reached(&self, until: Option<u64>) -> bool {
        until.is_some_and(|until| self.version() >= until)
    }

    async fn take(&mut self, frame: &[u8]) {
        match frame[1] {
            // The canvas may have moved while the feed was away.
            HELLO | RESYNC => self.catch_up().await,
            DELTA => {
                let parts: (u8, u64, u64, ByteBuf) = rmp_serde::from_slice(frame).unwrap();
                let (_, after, to, changes) = parts;
                if after > self.version() {
                    self.catch_up().await;
                }
                if to > self.version() {
                    let changes = Changes::decode(&changes, self.cells().len()).unwrap();
                    self.set(changes.as_slice(), to);
                }
            }
            _ => {}
        }
    }

    /// Asks for what is missing. A server that stands before this client has lost something.
    async fn catch_up(&mut self) {
        let (after, round) = (self.version(), self.canvas.round);
        let path = format!("{API}/canvases/main/catch-up?after={after}&round={round}");
        let answer = self.client.get(&path).await;
        let (cells, to) = match answer.json(StatusCode::OK) {
            CatchUp::Delta { to, cells } => (cells, to),
            CatchUp::Snapshot {
                snapshot,
                to,
                cells,
            } => {
                self.canvas = snapshot_at(&mut self.client, &snapshot.url).await;
                (cells, to)
            }
        };
        let changes: Vec<_> = cells
            .into_iter()
            .map(|(index, color)| CellChange {
                index,
                color: PaletteIndex(color),
            })
            .collect();
        self.set(&changes, to);
    }

    fn set(&mut self, changes: &[CellChange], to: u64) {
        self.canvas.grid.set(changes);
        self.canvas.version = Version(to);
    }

    /// Opens the feed; tries again while the server is away.
    async fn open(&mut self) -> Feed {
        let deadline = Instant::now() + OPEN_FOR;
        loop {
            let path = format!("{API}/canvases/main/play");
            let play = self.client.post(&path, &json!({})).await;
            let play: serde_json::Value = play.json(StatusCode::OK);
            let address = self.client.server().await;
            let url = play["feed"]["url"].as_str().unwrap();
            let ticket = play["feed"]["ticket"].as_str().unwrap();
            if let Some(feed) = Feed::open(address, url, ticket).await {
                self.openings += 1;
                return feed;
            }
            assert!(Instant::now() < deadline, "the feed cannot be opened");
            sleep(PAUSE).await;
        }
    }
}

/// An open feed. It is closed when this is dropped.
struct Feed {
    frames: mpsc::Receiver<Vec<u8>>,
    stream: TcpStream,
}

impl Feed {
    async fn open(address: SocketAddr, path: &str, ticket: &str) -> Option<Self> {
        let uri = format!("ws://{address}{path}").parse().unwrap();
        let request = ClientRequestBuilder::new(uri)
            .with_sub_protocol("pixelwars.v1")
            .with_sub_protocol(ticket);
        let opened = tokio::task::spawn_blocking(move || {
            let stream = TcpStream::connect(address).ok()?;
            let kept = stream.try_clone().unwrap();
            let (socket, _) = tungstenite::client(request, stream).ok()?;
            Some((socket, kept))
        });
        let (mut socket, stream) = opened.await.unwrap()?;
        let (sender, frames) = mpsc::channel(MAX_WAITING_FRAMES);
        std::thread::spawn(move || {
            while let Ok(message) = socket.read() {
                if let Message::Binary(frame) = message
                    && sender.blocking_send(frame.to_vec()).is_err()
                {
                    break;
                }
            }
        });
        Some(Self { frames, stream })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // The thread that reads ends with the connection; one that is cut already is as good.
        self.stream.shutdown(Shutdown::Both).ok();
    }
}
