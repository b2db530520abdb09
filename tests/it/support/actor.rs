//! People at the HTTP interface.

use std::net::SocketAddr;

use event_store::{PlayerId, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::answer::Answer;
use super::board::Board;
use super::feed::Feed;
use super::{DEADLINE, eventually};

/// Somebody who sends requests, each over a connection of its own.
#[derive(Clone)]
pub(crate) struct Actor {
    address: SocketAddr,
    runtime: Handle,
    token: Option<String>,
    player: Option<PlayerId>,
}

/// The headers of a request.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

impl Actor {
    pub(super) fn guest(address: SocketAddr, runtime: Handle) -> Self {
        Self {
            address,
            runtime,
            token: None,
            player: None,
        }
    }

    /// Signs in with a name.
    pub(crate) fn sign_in(address: SocketAddr, runtime: Handle, name: &str) -> Self {
        let guest = Self::guest(address, runtime);
        let answer = guest.post("/api/v1/auth/anonymous", &json!({ "name": name }));
        guest.signed_in(&answer.expect(200))
    }

    /// The same at another address, as after a restart.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    fn signed_in(&self, answer: &Value) -> Self {
        let id = answer["player"]["id"].as_str().unwrap();
        let token = answer["access_token"].as_str().unwrap();
        self.with_token(token, id.parse().unwrap())
    }

    /// The same with another token.
    pub(crate) fn with_token(&self, token: &str, player: PlayerId) -> Self {
        Self {
            token: Some(token.to_owned()),
            player: Some(player),
            ..self.clone()
        }
    }

    /// Who it is.
    pub(crate) fn id(&self) -> PlayerId {
        self.player.expect("somebody who has signed in")
    }

    /// The access token.
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().expect("somebody who has signed in")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Bytes::new())
    }

    pub(crate) fn get_with(&self, path: &str, headers: Headers) -> Answer {
        self.send("GET", path, headers, Bytes::new())
    }

    pub(crate) fn get_json(&self, path: &str) -> Value {
        let json = [("accept", "application/json")];
        self.get_with(path, &json).expect(200)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send("POST", path, &headers, body.to_string())
    }

    /// Sends any request. The access token goes with it when there is one.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: Headers,
        body: impl Into<Bytes>,
    ) -> Answer {
        let body = body.into();
        self.runtime
            .block_on(self.exchange(method, path, headers, body))
    }

    /// Sends the same request `times` times at once.
    pub(crate) fn post_at_once(&self, path: &str, bodies: &[Value]) -> Vec<Answer> {
        let headers: Headers = &[("content-type", "application/json")];
        let requests = bodies.iter().map(|body| {
            let body = Bytes::from(body.to_string());
            self.exchange("POST", path, headers, body)
        });
        let all = futures_util::future::join_all(requests);
        self.runtime.block_on(all)
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: Bytes,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", self.address.to_string());
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).unwrap();
        let exchange = async {
            let stream = TcpStream::connect(self.address).await.unwrap();
            let io = TokioIo::new(stream);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
            let connection = tokio::spawn(connection);
            let response = sender.send_request(request).await;
            let (parts, body) = response.expect("an answer").into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes();
            connection.abort();
            Answer { parts, body }
        };
        let answered = tokio::time::timeout(DEADLINE, exchange).await;
        answered.unwrap_or_else(|_| panic!("no answer in time from {path}"))
    }

    /// The canvas as `GET /canvases/main` tells it.
    pub(crate) fn canvas(&self) -> Value {
        self.get("/api/v1/canvases/main").expect(200)
    }

    /// Waits until the gateway shows `version`.
    pub(crate) fn see(&self, version: Version) {
        eventually("the gateway reads the version", || {
            let shown = self.canvas()["version"].as_u64();
            (shown >= Some(version.0)).then_some(())
        });
    }

    /// The newest snapshot that is offered.
    pub(crate) fn snapshot(&self) -> Board {
        let canvas = self.canvas();
        let url = canvas["snapshot"]["url"].as_str().unwrap();
        let answer = self.get(url);
        assert_eq!(answer.status(), 200);
        Board::from_snapshot(&answer.body)
    }

    /// Asks to place one cell.
    pub(crate) fn try_place(&self, id: &str, x: u16, y: u16, color: u8) -> Answer {
        let body = json!({ "id": id, "x": x, "y": y, "color": color });
        self.post(PLACEMENTS, &body)
    }

    /// Places one cell, and tells the version.
    pub(crate) fn place(&self, x: u16, y: u16, color: u8) -> u64 {
        let id = format!("{x}/{y}/{color}");
        let placed = self.try_place(&id, x, y, color).expect(201);
        placed["version"].as_u64().unwrap()
    }

    /// Asks to take a placement back.
    pub(crate) fn try_undo(&self, version: u64) -> Answer {
        self.post(&format!("{PLACEMENTS}/{version}/undo"), &Value::Null)
    }

    /// Asks for a seat.
    pub(crate) fn try_play(&self) -> Answer {
        self.post("/api/v1/canvases/main/play", &Value::Null)
    }

    /// Takes a seat or a place in the queue.
    pub(crate) fn play(&self) -> Value {
        self.try_play().expect(200)
    }

    /// Gives it up.
    pub(crate) fn leave(&self) {
        let left = self.post("/api/v1/canvases/main/leave", &Value::Null);
        assert_eq!(left.expect(200)["status"], "afk");
    }

    /// A ticket for the feed.
    pub(crate) fn ticket(&self) -> String {
        let play = self.play();
        assert_eq!(play["feed"]["url"], "/api/v1/canvases/main/feed");
        play["feed"]["ticket"].as_str().unwrap().to_owned()
    }

    /// Opens the feed.
    pub(crate) fn feed(&self) -> Feed {
        let stream = std::net::TcpStream::connect(self.address).unwrap();
        Feed::open(stream, &self.ticket())
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Where placements are made.
pub(crate) const PLACEMENTS: &str = "/api/v1/canvases/main/placements";
