//! One socket of a shard.

use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    mem,
    net::Shutdown,
    time::{Duration, Instant},
};

use mio::net::TcpStream;
use socket2::SockRef;

use super::backlog::{Backlog, Flushed};
use crate::live::fanout::{
    CLIENT_FRAMES_MAX, DISCARD_BYTES_MAX, EndReason, Frame, NOTSENT_LOWAT_BYTES, SEND_BUFFER_BYTES,
    Timing,
    client_frame::{ClientFrame, ClientFrames, Violation},
};

/// What a shard counts; see [`crate::live::fanout::Stats`].
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) resyncs: u64,
    pub(super) blocked: usize,
}

/// What every step of a connection needs from its shard.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) timing: &'a Timing,
    /// The newest; none before the first broadcast.
    pub(super) resync: Option<&'a Frame>,
    pub(super) tally: &'a mut Tally,
}

/// A step's outcome: the error is the end of the connection.
pub(super) type Step = Result<(), EndReason>;

/// One socket: about 100 bytes while it is neither blocked nor in the middle of a client frame.
pub(super) struct Connection {
    socket: TcpStream,
    phase: Phase,
    backlog: Option<Box<Backlog>>,
    client_frames: ClientFrames,
    heard_at: Instant,
    pinged_at: Instant,
    /// Frames heard since `pinged_at`.
    heard_count: u8,
    /// How many frames of the shard's batch this connection has, or needs not.
    pub(super) skip: u8,
}

#[derive(Clone, Copy)]
enum Phase {
    Open,
    /// A close frame is sent or waits. The client's bytes are thrown away until it hangs up.
    Closing {
        end: EndReason,
        until: Instant,
        discarded: usize,
    },
}

impl Connection {
    /// Takes a socket over. `phase` moves its first ping forward, so that those of many sockets
    /// adopted at once do not fall together.
    pub(super) fn new(socket: TcpStream, phase: Duration, now: Instant) -> io::Result<Self> {
        let options = SockRef::from(&socket);
        options.set_tcp_nodelay(true)?;
        options.set_send_buffer_size(SEND_BUFFER_BYTES)?;
        #[cfg(target_os = "linux")]
        options.set_tcp_notsent_lowat(NOTSENT_LOWAT_BYTES)?;
        Ok(Self {
            socket,
            phase: Phase::Open,
            backlog: None,
            client_frames: ClientFrames::default(),
            heard_at: now,
            pinged_at: now.checked_sub(phase).unwrap_or(now),
            heard_count: 0,
            skip: 0,
        })
    }

    /// The socket, to register it.
    pub(super) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Writes `frames`, of which `slices` are the bytes, or keeps what the socket does not take.
    pub(super) fn write(
        &mut self,
        frames: &[Frame],
        slices: &[IoSlice<'_>],
        cx: &mut Context<'_>,
    ) -> Step {
        if frames.is_empty() || matches!(self.phase, Phase::Closing { .. }) {
            return Ok(());
        }
        if let Some(backlog) = &mut self.backlog {
            backlog.push(frames, cx);
            return Ok(());
        }
        let written = loop {
            let result = match slices {
                [one] => self.socket.write(one),
                many => self.socket.write_vectored(many),
            };
            match result {
                Ok(written) => break written,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break 0,
                Err(_) => return Err(EndReason::Gone),
            }
        };
        cx.tally.bytes += written as u64;
        if written == slices.iter().map(|slice| slice.len()).sum::<usize>() {
            cx.tally.frames += frames.len() as u64;
            return Ok(());
        }
        let backlog = Backlog::new(frames, written, cx);
        cx.tally.frames += (frames.len() - backlog.len()) as u64;
        cx.tally.blocked += 1;
        self.backlog = Some(Box::new(backlog));
        self.flush(cx)
    }

    /// Writes a frame for this client alone.
    pub(super) fn write_direct(&mut self, frame: &Frame, cx: &mut Context<'_>) -> Step {
        match (&mut self.backlog, self.phase) {
            (_, Phase::Closing { .. }) => Ok(()),
            (Some(backlog), Phase::Open) => {
                backlog.push_direct(frame.clone(), cx);
                Ok(())
            }
            (None, Phase::Open) => self.write_one(frame, cx),
        }
    }

    /// Sends `frame` behind what waits, then nothing more, and ends with `end` once the client
    /// hung up or [`Timing::close_wait`] is over. Idempotent: the first call counts.
    pub(super) fn close(&mut self, frame: &Frame, end: EndReason, cx: &mut Context<'_>) -> Step {
        if matches!(self.phase, Phase::Closing { .. }) {
            return Ok(());
        }
        match &mut self.backlog {
            Some(backlog) => backlog.push_close(frame.clone()),
            None => self.write_one(frame, cx)?,
        }
        let until = cx.now + cx.timing.close_wait;
        self.phase = Phase::Closing {
            end,
            until,
            discarded: 0,
        };
        self.finish_writing()
    }

    /// Goes on writing after the socket became writable.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) -> Step {
        let Some(backlog) = &mut self.backlog else {
            return Ok(());
        };
        match backlog.flush(&mut self.socket, cx) {
            Ok(Flushed::Blocked) => Ok(()),
            Ok(Flushed::Drained) => {
                self.forget_backlog(cx.tally);
                self.finish_writing()
            }
            Err(_) => Err(EndReason::Gone),
        }
    }

    /// Reads all that the client sent. `scratch` is where, shared by all connections.
    pub(super) fn read(&mut self, scratch: &mut [u8], cx: &mut Context<'_>) -> Step {
        // Bounded by CLIENT_FRAMES_MAX, then by DISCARD_BYTES_MAX.
        loop {
            let count = match self.socket.read(scratch) {
                Ok(0) => return Err(self.end_of_stream()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(self.end_of_stream()),
            };
            self.received(&scratch[..count], cx)?;
        }
    }

    /// Takes bytes that came from the client.
    pub(super) fn received(&mut self, mut bytes: &[u8], cx: &mut Context<'_>) -> Step {
        self.heard_at = cx.now;
        loop {
            if let Phase::Closing { end, discarded, .. } = &mut self.phase {
                *discarded += bytes.len();
                return if *discarded > DISCARD_BYTES_MAX {
                    Err(*end)
                } else {
                    Ok(())
                };
            }
            match self.client_frames.next(&mut bytes) {
                Ok(None) => return Ok(()),
                Ok(Some(frame)) => self.heard(frame, cx)?,
                Err(violation) => self.violated(violation, cx)?,
            }
        }
    }

    /// What falls due with time alone; called every now and then.
    pub(super) fn tend(&mut self, cx: &mut Context<'_>) -> Step {
        let age = |at: Instant| cx.now.saturating_duration_since(at);
        if let Phase::Closing { end, until, .. } = self.phase {
            return if cx.now >= until { Err(end) } else { Ok(()) };
        }
        let blocked_since = self.backlog.as_ref().map(|backlog| backlog.since());
        if blocked_since.is_some_and(|since| age(since) > cx.timing.blocked_max) {
            return Err(EndReason::Blocked);
        }
        if age(self.heard_at) > cx.timing.silent_max {
            return Err(EndReason::Silent);
        }
        if age(self.pinged_at) >= cx.timing.ping_every {
            self.pinged_at = cx.now;
            self.heard_count = 0;
            return self.control(Frame::ping(), cx);
        }
        Ok(())
    }

    /// Gives the socket up.
    pub(super) fn drop_as(mut self, end: EndReason, tally: &mut Tally) {
        self.forget_backlog(tally);
        if matches!(end, EndReason::Blocked | EndReason::Silent) {
            // A reset: the kernel must not keep on sending to a client that does not read.
            if let Err(error) = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO)) {
                tracing::debug!(%error, "could not set a socket to close at once");
            }
        }
    }

    fn heard(&mut self, frame: ClientFrame, cx: &mut Context<'_>) -> Step {
        self.heard_count = self.heard_count.saturating_add(1);
        if self.heard_count > CLIENT_FRAMES_MAX {
            return self.violated(Violation::TooMany, cx);
        }
        match frame {
            ClientFrame::Pong => Ok(()),
            ClientFrame::Ping { pong } => self.control(pong, cx),
            ClientFrame::Close { answer } => self.close(&answer, EndReason::ClientClosed, cx),
        }
    }

    fn violated(&mut self, violation: Violation, cx: &mut Context<'_>) -> Step {
        self.close(&violation.frame(), violation.end(), cx)
    }

    fn control(&mut self, frame: Frame, cx: &mut Context<'_>) -> Step {
        match &mut self.backlog {
            Some(backlog) => {
                backlog.push_control(frame);
                Ok(())
            }
            None => self.write_one(&frame, cx),
        }
    }

    fn write_one(&mut self, frame: &Frame, cx: &mut Context<'_>) -> Step {
        self.write(
            std::slice::from_ref(frame),
            &[IoSlice::new(frame.as_bytes())],
            cx,
        )
    }

    /// Once the close frame is out: that is the end if the client sent its own, else a FIN tells
    /// it that nothing follows.
    fn finish_writing(&mut self) -> Step {
        let (Phase::Closing { end, .. }, None) = (self.phase, &self.backlog) else {
            return Ok(());
        };
        if end == EndReason::ClientClosed {
            return Err(end);
        }
        if let Err(error) = self.socket.shutdown(Shutdown::Write) {
            tracing::trace!(%error, "the client hung up before the FIN");
        }
        Ok(())
    }

    fn forget_backlog(&mut self, tally: &mut Tally) {
        if mem::take(&mut self.backlog).is_some() {
            tally.blocked -= 1;
        }
    }

    /// Why it is over when the client's side of the stream ended.
    pub(super) fn end_of_stream(&self) -> EndReason {
        match self.phase {
            Phase::Open => EndReason::Gone,
            Phase::Closing { end, .. } => end,
        }
    }
}
