//! A small HTTP client: one kept connection, made again when it was cut.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// Where the interface is.
pub(crate) const API: &str = "/api/v1";

/// How long a request may take. The server itself gives up after five seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a request is tried again while the server is away.
const TRY_FOR: Duration = Duration::from_secs(60);

/// The pause before a request is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON; the answer must have this status.
    #[track_caller]
    pub(crate) fn json<T: DeserializeOwned>(&self, status: StatusCode) -> T {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// Whether a request needs a seat that the client has not.
fn is_not_playing(answer: &Answer) -> bool {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    answer.status == StatusCode::CONFLICT && body["error"]["code"] == "not_playing"
}

/// There is no whole answer: it is not known whether the request was served.
struct Cut;

/// A client of one server, which finds it again after a restart.
pub(crate) struct Client {
    address: watch::Receiver<Option<SocketAddr>>,
    open: Option<SendRequest<Full<Bytes>>>,
    token: Option<String>,
}

impl Client {
    pub(crate) fn new(address: watch::Receiver<Option<SocketAddr>>) -> Self {
        Self {
            address,
            open: None,
            token: None,
        }
    }

    /// A client that is signed in under a name.
    pub(crate) async fn signed_in(
        address: watch::Receiver<Option<SocketAddr>>,
        name: &str,
    ) -> Self {
        let mut client = Self::new(address);
        let path = format!("{API}/auth/anonymous");
        let answer = client
            .post(&path, &serde_json::json!({ "name": name }))
            .await;
        let signed_in: Value = answer.json(StatusCode::OK);
        client.token = Some(signed_in["access_token"].as_str().unwrap().to_owned());
        client
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.call(Method::GET, path, Bytes::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, body.to_string().into()).await
    }

    /// The first answer that is not 503. Everything is sent again, unchanged, until there is one; a
    /// seat is taken when the server asks for it.
    async fn call(&mut self, method: Method, path: &str, body: Bytes) -> Answer {
        let deadline = Instant::now() + TRY_FOR;
        loop {
            let asked = self.ask(&method, path, body.clone());
            match timeout(ANSWER_WITHIN, asked).await {
                // Seats are forgotten when the server is killed.
                Ok(Ok(answer)) if is_not_playing(&answer) => {
                    let path = format!("{API}/canvases/main/play");
                    let play = self.ask(&Method::POST, &path, Bytes::new());
                    // Whatever came of it, the request itself says next.
                    timeout(ANSWER_WITHIN, play).await.ok();
                }
                Ok(Ok(answer)) if answer.status != StatusCode::SERVICE_UNAVAILABLE => {
                    return answer;
                }
                Ok(Ok(_)) => {}
                Ok(Err(Cut)) | Err(_) => self.open = None,
            }
            assert!(Instant::now() < deadline, "no answer to {method} {path}");
            sleep(PAUSE).await;
        }
    }

    async fn ask(&mut self, method: &Method, path: &str, body: Bytes) -> Result<Answer, Cut> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "test")
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::new(body)).unwrap();
        let connection = self.connection().await?;
        let answer = connection.send_request(request).await.map_err(|_| Cut)?;
        let (head, body) = answer.into_parts();
        let location = head.headers.get(LOCATION);
        Ok(Answer {
            status: head.status,
            location: location.map(|location| location.to_str().unwrap().to_owned()),
            body: body.collect().await.map_err(|_| Cut)?.to_bytes(),
        })
    }

    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Cut> {
        let mut open = self.open.take().filter(|open| !open.is_closed());
        if let Some(open) = &mut open {
            open.ready().await.map_err(|_| Cut)?;
        }
        let open = match open {
            Some(open) => open,
            None => {
                let stream = TcpStream::connect(self.server().await).await;
                let stream = TokioIo::new(stream.map_err(|_| Cut)?);
                let (open, connection) = handshake(stream).await.map_err(|_| Cut)?;
                // It ends with the connection; what it was cut by is told to the request.
                tokio::spawn(async move { connection.await.ok() });
                open
            }
        };
        Ok(self.open.insert(open))
    }

    /// The address of the server, once it listens.
    pub(crate) async fn server(&mut self) -> SocketAddr {
        let listens = self.address.wait_for(Option::is_some).await;
        listens.unwrap().unwrap()
    }
}
