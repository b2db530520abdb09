//! A server with one feed, and clients for it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::mpsc};
use tungstenite::{Message, WebSocket, protocol::frame::coding::CloseCode as Code};

use crate::live::fanout::{
    ConnectionId, Ended, Fanout, Frame, NewSocket, Options, Shards, Tasks, Timing, upgrade,
};

/// How long a test waits for anything before it fails.
pub(super) const DEADLINE: Duration = Duration::from_secs(20);

/// The subprotocol that the feed of the tests agrees to.
pub(super) const PROTOCOL: &str = "pixels";

/// Which implementation a test runs on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Shards,
    Tasks,
}

/// Both: what holds for the seam is tested on each.
pub(super) const BOTH: [Kind; 2] = [Kind::Shards, Kind::Tasks];

/// Every limit long enough not to meet it.
pub(super) const PATIENT: Timing = Timing {
    ping_every: Duration::from_secs(600),
    silent_max: Duration::from_secs(600),
    behind_max: Duration::from_secs(600),
    blocked_max: Duration::from_secs(600),
    close_wait: DEADLINE,
};

#[derive(Clone)]
struct Feed {
    fanout: Arc<dyn Fanout>,
    adopted: mpsc::Sender<ConnectionId>,
}

/// A running server. Fields drop in order: the fan-out before the runtime.
pub(super) struct Server {
    pub(super) fanout: Arc<dyn Fanout>,
    pub(super) address: SocketAddr,
    adopted: mpsc::Receiver<ConnectionId>,
    runtime: Runtime,
}

impl Server {
    pub(super) fn start(kind: Kind, timing: Timing) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options {
            shards: 2,
            connections_max: 1000,
            timing,
        };
        let handle = runtime.handle().clone();
        let fanout: Arc<dyn Fanout> = match kind {
            Kind::Shards => Arc::new(Shards::start(options, handle).unwrap()),
            Kind::Tasks => Arc::new(Tasks::new(options, handle)),
        };
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (router, adopted) = router(fanout.clone());
        runtime.spawn(async { axum::serve(listener, router).await });
        Self {
            fanout,
            address,
            adopted,
            runtime,
        }
    }

    /// The id of the next connection that the feed adopted.
    pub(super) fn adopted(&mut self) -> ConnectionId {
        let next = async { tokio::time::timeout(DEADLINE, self.adopted.recv()).await };
        self.runtime.block_on(next).unwrap().unwrap()
    }

    /// A client that said hello.
    pub(super) fn connect(&mut self) -> (Client, ConnectionId) {
        self.connect_over(TcpStream::connect(self.address).unwrap())
    }

    /// The same over a socket with its own options.
    pub(super) fn connect_over(&mut self, stream: TcpStream) -> (Client, ConnectionId) {
        let mut client = Client::open(stream);
        let id = self.adopted();
        assert_eq!(client.next(), b"hello");
        (client, id)
    }

    /// Broadcasts `text`; `resync` and the text is what a slow client gets instead.
    pub(super) fn broadcast(&self, text: &str) {
        let resync = Frame::binary(format!("resync {text}").as_bytes());
        self.fanout
            .broadcast(Frame::binary(text.as_bytes()), resync);
    }

    /// Waits for the ends of `count` connections.
    pub(super) fn ended(&self, count: usize) -> Vec<Ended> {
        let mut ended = Vec::new();
        until("connections ended", || {
            ended.extend(self.fanout.take_ended());
            ended.len() >= count
        });
        ended
    }
}

/// The feed of the tests, and the ids it adopts.
pub(super) fn router(fanout: Arc<dyn Fanout>) -> (Router, mpsc::Receiver<ConnectionId>) {
    let (sender, adopted) = mpsc::channel(1000);
    let feed = Feed {
        fanout,
        adopted: sender,
    };
    (
        Router::new()
            .route("/feed", any(open_feed))
            .with_state(feed),
        adopted,
    )
}

async fn open_feed(State(feed): State<Feed>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let asked = parts.headers.get("sec-websocket-protocol").is_some();
    let protocol = asked.then(|| HeaderValue::from_static(PROTOCOL));
    let adopt = move |socket: NewSocket| {
        let id = feed.fanout.adopt(socket, Frame::binary(b"hello")).unwrap();
        feed.adopted.try_send(id).unwrap();
    };
    match upgrade(&mut parts, protocol, adopt) {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// A client with blocking reads that end at [`DEADLINE`].
pub(super) struct Client(pub(super) WebSocket<TcpStream>);

impl Client {
    pub(super) fn open(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let (socket, _) = tungstenite::client("ws://canvas.test/feed", stream).unwrap();
        Self(socket)
    }

    /// The next binary message; pings are answered on the way.
    pub(super) fn next(&mut self) -> Vec<u8> {
        loop {
            if let Message::Binary(bytes) = self.0.read().unwrap() {
                return bytes.to_vec();
            }
        }
    }

    /// The next binary message as text.
    pub(super) fn next_text(&mut self) -> String {
        String::from_utf8(self.next()).unwrap()
    }

    /// Reads on to the close frame, and its code.
    pub(super) fn close_code(&mut self) -> u16 {
        loop {
            match self.0.read().unwrap() {
                Message::Close(Some(close)) => return Code::into(close.code),
                Message::Close(None) => return 1005,
                Message::Binary(_)
                | Message::Text(_)
                | Message::Ping(_)
                | Message::Pong(_)
                | Message::Frame(_) => {}
            }
        }
    }

    /// Writes bytes as they are, past the client library.
    pub(super) fn write_raw(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    /// Reads until the server hung up.
    pub(super) fn read_to_end(mut self) {
        let mut rest = Vec::new();
        self.0.get_mut().read_to_end(&mut rest).unwrap();
    }
}

/// A connection with a small receive buffer, for a client that will not read.
pub(super) fn narrow(address: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

/// Waits for a condition, and fails at [`DEADLINE`].
pub(super) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started_at = Instant::now();
    while !holds() {
        assert!(started_at.elapsed() < DEADLINE, "not in time: {what}");
        std::thread::yield_now();
    }
}
