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
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use super::client_address::Peer;
use crate::limits::{ConnectionGuard, ConnectionLimits};

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

/// How long an answer may wait for a client that takes nothing of it (`TCP_USER_TIMEOUT`; Linux
/// only). A client on a bad line takes something every few seconds.
pub const STALLED_MAX: Duration = Duration::from_secs(60);

/// How many connections may speak HTTP at a time, and how long an answer may stand still.
pub struct Bounds {
    /// The most of all clients. Further ones wait to be accepted.
    pub most: usize,
    /// The most of an IPv4 address or an IPv6 subnet, and more of a wider prefix. Further ones are
    /// closed at once.
    pub per_prefix: u32,
    /// The networks whose connections count only among those of all: proxies, which bring many
    /// clients, and whoever has no limits.
    pub uncounted: Vec<IpNet>,
    /// How long an answer may wait for a client that takes nothing of it, [`STALLED_MAX`]. A socket
    /// keeps it when it becomes a WebSocket; the feed itself gives up earlier.
    pub stalled_max: Duration,
}

/// Serves `router` on every connection that `listener` gets, within `bounds`, until `stopping` is
/// cancelled; returns when every request under way is answered. A connection that becomes a
/// WebSocket no longer counts.
///
/// Every request has its [`Peer`] as an extension.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stopping: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(bounds.most.min(Semaphore::MAX_PERMITS)));
    let clients = ConnectionLimits::new(bounds.per_prefix);
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
                let Some(guard) = enter(&clients, &bounds, peer) else {
                    metrics::counter!("canvas_http_connections_refused_total").increment(1);
                    continue;
                };
                bound_stalling(&stream, bounds.stalled_max);
                let (router, stopping) = (router.clone(), stopping.clone());
                connections.spawn(async move {
                    let open = metrics::gauge!("canvas_http_connections");
                    open.increment(1);
                    speak(stream, peer, router, stopping).await;
                    open.decrement(1);
                    drop((guard, place));
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

/// A place for a connection of `peer`; none when its client has as many as it may.
fn enter(clients: &ConnectionLimits, bounds: &Bounds, peer: SocketAddr) -> Option<ConnectionGuard> {
    let address = peer.ip().to_canonical();
    let is_uncounted = bounds.uncounted.iter().any(|net| net.contains(&address));
    match is_uncounted {
        true => Some(ConnectionGuard::exempt()),
        false => clients.enter(address),
    }
}

/// Lets the kernel end a connection whose peer takes nothing of what is sent to it for `max`.
#[cfg(target_os = "linux")]
fn bound_stalling(stream: &TcpStream, max: Duration) {
    let set = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(max));
    if let Err(error) = set {
        tracing::debug!(%error, "could not bound how long an answer stands still");
    }
}

/// Other operating systems have their own bounds, mostly of some minutes.
#[cfg(not(target_os = "linux"))]
fn bound_stalling(_: &TcpStream, _: Duration) {}

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
        /// Gets a permit for every request of `/slow` that has come, and for every answer of
        /// `/large` that ended.
        arrived: Arc<Semaphore>,
        /// Each of its permits lets one request of `/slow` be answered.
        release: Arc<Semaphore>,
    }

    /// What the answer of `/large` holds until nobody sends it any more: a permit when dropped.
    struct Sending(Arc<Semaphore>);

    impl Drop for Sending {
        fn drop(&mut self) {
            self.0.add_permits(1);
        }
    }

    /// Nobody's connections are bounded but those of all.
    fn at_most(most: usize) -> Bounds {
        Bounds {
            most,
            per_prefix: 1_000,
            uncounted: Vec::new(),
            stalled_max: STALLED_MAX,
        }
    }

    impl Server {
        fn start(bounds: Bounds) -> Self {
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
            let told = Arc::clone(&arrived);
            let large = move || async move {
                let sending = Sending(told);
                Body::from_stream(futures_util::stream::repeat_with(move || {
                    let _ = &sending;
                    Ok::<_, std::convert::Infallible>(vec![0; MAX_BUFFER_BYTES])
                }))
            };
            let router = Router::new()
                .route("/", get(tell))
                .route("/large", get(large))
                .route("/slow", get(slow));
            let stopping = CancellationToken::new();
            let served = runtime.spawn(serve(listener, router, bounds, stopping.clone()));
            Self {
                runtime,
                address,
                stopping,
                served,
                arrived,
                release,
            }
        }

        /// Waits for a permit of `arrived`.
        fn wait_for_permit(&self) {
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

    /// A connection of another address of this machine.
    fn connect_from(own: [u8; 4], server: SocketAddr) -> Client {
        use socket2::{Domain, Socket, Type};
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((own, 0)).into()).unwrap();
        socket.connect(&server.into()).unwrap();
        socket.set_read_timeout(Some(2 * HEAD_MAX)).unwrap();
        Client(socket.into())
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
        let server = Server::start(at_most(8));
        let mut client = server.connect();
        let own = client.0.local_addr().unwrap().to_string();
        for _ in 0..3 {
            client.ask("/");
            assert!(client.hear(&own).starts_with("HTTP/1.1 200 OK\r\n"));
        }
    }

    #[test]
    fn a_head_that_does_not_end_is_cut_off_in_time() {
        let server = Server::start(at_most(8));
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
        let server = Server::start(at_most(8));
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
        let server = Server::start(at_most(1));
        let mut first = server.connect();
        first.ask("/slow");
        server.wait_for_permit();
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
    #[cfg(target_os = "linux")]
    fn one_client_leaves_places_to_the_others() {
        let server = Server::start(Bounds {
            per_prefix: 2,
            ..at_most(8)
        });
        let is_served = |client: &mut Client| {
            client.ask("/");
            let own = client.0.local_addr().unwrap().to_string();
            client.hear(&own).starts_with("HTTP/1.1 200 OK\r\n")
        };
        let mut held = [server.connect(), server.connect()];
        assert!(held.iter_mut().all(is_served));
        assert!(!is_served(&mut server.connect()), "closed at once");
        let mut other = connect_from([127, 0, 0, 2], server.address);
        assert!(is_served(&mut other));
        drop(held);
        let deadline = Instant::now() + HEAD_MAX;
        while !is_served(&mut server.connect()) {
            assert!(Instant::now() < deadline, "ended ones count no more");
        }
    }

    #[test]
    fn proxies_have_as_many_connections_as_all() {
        let server = Server::start(Bounds {
            per_prefix: 1,
            uncounted: vec!["127.0.0.0/8".parse().unwrap()],
            ..at_most(8)
        });
        for mut client in [(); 3].map(|()| server.connect()) {
            client.ask("/slow");
            server.wait_for_permit();
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_answer_that_nobody_takes_is_given_up() {
        let server = Server::start(Bounds {
            stalled_max: Duration::from_secs(1),
            ..at_most(8)
        });
        let mut client = server.connect();
        client.ask("/large");
        client.hear("\r\n\r\n");
        server.wait_for_permit();
        client.ask("/");
        let left = std::io::copy(&mut client.0, &mut std::io::sink());
        assert!(left.is_err(), "the connection was reset");
    }

    #[test]
    fn a_stopping_server_answers_what_it_was_asked() {
        let server = Server::start(at_most(8));
        let mut busy = server.connect();
        let mut idle = server.connect();
        let own = idle.0.local_addr().unwrap().to_string();
        idle.ask("/");
        idle.hear(&own);
        busy.ask("/slow");
        server.wait_for_permit();
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
