//! One task a connection: the portable way, for any stream.
//!
//! The frames, the limits and what a client may send are those of the shards, from the same
//! code. Only who writes differs, so a TLS or Unix stream behaves as a TCP one.

mod connection;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::{
    net::TcpStream,
    runtime::Handle,
    sync::{Notify, broadcast, mpsc},
    time::Instant,
};

use self::connection::{Connection, Slot};
use super::{
    AdoptError, CloseCode, ConnectionId, EndReason, Ended, Fanout, Frame, Io, NewSocket, Options,
    QUEUE_FRAMES_MAX, SendError, Stats, Timing, registry::Registry,
};

/// Frames for one connection alone that may wait.
const DIRECT_MAX: usize = 8;

/// A fan-out with one task a connection.
pub struct Tasks {
    runtime: Handle,
    home: usize,
    timing: Timing,
    shared: Arc<Shared>,
}

struct Shared {
    registry: Arc<Registry>,
    feed: Mutex<Feed>,
    /// The queues of the connections that live.
    direct: Mutex<HashMap<ConnectionId, mpsc::Sender<Direct>>>,
    blocked: AtomicUsize,
    frames: AtomicU64,
    bytes: AtomicU64,
    resyncs: AtomicU64,
}

/// Behind one lock, so that joining the feed and broadcasting exclude each other.
struct Feed {
    sender: broadcast::Sender<Frame>,
    /// The newest; none before the first broadcast.
    resync: Option<Frame>,
    stopping: bool,
}

/// What one connection alone is told.
enum Direct {
    Send(Frame),
    /// Close at this time, with this end.
    Close {
        frame: Frame,
        end: EndReason,
        at: Instant,
    },
    /// Say goodbye and do not wait for the answer.
    Stop(Frame),
}

impl Tasks {
    /// Takes connections into tasks of `runtime`.
    pub fn new(options: Options, runtime: Handle) -> Self {
        let registry = Arc::new(Registry::new(options.connections_max, 1));
        Self::with_registry(options.timing, runtime, registry, 0)
    }

    /// As a part of a larger fan-out, in which these connections have the number `home`.
    pub(super) fn with_registry(
        timing: Timing,
        runtime: Handle,
        registry: Arc<Registry>,
        home: usize,
    ) -> Self {
        let feed = Feed {
            sender: broadcast::Sender::new(QUEUE_FRAMES_MAX),
            resync: None,
            stopping: false,
        };
        let shared = Shared {
            registry,
            feed: Mutex::new(feed),
            direct: Mutex::new(HashMap::new()),
            blocked: AtomicUsize::new(0),
            frames: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            resyncs: AtomicU64::new(0),
        };
        Self {
            runtime,
            home,
            timing,
            shared: Arc::new(shared),
        }
    }

    fn open_io(&self, socket: NewSocket) -> std::io::Result<(Box<dyn Io>, Bytes)> {
        match socket {
            NewSocket::Other { io, read } => Ok((io, read)),
            NewSocket::Tcp { stream, read } => {
                let _runtime = self.runtime.enter();
                stream.set_nodelay(true)?;
                Ok((Box::new(TcpStream::from_std(stream)?), read))
            }
        }
    }

    fn direct(&self, id: ConnectionId, direct: Direct) -> Result<(), SendError> {
        let queue = self.shared.direct.lock().get(&id).cloned();
        match queue.map(|queue| queue.try_send(direct)) {
            Some(Err(mpsc::error::TrySendError::Full(_))) => Err(SendError::Busy),
            // One that is over is in `take_ended`.
            Some(Ok(()) | Err(mpsc::error::TrySendError::Closed(_))) | None => Ok(()),
        }
    }
}

impl Fanout for Tasks {
    fn adopt(&self, socket: NewSocket, hello: Frame) -> Result<ConnectionId, AdoptError> {
        // Held over the whole adoption: it is before or after a broadcast, never beside it.
        let feed = self.shared.feed.lock();
        if feed.stopping {
            return Err(AdoptError::Stopping);
        }
        let id = self.shared.registry.open(self.home)?;
        let (io, read) = match self.open_io(socket) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "could not take a socket over");
                self.shared.registry.end(id, EndReason::Gone);
                return Ok(id);
            }
        };
        let (sender, direct) = mpsc::channel(DIRECT_MAX);
        self.shared.direct.lock().insert(id, sender);
        let shared = self.shared.clone();
        let connection = Connection::new(io, shared, self.timing, feed.sender.subscribe(), direct);
        let slot = Slot::new(id, self.shared.clone());
        self.runtime.spawn(connection.run(hello, read, slot));
        Ok(id)
    }

    fn broadcast(&self, frame: Frame, resync: Frame) {
        let mut feed = self.shared.feed.lock();
        feed.resync = Some(resync);
        // An error only says that there is no connection.
        feed.sender.send(frame).ok();
    }

    fn send_to(&self, id: ConnectionId, frame: Frame) -> Result<(), SendError> {
        self.direct(id, Direct::Send(frame))
    }

    fn close(&self, id: ConnectionId, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let frame = Frame::close(code, reason);
        let at = Instant::now();
        self.direct(
            id,
            Direct::Close {
                frame,
                end: EndReason::ServerClosed,
                at,
            },
        )
    }

    fn close_all(&self, code: CloseCode, spread: Duration) {
        self.shared.feed.lock().stopping = true;
        let now = Instant::now();
        let mut queues = self.shared.direct.lock();
        let count = u32::try_from(queues.len()).unwrap_or(u32::MAX);
        let mut index = 0;
        queues.retain(|_, queue| {
            index += 1;
            let at = now + spread * index / count;
            let frame = Frame::close(code, "");
            // Without its queue, a connection whose queue is full ends after what is in it.
            queue
                .try_send(Direct::Close {
                    frame,
                    end: EndReason::Drained,
                    at,
                })
                .is_ok()
        });
    }

    fn take_ended(&self) -> Vec<Ended> {
        self.shared.registry.take_ended()
    }

    fn ended(&self) -> &Notify {
        self.shared.registry.notify()
    }

    fn stats(&self) -> Stats {
        Stats {
            connections: self.shared.direct.lock().len(),
            blocked: self.shared.blocked.load(Ordering::Relaxed),
            frames: self.shared.frames.load(Ordering::Relaxed),
            bytes: self.shared.bytes.load(Ordering::Relaxed),
            resyncs: self.shared.resyncs.load(Ordering::Relaxed),
            last_pass: Duration::ZERO,
        }
    }

    fn shutdown(&self) {
        self.shared.feed.lock().stopping = true;
        let goodbye = Frame::close(CloseCode::GOING_AWAY, "the server stops");
        // Dropping the queues ends those whose queue is full.
        for queue in std::mem::take(&mut *self.shared.direct.lock()).into_values() {
            queue.try_send(Direct::Stop(goodbye.clone())).ok();
        }
    }
}
