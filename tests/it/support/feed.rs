//! A client of the feed.

use std::io::Write as _;
use std::net::TcpStream;

use serde_bytes::ByteBuf;
use serde_json::Value;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{HandshakeError, Message, WebSocket};

use super::DEADLINE;

/// A frame of the feed, or of a catch-up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    Hello {
        round: u32,
        version: u64,
    },
    Delta {
        after: u64,
        to: u64,
        bin: Vec<u8>,
    },
    Status {
        status: String,
        position: u32,
        until_ms: i64,
    },
    Round(Value),
    Online {
        players: u32,
        queued: u32,
        watching: u32,
    },
    Notice {
        kind: String,
        text: String,
    },
    Resync(u64),
    Snapshot {
        round: u32,
        version: u64,
        url: String,
        to: u64,
        bin: Vec<u8>,
    },
}

impl Frame {
    /// Of the bytes of one frame.
    pub(crate) fn decode(mut bytes: &[u8]) -> Self {
        let whole = bytes;
        let fields = rmp::decode::read_array_len(&mut bytes).expect("an array");
        let kind: u8 = rmp::decode::read_int(&mut bytes).expect("a kind");
        match (kind, fields) {
            (0, 3) => {
                let (_, round, version): (u8, _, _) = read(whole);
                Self::Hello { round, version }
            }
            (1, 4) => {
                let (_, after, to, bin): (u8, _, _, ByteBuf) = read(whole);
                let bin = bin.into_vec();
                Self::Delta { after, to, bin }
            }
            (2, 4) => {
                let (_, status, position, until_ms): (u8, _, _, _) = read(whole);
                Self::Status {
                    status,
                    position,
                    until_ms,
                }
            }
            (3, 2) => Self::Round(read::<(u8, Value)>(whole).1),
            (4, 4) => {
                let (_, players, queued, watching): (u8, _, _, _) = read(whole);
                Self::Online {
                    players,
                    queued,
                    watching,
                }
            }
            (5, 3) => {
                let (_, kind, text): (u8, _, _) = read(whole);
                Self::Notice { kind, text }
            }
            (6, 2) => Self::Resync(read::<(u8, u64)>(whole).1),
            (7, 6) => {
                let (_, round, version, url, to, bin): (u8, _, _, _, _, ByteBuf) = read(whole);
                Self::Snapshot {
                    round,
                    version,
                    url,
                    to,
                    bin: bin.into_vec(),
                }
            }
            (kind, fields) => panic!("frame of kind {kind} with {fields} fields"),
        }
    }
}

fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> T {
    rmp_serde::from_slice(bytes).expect("a frame of its kind's form")
}

/// What the feed sent next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Received {
    Frame(Frame),
    Closed(u16),
}

/// An open socket.
pub(crate) struct Feed(WebSocket<TcpStream>);

impl Feed {
    /// Opens the feed with a ticket, as a browser's page does.
    #[track_caller]
    pub(crate) fn open(stream: TcpStream, ticket: &str) -> Self {
        let offer = format!("pixelwars.v1, {ticket}");
        let (feed, response) = Self::handshake(stream, &[("sec-websocket-protocol", &offer)])
            .unwrap_or_else(|response| panic!("refused: {}", response.status()));
        assert_eq!(response.headers()["sec-websocket-protocol"], "pixelwars.v1");
        feed
    }

    /// Asks for the feed with these headers.
    pub(crate) fn handshake(
        stream: TcpStream,
        headers: &[(&'static str, &str)],
    ) -> Result<(Self, Response), Box<Response>> {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let address = stream.peer_addr().unwrap();
        let url = format!("ws://{address}/api/v1/canvases/main/feed");
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match tungstenite::client::client(request, stream) {
            Ok((socket, response)) => Ok((Self(socket), response)),
            Err(HandshakeError::Failure(tungstenite::Error::Http(response))) => Err(response),
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    /// The next frame or the end; pings are answered on the way.
    pub(crate) fn receive(&mut self) -> Received {
        loop {
            match self.0.read().expect("a message in time") {
                Message::Binary(bytes) => return Received::Frame(Frame::decode(&bytes)),
                Message::Close(close) => {
                    let code = close.map_or(CloseCode::Status, |close| close.code);
                    return Received::Closed(code.into());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                message @ (Message::Text(_) | Message::Frame(_)) => panic!("got {message:?}"),
            }
        }
    }

    /// The next frame that is about the canvas, not about people.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Frame {
        loop {
            match self.receive() {
                Received::Frame(Frame::Online { .. } | Frame::Status { .. }) => {}
                Received::Frame(frame) => return frame,
                Received::Closed(code) => panic!("closed with {code}"),
            }
        }
    }

    /// Reads on until a delta reaches this version.
    pub(crate) fn reach(&mut self, version: u64) {
        while !matches!(self.next(), Frame::Delta { to, .. } if to >= version) {}
    }

    /// The next status: the word, the position, and until when in Unix milliseconds.
    #[track_caller]
    pub(crate) fn status(&mut self) -> (String, u32, i64) {
        loop {
            match self.receive() {
                Received::Frame(Frame::Status {
                    status,
                    position,
                    until_ms,
                }) => return (status, position, until_ms),
                Received::Frame(_) => {}
                Received::Closed(code) => panic!("closed with {code}"),
            }
        }
    }

    /// Reads to the end, and its code.
    pub(crate) fn close_code(&mut self) -> u16 {
        loop {
            if let Received::Closed(code) = self.receive() {
                // The answer to the close frame, which the server waits for.
                let _ = self.0.flush();
                return code;
            }
        }
    }

    /// Sends a text message, which no client may.
    pub(crate) fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
        self.0.get_mut().flush().unwrap();
    }
}
