//! The thread that owns a part of the sockets.

use std::{
    io::{self, ErrorKind, IoSlice},
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use indexmap::IndexMap;
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use super::{
    connection::{Connection, Context, Step, Tally},
    gauges::Gauges,
    inbox::{BROADCASTS_MAX, Command, Drain, Inbox, Orders},
};
use crate::live::fanout::{CloseCode, ConnectionId, EndReason, Frame, Timing, registry::Registry};

/// The token of the waker; no connection has it, since ids count up from 0.
pub(super) const WAKE: Token = Token(usize::MAX);

/// Readiness events fetched in one go.
const EVENTS_MAX: usize = 1024;

/// Bytes read from a client in one go. A pong is 6.
const SCRATCH_BYTES: usize = 4096;

/// The longest time between two looks at what falls due.
const TEND_EVERY_MAX: Duration = Duration::from_secs(1);

/// The time between two looks at which sockets a drain has to close.
const DRAIN_EVERY: Duration = Duration::from_millis(20);

/// A connection counts the frames of a batch in a `u8`, and one `writev` takes 1024 (Linux).
const _: () = assert!(BROADCASTS_MAX <= u8::MAX as usize);

/// One thread's sockets, and how it waits for them.
pub(super) struct Shard {
    poll: Poll,
    inbox: Arc<Inbox>,
    registry: Arc<Registry>,
    gauges: Arc<Gauges>,
    timing: Timing,
    tend_every: Duration,
    tended_at: Instant,
    connections: IndexMap<ConnectionId, Connection>,
    /// Broadcasts of this turn, at most [`BROADCASTS_MAX`], not yet written to all: a connection
    /// lacks those from its `skip` on.
    batch: Vec<Frame>,
    /// What a client gets that fell behind; none before the first broadcast.
    resync: Option<Frame>,
    /// Where the next pass starts.
    start: usize,
    draining: Option<Draining>,
    scratch: Box<[u8]>,
    tally: Tally,
    now: Instant,
}

struct Draining {
    frame: Frame,
    started_at: Instant,
    spread: Duration,
    count: usize,
    left: Vec<ConnectionId>,
}

impl Shard {
    pub(super) fn new(
        poll: Poll,
        inbox: Arc<Inbox>,
        registry: Arc<Registry>,
        gauges: Arc<Gauges>,
        timing: Timing,
    ) -> Self {
        let now = Instant::now();
        let shortest = [
            timing.ping_every,
            timing.silent_max,
            timing.blocked_max,
            timing.close_wait,
        ]
        .into_iter()
        .fold(TEND_EVERY_MAX * 4, Duration::min);
        Self {
            poll,
            inbox,
            registry,
            gauges,
            timing,
            tend_every: shortest / 4,
            tended_at: now,
            connections: IndexMap::new(),
            batch: Vec::with_capacity(BROADCASTS_MAX),
            resync: None,
            start: 0,
            draining: None,
            scratch: vec![0; SCRATCH_BYTES].into(),
            tally: Tally::default(),
            now,
        }
    }

    /// Runs until it is told to stop, then ends all connections.
    pub(super) fn run(mut self) {
        if let Err(error) = self.serve() {
            tracing::error!(%error, "a fan-out shard failed and closes its connections");
        }
        self.finish();
    }

    fn serve(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        loop {
            let wait = if self.draining.is_some() {
                DRAIN_EVERY
            } else {
                self.tend_every
            };
            match self.poll.poll(&mut events, Some(wait)) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            self.now = Instant::now();
            for event in &events {
                if event.token() != WAKE {
                    let readable =
                        event.is_readable() || event.is_read_closed() || event.is_error();
                    self.ready(event.token(), readable, event.is_writable());
                }
            }
            let orders = self.inbox.take();
            let stop = orders.stop;
            self.obey(orders);
            self.pass();
            self.drain();
            self.tend();
            self.gauges.publish(&self.tally, self.connections.len());
            if stop {
                return Ok(());
            }
        }
    }

    /// One socket became ready.
    fn ready(&mut self, token: Token, readable: bool, writable: bool) {
        let id = ConnectionId(token.0 as u64);
        let mut scratch = mem::take(&mut self.scratch);
        self.step(id, |connection, cx| {
            if writable {
                connection.flush(cx)?;
            }
            if readable {
                connection.read(&mut scratch, cx)?;
            }
            Ok(())
        });
        self.scratch = scratch;
    }

    /// Does what the owner ordered, in the order of its calls.
    fn obey(&mut self, mut orders: Orders) {
        if orders.resync.is_some() {
            self.resync = orders.resync;
        }
        if orders.missed {
            // The newest resync stands for the missed broadcast and for all that still wait.
            orders
                .commands
                .retain(|command| !matches!(command, Command::Broadcast(_)));
            orders
                .commands
                .extend(self.resync.clone().map(Command::Broadcast));
            self.tally.resyncs += self.connections.len() as u64;
        }
        for command in orders.commands {
            match command {
                Command::Adopt {
                    id,
                    stream,
                    read,
                    hello,
                } => self.adopt(id, stream, &read, &hello),
                Command::Broadcast(frame) => self.batch.push(frame),
                Command::Send { id, frame } => {
                    self.catch_up(id);
                    self.step(id, |connection, cx| connection.write_direct(&frame, cx));
                }
                Command::Close { id, frame } => {
                    self.catch_up(id);
                    self.step(id, |connection, cx| {
                        connection.close(&frame, EndReason::ServerClosed, cx)
                    });
                }
            }
        }
        if let Some(Drain { frame, spread }) = orders.drain {
            let left: Vec<_> = self.connections.keys().copied().collect();
            let (started_at, count) = (self.now, left.len());
            self.draining = Some(Draining {
                frame,
                started_at,
                spread,
                count,
                left,
            });
        }
    }

    fn adopt(&mut self, id: ConnectionId, stream: TcpStream, read: &Bytes, hello: &Frame) {
        // Spreads the pings of sockets adopted together over the whole interval.
        let share = (id.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as u32;
        let phase = self.timing.ping_every * share / (1 << 16);
        let registered = Connection::new(stream, phase, self.now).and_then(|mut connection| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            let token = Token(id.get() as usize);
            self.poll
                .registry()
                .register(connection.socket(), token, interest)?;
            Ok(connection)
        });
        let mut connection = match registered {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, "could not take a socket over");
                self.registry.end(id, EndReason::Gone);
                return;
            }
        };
        connection.skip = self.batch.len() as u8;
        self.connections.insert(id, connection);
        self.step(id, |connection, cx| {
            connection.write_direct(hello, cx)?;
            if read.is_empty() {
                Ok(())
            } else {
                connection.received(read, cx)
            }
        });
    }

    /// Writes what one connection still lacks of the batch, so that what follows comes after it.
    fn catch_up(&mut self, id: ConnectionId) {
        let batch = mem::take(&mut self.batch);
        self.step(id, |connection, cx| {
            let lacks = &batch[usize::from(connection.skip)..];
            connection.skip = batch.len() as u8;
            let slices: Vec<_> = lacks
                .iter()
                .map(|frame| IoSlice::new(frame.as_bytes()))
                .collect();
            connection.write(lacks, &slices, cx)
        });
        self.batch = batch;
    }

    /// Writes the batch to all: one write a socket, however many frames wait.
    fn pass(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let started_at = Instant::now();
        let batch = mem::take(&mut self.batch);
        let slices: Vec<_> = batch
            .iter()
            .map(|frame| IoSlice::new(frame.as_bytes()))
            .collect();
        let count = self.connections.len();
        // A third on from the last start, so that nobody is always the last.
        self.start = if count == 0 {
            0
        } else {
            (self.start + count / 3 + 1) % count
        };
        self.step_all(self.start, |connection, cx| {
            let skip = usize::from(mem::take(&mut connection.skip));
            connection.write(&batch[skip..], &slices[skip..], cx)
        });
        drop(slices);
        self.batch = batch;
        self.batch.clear();
        self.gauges.passed(started_at.elapsed());
    }

    /// Closes as many connections as are due by now.
    fn drain(&mut self) {
        let Some(mut draining) = self.draining.take() else {
            return;
        };
        let elapsed = self.now.saturating_duration_since(draining.started_at);
        let stay = if elapsed >= draining.spread {
            0
        } else {
            let left = 1.0 - elapsed.as_secs_f64() / draining.spread.as_secs_f64();
            (draining.count as f64 * left) as usize
        };
        while draining.left.len() > stay {
            let Some(id) = draining.left.pop() else { break };
            self.step(id, |connection, cx| {
                connection.close(&draining.frame, EndReason::Drained, cx)
            });
        }
        if !draining.left.is_empty() {
            self.draining = Some(draining);
        }
    }

    fn tend(&mut self) {
        if self.now.saturating_duration_since(self.tended_at) >= self.tend_every {
            self.tended_at = self.now;
            self.step_all(0, Connection::tend);
        }
    }

    /// One step of one connection, if it is still there.
    fn step(
        &mut self,
        id: ConnectionId,
        step: impl FnOnce(&mut Connection, &mut Context<'_>) -> Step,
    ) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        let mut cx = Context {
            now: self.now,
            timing: &self.timing,
            resync: self.resync.as_ref(),
            tally: &mut self.tally,
        };
        if let Err(reason) = step(connection, &mut cx) {
            self.end(id, reason);
        }
    }

    /// One step of every connection, from the `start`-th on and around.
    fn step_all(
        &mut self,
        start: usize,
        mut step: impl FnMut(&mut Connection, &mut Context<'_>) -> Step,
    ) {
        let mut cx = Context {
            now: self.now,
            timing: &self.timing,
            resync: self.resync.as_ref(),
            tally: &mut self.tally,
        };
        let mut over = Vec::new();
        for index in (start..self.connections.len()).chain(0..start) {
            if let Some((id, connection)) = self.connections.get_index_mut(index)
                && let Err(reason) = step(connection, &mut cx)
            {
                over.push((*id, reason));
            }
        }
        for (id, reason) in over {
            self.end(id, reason);
        }
    }

    fn end(&mut self, id: ConnectionId, reason: EndReason) {
        if let Some(connection) = self.connections.swap_remove(&id) {
            connection.drop_as(reason, &mut self.tally);
            self.registry.end(id, reason);
        }
    }

    /// Ends what is left, also the sockets that were never looked at.
    fn finish(mut self) {
        for command in self.inbox.take_last() {
            match command {
                Command::Adopt { id, .. } => self.registry.end(id, EndReason::Drained),
                Command::Broadcast(_) | Command::Send { .. } | Command::Close { .. } => {}
            }
        }
        let goodbye = Frame::close(CloseCode::GOING_AWAY, "the server stops");
        self.step_all(0, |connection, cx| {
            connection.close(&goodbye, EndReason::Drained, cx)?;
            Err(connection.end_of_stream())
        });
        self.gauges.publish(&self.tally, 0);
    }
}
