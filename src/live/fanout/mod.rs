//! Writing each frame to every socket.
//!
//! [`Fanout`] is the seam. [`Shards`] is what a server runs: one thread a core, each owning its
//! sockets, each tick written as one shared buffer. [`Tasks`] does the same with one task a
//! connection; it takes any stream (TLS, a Unix socket), so `Shards` hands it whatever is not
//! plain TCP.
//!
//! What holds for both:
//! - Calls made one after another take effect in that order: a socket adopted before a broadcast
//!   gets it, one adopted after it does not.
//! - A slow client never slows another and never holds more than [`QUEUE_FRAMES_MAX`] references
//!   to shared frames. Past that, or [`Timing::behind_max`] behind, what waits is dropped and one
//!   resync frame takes its place.
//! - Clients may send control frames only; anything else closes the connection.

mod client_frame;
mod frame;
mod registry;
mod shards;
mod tasks;
#[cfg(test)]
mod tests;
mod upgrade;

use std::{fmt, net, time::Duration};

use bytes::Bytes;
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Notify,
};

pub use self::{
    frame::{CloseCode, Frame},
    shards::Shards,
    tasks::Tasks,
    upgrade::{UpgradeError, upgrade},
};

/// Shared frames that may wait for one blocked socket, the half-written one included.
///
/// Half a second at the highest rate of 60 frames a second, measured to leave the p99 of all
/// others unchanged with 50 stalled sockets of 5,000.
pub const QUEUE_FRAMES_MAX: usize = 32;

/// Kernel send buffer of a socket, in bytes. With the kernel's own default one stalled client
/// holds 0.9 to 2.6 MB before the queue above sees it.
pub const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// Bytes that may wait unsent in the kernel before a socket counts as blocked
/// (`TCP_NOTSENT_LOWAT`, Linux only): 20-45 KB of kernel memory a stalled client, not 150 KB.
pub const NOTSENT_LOWAT_BYTES: u32 = 16 * 1024;

/// Frames one client may send in one [`Timing::ping_every`]. A browser sends one pong.
pub const CLIENT_FRAMES_MAX: u8 = 64;

/// Bytes read and thrown away from a client that was already told goodbye.
pub const DISCARD_BYTES_MAX: usize = 64 * 1024;

/// One connection of one fan-out, unique for the life of the fan-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection of this number, as a test needs it.
    #[cfg(test)]
    pub(crate) const fn of(number: u64) -> Self {
        Self(number)
    }

    /// The bare number, for logs.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The client sent a close frame.
    ClientClosed,
    /// The stream ended or failed without a close frame.
    Gone,
    /// [`Fanout::close`] was called.
    ServerClosed,
    /// [`Fanout::close_all`] or [`Fanout::shutdown`] was called.
    Drained,
    /// The client broke the WebSocket protocol (RFC 6455).
    ProtocolError,
    /// The client sent a message, or more control frames than [`CLIENT_FRAMES_MAX`].
    PolicyViolation,
    /// Nothing came from the client for [`Timing::silent_max`].
    Silent,
    /// The client read too little for [`Timing::blocked_max`].
    Blocked,
}

impl EndReason {
    /// The reason as a metrics label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientClosed => "client_closed",
            Self::Gone => "gone",
            Self::ServerClosed => "server_closed",
            Self::Drained => "drained",
            Self::ProtocolError => "protocol_error",
            Self::PolicyViolation => "policy_violation",
            Self::Silent => "silent",
            Self::Blocked => "blocked",
        }
    }
}

/// A connection that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which one, as [`Fanout::adopt`] returned it.
    pub id: ConnectionId,
    /// Why.
    pub reason: EndReason,
}

/// Any byte stream that can carry a WebSocket.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A socket after the answer 101, with what was already read from it.
pub enum NewSocket {
    /// A plain TCP connection, which a shard can own.
    Tcp {
        /// The socket, in non-blocking mode.
        stream: net::TcpStream,
        /// Bytes that the client sent behind its handshake.
        read: Bytes,
    },
    /// Any other stream.
    Other {
        /// The stream.
        io: Box<dyn Io>,
        /// Bytes that the client sent behind its handshake.
        read: Bytes,
    },
}

/// Why a socket was not taken. The socket is dropped; the client connects again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AdoptError {
    /// [`Options::connections_max`] are taken: alive, or ended but not yet fetched with
    /// [`Fanout::take_ended`].
    #[error("every connection slot is taken")]
    Full,
    /// The shard has as many commands waiting as it may.
    #[error("the command queue of the shard is full")]
    Busy,
    /// The fan-out is closing or closed.
    #[error("the fan-out is closing")]
    Stopping,
}

/// Why a frame for one connection was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// As many commands wait as may; try again after a tick.
    #[error("the command queue of the connection is full")]
    Busy,
    /// The fan-out is closed.
    #[error("the fan-out is closed")]
    Stopped,
}

/// Limits in time. The defaults are what a server runs with; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Between two pings to one client. Default 25 s, under the 30 s idle limit that is usual
    /// in proxies.
    pub ping_every: Duration,
    /// After this long without a byte from the client it is closed. Default 60 s.
    pub silent_max: Duration,
    /// A frame that waited this long for a socket is stale: the client gets a resync instead.
    /// Default 2 s.
    pub behind_max: Duration,
    /// A socket that stays blocked this long is closed. Default 30 s.
    pub blocked_max: Duration,
    /// How long to wait for the client to hang up after a close frame. Default 5 s.
    pub close_wait: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_secs(25),
            silent_max: Duration::from_secs(60),
            behind_max: Duration::from_secs(2),
            blocked_max: Duration::from_secs(30),
            close_wait: Duration::from_secs(5),
        }
    }
}

/// How a fan-out is set up.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Shard threads, at least 1. Default: one a core.
    pub shards: usize,
    /// Connections at once, those that ended but were not fetched with [`Fanout::take_ended`]
    /// included. Default 100,000; the open-file limit of the process is its own bound.
    pub connections_max: usize,
    /// Limits in time.
    pub timing: Timing,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            connections_max: 100_000,
            timing: Timing::default(),
        }
    }
}

/// What a fan-out did since it started, and how it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections alive now, those saying goodbye included.
    pub connections: usize,
    /// Connections that have frames waiting because their socket is full.
    pub blocked: usize,
    /// Frames handed to the kernel in full.
    pub frames: u64,
    /// Bytes handed to the kernel, frame headers included.
    pub bytes: u64,
    /// Times that a connection's waiting frames were dropped for a resync frame.
    pub resyncs: u64,
    /// How long the slowest shard took to write its last tick to all its sockets.
    pub last_pass: Duration,
}

/// Writes frames to all adopted sockets. No method waits for a socket.
///
/// Callers that need "adopt, then broadcast" to be one order across threads hold their own lock
/// around both calls.
pub trait Fanout: Send + Sync {
    /// Takes a socket over and writes `hello` to it first.
    ///
    /// # Errors
    /// See [`AdoptError`]; the socket is dropped.
    fn adopt(&self, socket: NewSocket, hello: Frame) -> Result<ConnectionId, AdoptError>;

    /// Queues `frame` for every connection adopted so far. `resync` is what a client gets that
    /// fell behind from now on: it stands for this frame and all before it, of which some may
    /// still follow.
    fn broadcast(&self, frame: Frame, resync: Frame);

    /// Queues a frame for one connection, behind every broadcast made before. A connection that
    /// is over takes nothing, without an error: its end is in [`Fanout::take_ended`]. One that
    /// falls behind loses these frames too: whoever gets a resync asks for its own state anew.
    ///
    /// # Errors
    /// See [`SendError`].
    fn send_to(&self, id: ConnectionId, frame: Frame) -> Result<(), SendError>;

    /// Closes one connection after what is queued for it. A `reason` over 123 bytes is cut.
    ///
    /// # Errors
    /// See [`SendError`].
    fn close(&self, id: ConnectionId, code: CloseCode, reason: &str) -> Result<(), SendError>;

    /// Takes no more sockets and closes all, evenly over `spread`, so that clients do not come
    /// back all at once.
    fn close_all(&self, code: CloseCode, spread: Duration);

    /// Connections that ended since the last call, each once. Their slots are free after it.
    fn take_ended(&self) -> Vec<Ended>;

    /// Told whenever [`Fanout::take_ended`] has something new.
    fn ended(&self) -> &Notify;

    /// Counters since the start, and gauges.
    fn stats(&self) -> Stats;

    /// Sends 1001 to whoever is still there, without waiting for an answer, ends all
    /// connections and joins the threads; tasks end by themselves. Idempotent. Blocks for at most
    /// one pass.
    fn shutdown(&self);
}
