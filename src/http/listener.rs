//! Accepting connections and speaking HTTP/1.1 on them, with bounds that `axum::serve` has not.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use super::client_address::Peer;

/// How long a client may take to send the head of a request, and how long a connection may be idle
/// between two: whoever sends a byte now and then holds it no longer than that.
const HEAD_MAX: Duration = Duration::from_secs(10);

/// The largest head of a request in bytes; a larger one is answered with 431. Cookies and an access
/// token take some 2 KiB. The most headers are hyper's 100.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// What is read of a connection in one piece, in bytes, and how much of an answer is put together
/// for one write: the largest body that there is when nobody set another one.
const MAX_BUFFER_BYTES: usize = 64 << 10;

/// The first pause after a failed accept; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause: by then some connections have ended and their files are free again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Serves `router` on every connection that `listener` gets, on at most `most` at a time, until
/// `stopping` is cancelled; returns when every request under way is answered. Further connections
/// wait to be accepted. One that becomes a WebSocket no longer counts.
///
/// Every request has its [`Peer`] as an extension.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    most: usize,
    stopping: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let connections = TaskTracker::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let accept = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let Some((place, accepted)) = stopping.run_until_cancelled(accept).await else {
            break;
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = FIRST_PAUSE;
                let (router, stopping) = (router.clone(), stopping.clone());
                connections.spawn(async move {
                    let open = metrics::gauge!("canvas_http_connections");
                    open.increment(1);
                    speak(stream, peer, router, stopping).await;
                    open.decrement(1);
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                metrics::counter!("canvas_accept_errors_total").increment(1);
                tracing::warn!(%error, "could not accept a connection");
                let waited = tokio::time::sleep(pause);
                if stopping.run_until_cancelled(waited).await.is_none() {
                    break;
                }
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Whether accepting failed because of the connection, which is gone, and not of this process,
/// which may have no file left for it.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Answers the requests of one connection until it ends, or becomes something else than HTTP.
async fn speak(stream: TcpStream, peer: SocketAddr, router: Router, stopping: CancellationToken) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        // A router is always ready, and a clone of it is a reference.
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended");
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::time::Instant;

    use axum::Extension;
    use axum::routing::get;
    use tokio::runtime::Runtime;
    use tokio::task::JoinHandle;

    use super::*;

    struct Server {
        runtime: Runtime,
        address: SocketAddr,
        stopping: CancellationToken,
        served: JoinHandle<()>,
        /// Gets a permit for every request of `/slow` that has come.
        arrived: Arc<Semaphore>,
        /// Each of its permits lets one request of `/slow` be answered.
        release: Arc<Semaphore>,
    }

    impl Server {
        fn start(most: usize) -> Self {
            let runtime = Runtime::new().unwrap();
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
            let address = listener.local_addr().unwrap();
            let tell = |Extension(Peer(peer)): Extension<Peer>| async move { peer.to_string() };
            let [arrived, release] = [0; 2].map(Semaphore::new).map(Arc::new);
            let (told, released) = (Arc::clone(&arrived), Arc::clone(&release));
            let slow = move || async move {
                told.add_permits(1);
                released.acquire().await.unwrap().forget();
            };
            let router = Router::new()
                .route("/", get(tell))
                .route("/slow", get(slow));
            let stopping = CancellationToken::new();
            let served = runtime.spawn(serve(listener, router, most, stopping.clone()));
            Self {
                runtime,
                address,
                stopping,
                served,
                arrived,
                release,
            }
        }

        /// Waits until a request of `/slow` has come.
        fn wait_for_slow(&self) {
            let arrived = async { tokio::time::timeout(HEAD_MAX, self.arrived.acquire()).await };
            let arrived = self.runtime.block_on(arrived);
            arrived.expect("in time").unwrap().forget();
        }

        fn connect(&self) -> Client {
            let stream = std::net::TcpStream::connect(self.address).unwrap();
            stream.set_read_timeout(Some(2 * HEAD_MAX)).unwrap();
            Client(stream)
        }
    }

    struct Client(std::net::TcpStream);

    impl Client {
        fn say(&mut self, text: &str) {
            // The server may have hung up already: what it said is what counts.
            let _ = self.0.write_all(text.as_bytes());
        }

        fn ask(&mut self, path: &str) {
            self.say(&format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n"));
        }

        /// What comes until `end` comes, or until the server hangs up.
        fn hear(&mut self, end: &str) -> String {
            let mut heard = Vec::new();
            let mut byte = [0];
            while !heard.ends_with(end.as_bytes()) || end.is_empty() {
                match self.0.read(&mut byte) {
                    Ok(1) => heard.extend(byte),
                    Ok(_) | Err(_) => break,
                }
            }
            String::from_utf8(heard).unwrap()
        }
    }

    #[test]
    fn a_request_knows_its_peer_and_a_connection_serves_many() {
        let server = Server::start(8);
        let mut client = server.connect();
        let own = client.0.local_addr().unwrap().to_string();
        for _ in 0..3 {
            client.ask("/");
            assert!(client.hear(&own).starts_with("HTTP/1.1 200 OK\r\n"));
        }
    }

    #[test]
    fn a_head_that_does_not_end_is_cut_off_in_time() {
        let server = Server::start(8);
        let mut slow = server.connect();
        let mut idle = server.connect();
        let own = idle.0.local_addr().unwrap().to_string();
        idle.ask("/");
        idle.hear(&own);
        let begun = Instant::now();
        slow.say("GET / HTTP/1.1\r\nhost: a\r\nx-slow: ");
        assert_eq!(idle.hear(""), "", "an idle connection ends too");
        slow.hear("");
        let elapsed = begun.elapsed();
        assert!(
            elapsed >= HEAD_MAX / 2 && elapsed < 2 * HEAD_MAX,
            "{elapsed:?}"
        );
    }

    #[test]
    fn a_head_that_is_too_large_is_refused() {
        let server = Server::start(8);
        let mut client = server.connect();
        let large = "x".repeat(MAX_HEAD_BYTES);
        client.say(&format!(
            "GET / HTTP/1.1\r\nhost: a\r\nx-large: {large}\r\n\r\n"
        ));
        assert!(client.hear("").starts_with("HTTP/1.1 431 "));
        let mut client = server.connect();
        let many = "x-many: 1\r\n".repeat(101);
        client.say(&format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"));
        assert!(client.hear("").starts_with("HTTP/1.1 431 "));
    }

    #[test]
    fn a_connection_beyond_the_bound_waits_for_a_place() {
        let server = Server::start(1);
        let mut first = server.connect();
        first.ask("/slow");
        server.wait_for_slow();
        let mut second = server.connect();
        let own = second.0.local_addr().unwrap().to_string();
        second.ask("/");
        let short = Some(Duration::from_millis(100));
        second.0.set_read_timeout(short).unwrap();
        assert_eq!(second.hear(&own), "", "the first one has the only place");
        server.release.add_permits(1);
        first.hear("\r\n\r\n");
        drop(first);
        second.0.set_read_timeout(Some(HEAD_MAX)).unwrap();
        assert!(second.hear(&own).starts_with("HTTP/1.1 200 OK\r\n"));
    }

    #[test]
    fn a_stopping_server_answers_what_it_was_asked() {
        let server = Server::start(8);
        let mut busy = server.connect();
        let mut idle = server.connect();
        let own = idle.0.local_addr().unwrap().to_string();
        idle.ask("/");
        idle.hear(&own);
        busy.ask("/slow");
        server.wait_for_slow();
        server.stopping.cancel();
        assert_eq!(idle.hear(""), "");
        server.release.add_permits(1);
        assert!(busy.hear("").starts_with("HTTP/1.1 200 OK\r\n"));
        let ended = async { tokio::time::timeout(HEAD_MAX, server.served).await };
        let ended = server.runtime.block_on(ended);
        ended.expect("the server ends").unwrap();
        assert!(std::net::TcpStream::connect(server.address).is_err());
    }
}
