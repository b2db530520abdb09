//! One task a connection: the portable way, for any stream.
//!
//! The frames, the limits and what a client may send are those of the shards, from the same
//! code. Only who writes differs, so a TLS or Unix stream behaves as a TCP one.

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
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Handle,
    sync::{Notify, broadcast, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{
    AdoptError, CLIENT_FRAMES_MAX, CloseCode, ConnectionId, DISCARD_BYTES_MAX, EndReason, Ended,
    Fanout, Frame, Io, NewSocket, Options, QUEUE_FRAMES_MAX, SendError, Stats, Timing,
    client_frame::{ClientFrame, ClientFrames, Violation},
    registry::Registry,
};

/// Frames for one connection alone that may wait.
const DIRECT_MAX: usize = 8;

/// Bytes read from a client in one go, kept in its task.
const SCRATCH_BYTES: usize = 256;

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
    direct: Mutex<HashMap<ConnectionId, mpsc::Sender<Direct>>>,
    blocked: AtomicUsize,
    frames: AtomicU64,
    bytes: AtomicU64,
    resyncs: AtomicU64,
}

struct Feed {
    sender: broadcast::Sender<Frame>,
    resync: Frame,
    stopping: bool,
}

enum Direct {
    Send(Frame),
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
            resync: Frame::binary(&[]),
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
        let connection = Connection {
            io,
            shared: self.shared.clone(),
            timing: self.timing,
            feed: feed.sender.subscribe(),
            direct,
            client_frames: ClientFrames::default(),
            heard_at: Instant::now(),
            heard_count: 0,
        };
        let slot = Slot {
            id,
            reason: EndReason::Gone,
            shared: self.shared.clone(),
        };
        self.runtime.spawn(connection.run(hello, read, slot));
        Ok(id)
    }

    fn broadcast(&self, frame: Frame, resync: Frame) {
        let mut feed = self.shared.feed.lock();
        feed.resync = resync;
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
        let queues: Vec<_> = self.shared.direct.lock().values().cloned().collect();
        let now = Instant::now();
        let count = u32::try_from(queues.len()).unwrap_or(u32::MAX);
        for (index, queue) in (1u32..).zip(queues) {
            let at = now + spread * index / count;
            let frame = Frame::close(code, "");
            let close = Direct::Close {
                frame,
                end: EndReason::Drained,
                at,
            };
            if queue.try_send(close).is_err() {
                tracing::debug!("a connection that is over, or blocked, was not told to close");
            }
        }
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

/// Gives the slot back however the task ends, also when its runtime drops it.
struct Slot {
    id: ConnectionId,
    reason: EndReason,
    shared: Arc<Shared>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.direct.lock().remove(&self.id);
        self.shared.registry.end(self.id, self.reason);
    }
}

struct Connection {
    io: Box<dyn Io>,
    shared: Arc<Shared>,
    timing: Timing,
    feed: broadcast::Receiver<Frame>,
    direct: mpsc::Receiver<Direct>,
    client_frames: ClientFrames,
    heard_at: Instant,
    heard_count: u8,
}

impl Connection {
    async fn run(mut self, hello: Frame, read: Bytes, mut slot: Slot) {
        slot.reason = match self.serve(&hello, &read).await {
            Ok(never) => match never {},
            Err(reason) => reason,
        };
    }

    async fn serve(
        &mut self,
        hello: &Frame,
        read: &[u8],
    ) -> Result<std::convert::Infallible, EndReason> {
        self.write(hello).await?;
        self.received(read).await?;
        let mut ping = interval(self.timing.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        let mut closing: Option<(Frame, EndReason, Instant)> = None;
        let mut scratch = [0; SCRATCH_BYTES];
        loop {
            let close_at = closing.as_ref().map_or_else(Instant::now, |(_, _, at)| *at);
            // Biased, so that a frame for one follows the broadcasts made before it.
            tokio::select! {
                biased;
                frame = self.feed.recv() => self.tick(frame).await?,
                direct = self.direct.recv() => match direct {
                    Some(Direct::Send(frame)) => self.write(&frame).await?,
                    Some(Direct::Close { frame, end, at }) => closing = Some((frame, end, at)),
                    Some(Direct::Stop(goodbye)) => {
                        self.write(&goodbye).await?;
                        return Err(EndReason::Drained);
                    }
                    None => return Err(EndReason::Drained),
                },
                () = sleep_until(close_at), if closing.is_some() => {
                    if let Some((frame, end, _)) = &closing {
                        return Err(self.close(frame, *end).await);
                    }
                }
                count = self.io.read(&mut scratch) => match count {
                    Ok(0) | Err(_) => return Err(EndReason::Gone),
                    Ok(count) => self.received(&scratch[..count]).await?,
                },
                _ = ping.tick() => {
                    if self.heard_at.elapsed() > self.timing.silent_max {
                        return Err(EndReason::Silent);
                    }
                    self.heard_count = 0;
                    self.write(&Frame::ping()).await?;
                }
            }
        }
    }

    async fn tick(
        &mut self,
        frame: Result<Frame, broadcast::error::RecvError>,
    ) -> Result<(), EndReason> {
        match frame {
            Ok(frame) => {
                let started_at = Instant::now();
                self.write(&frame).await?;
                if started_at.elapsed() > self.timing.behind_max {
                    self.rejoin().await?;
                }
                Ok(())
            }
            Err(broadcast::error::RecvError::Lagged(_)) => self.rejoin().await,
            Err(broadcast::error::RecvError::Closed) => Err(EndReason::Drained),
        }
    }

    /// Drops what waits and tells the client to catch up.
    async fn rejoin(&mut self) -> Result<(), EndReason> {
        let resync = {
            let feed = self.shared.feed.lock();
            self.feed = feed.sender.subscribe();
            feed.resync.clone()
        };
        self.shared.resyncs.fetch_add(1, Ordering::Relaxed);
        self.write(&resync).await
    }

    /// Writes a whole frame, or ends the connection.
    async fn write(&mut self, frame: &Frame) -> Result<(), EndReason> {
        let bytes = frame.as_bytes();
        let _blocked = Blocked::count(&self.shared.blocked);
        match timeout(self.timing.blocked_max, self.io.write_all(bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(EndReason::Gone),
            Err(_) => return Err(EndReason::Blocked),
        }
        self.shared.frames.fetch_add(1, Ordering::Relaxed);
        self.shared
            .bytes
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    async fn received(&mut self, mut bytes: &[u8]) -> Result<(), EndReason> {
        self.heard_at = Instant::now();
        loop {
            let frame = match self.client_frames.next(&mut bytes) {
                Ok(None) => return Ok(()),
                Ok(Some(frame)) => frame,
                Err(violation) => return Err(self.violated(violation).await),
            };
            self.heard_count = self.heard_count.saturating_add(1);
            if self.heard_count > CLIENT_FRAMES_MAX {
                return Err(self.violated(Violation::TooMany).await);
            }
            match frame {
                ClientFrame::Pong => {}
                ClientFrame::Ping { pong } => self.write(&pong).await?,
                ClientFrame::Close { answer } => {
                    return Err(self.close(&answer, EndReason::ClientClosed).await);
                }
            }
        }
    }

    async fn violated(&mut self, violation: Violation) -> EndReason {
        self.close(&violation.frame(), violation.end()).await
    }

    /// Sends the close frame, then throws away what comes until the client hangs up.
    async fn close(&mut self, frame: &Frame, end: EndReason) -> EndReason {
        if let Err(reason) = self.write(frame).await {
            return reason;
        }
        let hang_up = async {
            self.io.shutdown().await?;
            let mut scratch = [0; SCRATCH_BYTES];
            let mut discarded = 0;
            while discarded <= DISCARD_BYTES_MAX {
                match self.io.read(&mut scratch).await? {
                    0 => break,
                    count => discarded += count,
                }
            }
            Ok::<_, std::io::Error>(())
        };
        match timeout(self.timing.close_wait, hang_up).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::trace!(%error, "the client hung up at once"),
            Err(_) => tracing::trace!("the client did not hang up after the close frame"),
        }
        end
    }
}

/// Counts a connection as blocked while it writes.
struct Blocked<'a>(&'a AtomicUsize);

impl<'a> Blocked<'a> {
    fn count(blocked: &'a AtomicUsize) -> Self {
        blocked.fetch_add(1, Ordering::Relaxed);
        Self(blocked)
    }
}

impl Drop for Blocked<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
