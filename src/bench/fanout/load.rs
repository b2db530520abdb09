//! The reading side: one thread, raw TCP, a streaming parser of server frames.
//!
//! Two classes of sockets. The sampled ones are in epoll and timed. The rest is in no epoll set
//! and swept every so often, so that one read takes many frames: reading must cost less than
//! writing, or the generator is what is measured.

use std::{
    io::{self, BufRead, ErrorKind, Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use thiserror::Error;

use super::STAMP_BYTES;
use crate::bench::process;

/// Where the feed of the bench is.
pub(super) const PATH: &str = "/feed";

/// The line that a generator process prints when all are connected.
pub(super) const CONNECTED: &str = "connected";

/// Connections from one source address. Past some 10,000 ports `connect` searches long.
const CONNECTIONS_PER_SOURCE: usize = 5000;

/// The longest answer to a handshake, in bytes.
const ANSWER_BYTES_MAX: usize = 2048;

/// How long one handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Bytes fetched by one read.
const READ_BYTES: usize = 256 * 1024;

/// The longest header of a server frame, RFC 6455 §5.2.
const HEADER_BYTES_MAX: usize = 10;

/// Opcodes of RFC 6455 §5.2.
const BINARY: u8 = 0x2;
const PING: u8 = 0x9;

/// An empty pong of a client, masked with zeros.
const PONG: [u8; 6] = [0x8A, 0x80, 0, 0, 0, 0];

/// The largest latency that is told apart, in microseconds: one minute.
const LATENCY_US_MAX: u64 = 60_000_000;

/// What to connect to, and for how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadOptions {
    /// The server.
    pub address: SocketAddr,
    /// Sockets to open.
    pub connections: usize,
    /// How many of them are timed.
    pub sampled: usize,
    /// Milliseconds in which all others are read once.
    pub sweep_every_ms: u64,
    /// Seconds read before the measurement.
    pub warm_up_s: u32,
    /// Seconds measured.
    pub seconds: u32,
}

/// What came in the measured time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadReport {
    /// Seconds in truth.
    pub seconds: f64,
    /// Stamped frames, over all sockets.
    pub frames: u64,
    /// Missing sequence numbers, over all sockets and the whole run.
    pub lost_frames: u64,
    /// Median latency in microseconds.
    pub latency_p50_us: u64,
    /// 99th percentile in microseconds.
    pub latency_p99_us: u64,
    /// Largest in microseconds.
    pub latency_max_us: u64,
    /// CPU time of the generator.
    pub cpu_seconds: f64,
}

/// Why the load could not be made.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A socket could not be opened or handshaken.
    #[error("could not open connection {index} of the load")]
    Connect {
        /// How many were open.
        index: usize,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A connection ended.
    #[error("a connection of the load ended")]
    Read(#[source] io::Error),
    /// The system gave no epoll or no histogram memory.
    #[error("could not prepare the load")]
    Prepare(#[source] io::Error),
    /// The options on standard input are not JSON, or the report could not be printed.
    #[error("could not talk to the process that asked for the load")]
    Exchange(#[source] io::Error),
}

/// The body of a generator process: options as one line of JSON on standard input; on standard
/// output `connected`, then the report as one line of JSON.
///
/// # Errors
/// See [`LoadError`].
pub fn run_child() -> Result<(), LoadError> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(LoadError::Exchange)?;
    let options: LoadOptions =
        serde_json::from_str(&line).map_err(|error| LoadError::Exchange(error.into()))?;
    if process::allow_open_files(options.connections as u64 + super::OTHER_FILES).is_err() {
        let source = io::Error::other("too few open files are allowed (ulimit -Hn)");
        return Err(LoadError::Connect { index: 0, source });
    }
    let mut told = Ok(());
    let report = run(&options, || told = writeln!(io::stdout(), "{CONNECTED}"))?;
    told.map_err(LoadError::Exchange)?;
    serde_json::to_writer(io::stdout(), &report)
        .map_err(|error| LoadError::Exchange(error.into()))?;
    writeln!(io::stdout()).map_err(LoadError::Exchange)
}

/// Connects all, calls `connected`, then reads until the time is over.
///
/// # Errors
/// See [`LoadError`].
pub fn run(options: &LoadOptions, connected: impl FnOnce()) -> Result<LoadReport, LoadError> {
    let mut load = Load::connect(options)?;
    connected();
    load.read_for(Duration::from_secs(options.warm_up_s.into()))?;
    load.seen.frames = 0;
    load.seen.latency_us.reset();
    let (started_at, cpu) = (Instant::now(), process::thread_cpu_time());
    load.read_for(Duration::from_secs(options.seconds.into()))?;
    let latency_us = &load.seen.latency_us;
    Ok(LoadReport {
        seconds: started_at.elapsed().as_secs_f64(),
        frames: load.seen.frames,
        lost_frames: load.seen.lost_frames,
        latency_p50_us: latency_us.value_at_quantile(0.5),
        latency_p99_us: latency_us.value_at_quantile(0.99),
        latency_max_us: latency_us.max(),
        cpu_seconds: (process::thread_cpu_time() - cpu).as_secs_f64(),
    })
}

struct Load {
    poll: Poll,
    sampled: Vec<Reader>,
    swept: Vec<Reader>,
    sweep_every: Duration,
    buffer: Vec<u8>,
    seen: Seen,
}

/// What all sockets saw together.
struct Seen {
    frames: u64,
    lost_frames: u64,
    latency_us: Histogram<u64>,
}

impl Load {
    fn connect(options: &LoadOptions) -> Result<Self, LoadError> {
        let latency_us = Histogram::new_with_max(LATENCY_US_MAX, 3)
            .map_err(|error| LoadError::Prepare(io::Error::other(error)))?;
        let mut load = Self {
            poll: Poll::new().map_err(LoadError::Prepare)?,
            sampled: Vec::with_capacity(options.sampled),
            swept: Vec::with_capacity(options.connections - options.sampled),
            sweep_every: Duration::from_millis(options.sweep_every_ms.max(1)),
            buffer: vec![0; READ_BYTES],
            seen: Seen {
                frames: 0,
                lost_frames: 0,
                latency_us,
            },
        };
        for index in 0..options.connections {
            let fail = |source| LoadError::Connect { index, source };
            let mut reader = Reader::connect(options.address, index).map_err(fail)?;
            if index < options.sampled {
                let token = Token(index);
                let registry = load.poll.registry();
                registry
                    .register(&mut reader.socket, token, Interest::READABLE)
                    .map_err(fail)?;
                load.sampled.push(reader);
            } else {
                load.swept.push(reader);
            }
        }
        Ok(load)
    }

    /// Reads the sampled sockets as they become ready, and each other one once a sweep, evenly.
    fn read_for(&mut self, time: Duration) -> Result<(), LoadError> {
        let mut events = Events::with_capacity(self.sampled.len());
        let started_at = Instant::now();
        let mut swept = 0u64;
        while started_at.elapsed() < time {
            match self.poll.poll(&mut events, Some(Duration::from_millis(1))) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(LoadError::Read(error)),
            }
            for event in &events {
                let reader = &mut self.sampled[event.token().0];
                reader
                    .read(&mut self.buffer, &mut self.seen, true)
                    .map_err(LoadError::Read)?;
            }
            let sweeps = started_at.elapsed().as_secs_f64() / self.sweep_every.as_secs_f64();
            let due = (sweeps * self.swept.len() as f64) as u64;
            // Not too many at once: the sampled sockets are waiting to be timed.
            for _ in 0..due.saturating_sub(swept).min(200) {
                let index = (swept % self.swept.len() as u64) as usize;
                let reader = &mut self.swept[index];
                reader
                    .read(&mut self.buffer, &mut self.seen, false)
                    .map_err(LoadError::Read)?;
                swept += 1;
            }
        }
        Ok(())
    }
}

/// One socket and where in a frame it is.
struct Reader {
    socket: mio::net::TcpStream,
    /// Header and stamp of the frame that is being read.
    head: [u8; HEADER_BYTES_MAX + STAMP_BYTES],
    head_length: usize,
    /// Bytes of the frame after its head that are still to come.
    skip: u64,
    in_body: bool,
    next_sequence: Option<u64>,
}

impl Reader {
    fn connect(address: SocketAddr, index: usize) -> io::Result<Self> {
        let source = u8::try_from(1 + index / CONNECTIONS_PER_SOURCE).unwrap_or(u8::MAX);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        #[cfg(target_os = "linux")]
        socket.bind(&SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, source), 0).into())?;
        socket.connect(&address.into())?;
        let mut stream: TcpStream = socket.into();
        stream.set_read_timeout(Some(HANDSHAKE_MAX))?;
        stream.write_all(
            format!(
                "GET {PATH} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\n\
                 upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                 sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            .as_bytes(),
        )?;
        read_answer(&mut stream)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            socket: mio::net::TcpStream::from_std(stream),
            head: [0; HEADER_BYTES_MAX + STAMP_BYTES],
            head_length: 0,
            skip: 0,
            in_body: false,
            next_sequence: None,
        })
    }

    /// Reads all that is there: a short read says so, also under edge-triggered epoll.
    fn read(&mut self, buffer: &mut [u8], seen: &mut Seen, timed: bool) -> io::Result<()> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.parse(&buffer[..count], seen, timed)?;
                    if count < buffer.len() {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn parse(&mut self, mut bytes: &[u8], seen: &mut Seen, timed: bool) -> io::Result<()> {
        while !bytes.is_empty() {
            if !self.in_body {
                self.head[self.head_length] = bytes[0];
                self.head_length += 1;
                bytes = &bytes[1..];
                let Some((header, payload)) = lengths(&self.head[..self.head_length]) else {
                    continue;
                };
                let in_head = payload.min(STAMP_BYTES as u64);
                if ((self.head_length - header) as u64) < in_head {
                    continue;
                }
                self.in_body = true;
                self.skip = payload - in_head;
            }
            let skipped = self.skip.min(bytes.len() as u64);
            self.skip -= skipped;
            bytes = &bytes[skipped as usize..];
            if self.skip == 0 {
                self.frame_read(seen, timed)?;
                self.in_body = false;
                self.head_length = 0;
            }
        }
        Ok(())
    }

    fn frame_read(&mut self, seen: &mut Seen, timed: bool) -> io::Result<()> {
        match self.head[0] & 0x0F {
            BINARY => {}
            PING => return self.socket.write_all(&PONG),
            _ => return Ok(()),
        }
        let Some((stamp, sequence)) = stamp(&self.head[..self.head_length]) else {
            return Ok(());
        };
        seen.frames += 1;
        if let Some(expected) = self.next_sequence {
            seen.lost_frames += sequence.saturating_sub(expected);
        }
        self.next_sequence = Some(sequence.saturating_add(1));
        if timed {
            let latency_us = process::monotonic_ns().saturating_sub(stamp) / 1000;
            seen.latency_us.saturating_record(latency_us);
        }
        Ok(())
    }
}

/// Time and sequence number at the end of a frame's head; none in a frame that is shorter.
fn stamp(head: &[u8]) -> Option<(u64, u64)> {
    let (rest, sequence) = head.split_last_chunk()?;
    let (_, stamp) = rest.split_last_chunk()?;
    Some((u64::from_le_bytes(*stamp), u64::from_le_bytes(*sequence)))
}

/// Header length and payload length of a server frame, once its header is there.
fn lengths(head: &[u8]) -> Option<(usize, u64)> {
    let big_endian = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    match *head.get(1)? {
        127 => Some((10, big_endian(head.get(2..10)?))),
        126 => Some((4, big_endian(head.get(2..4)?))),
        short => Some((2, short.into())),
    }
}

/// Reads the answer 101, byte by byte so that no frame behind it is taken.
fn read_answer(stream: &mut TcpStream) -> io::Result<()> {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        answer.push(byte[0]);
        if answer.len() > ANSWER_BYTES_MAX {
            return Err(io::Error::other("the answer to the handshake is too long"));
        }
    }
    if answer.starts_with(b"HTTP/1.1 101") {
        Ok(())
    } else {
        Err(io::Error::other("the server does not answer 101"))
    }
}
