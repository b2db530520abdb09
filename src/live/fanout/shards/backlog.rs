//! What waits for one blocked socket.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Write},
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes};

use super::connection::Tally;
use crate::live::fanout::{Frame, QUEUE_FRAMES_MAX};

/// What one write may hand to the kernel: the queue and the frames that follow it.
const SLICES_MAX: usize = QUEUE_FRAMES_MAX + 1;

/// Whether a backlog is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    /// All of it is with the kernel.
    Drained,
    /// The socket is full again.
    Blocked,
}

/// References to shared frames that wait for a socket to become writable.
///
/// It exists only while the socket is blocked. Order on the wire: the queue, then the resync if
/// one is owed, then the newest pong or ping, then the close frame.
#[derive(Debug)]
pub(super) struct Backlog {
    queue: VecDeque<Waiting>,
    /// The first of the queue is the tail of a frame whose start is already sent.
    head_started: bool,
    /// Frames were dropped: the newest resync frame goes out when the queue is through.
    resync: bool,
    control: Option<Frame>,
    close: Option<Frame>,
    /// A close frame was added: nothing else is, and nothing is dropped.
    closing: bool,
    /// When the socket became blocked; it was never free since.
    since: Instant,
}

#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    at: Instant,
}

impl Backlog {
    /// The rest of `frames` after the socket took only `written` bytes of them.
    pub(super) fn new<'a>(
        frames: impl IntoIterator<Item = &'a Frame>,
        mut written: usize,
        now: Instant,
    ) -> Self {
        let mut backlog = Self {
            queue: VecDeque::new(),
            head_started: false,
            resync: false,
            control: None,
            close: None,
            closing: false,
            since: now,
        };
        for frame in frames {
            let bytes = frame.as_bytes();
            if written >= bytes.len() {
                written -= bytes.len();
                continue;
            }
            backlog.head_started |= written > 0;
            backlog.queue.push_back(Waiting {
                bytes: bytes.slice(written..),
                at: now,
            });
            written = 0;
        }
        backlog
    }

    /// When the socket became blocked.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Frames in the queue.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Adds broadcast frames; the resync that may be owed already stands for them.
    pub(super) fn push(&mut self, frames: &[Frame], now: Instant, behind_max: Duration) {
        if self.closing {
            return;
        }
        self.drop_if_stale(now, behind_max);
        if !self.resync && self.queue.len() + frames.len() > QUEUE_FRAMES_MAX {
            self.fall_behind();
        }
        if !self.resync {
            self.queue.extend(frames.iter().map(|frame| Waiting {
                bytes: frame.as_bytes().clone(),
                at: now,
            }));
        }
    }

    /// Adds a frame for this client alone, which no resync stands for.
    pub(super) fn push_direct(&mut self, frame: Frame, now: Instant) {
        if self.closing {
            return;
        }
        if self.queue.len() >= QUEUE_FRAMES_MAX {
            self.fall_behind();
        }
        self.queue.push_back(Waiting {
            bytes: frame.as_bytes().clone(),
            at: now,
        });
    }

    /// Adds a ping or pong. Only the newest is kept: RFC 6455 §5.5.3 allows that.
    pub(super) fn push_control(&mut self, frame: Frame) {
        self.control = Some(frame);
    }

    /// Adds the last frame; what comes later is not taken.
    pub(super) fn push_close(&mut self, frame: Frame) {
        self.resync = false;
        self.closing = true;
        self.close = Some(frame);
    }

    /// Writes until the socket is full or nothing waits. Must end with a full socket or an
    /// empty queue, because readiness is told once (edge-triggered).
    pub(super) fn flush(
        &mut self,
        socket: &mut impl Write,
        resync: &Frame,
        now: Instant,
        behind_max: Duration,
        tally: &mut Tally,
    ) -> io::Result<Flushed> {
        self.drop_if_stale(now, behind_max);
        loop {
            if self.queue.is_empty() {
                let Some(frame) = self.follower(resync, tally) else {
                    return Ok(Flushed::Drained);
                };
                self.queue.push_back(Waiting {
                    bytes: frame.as_bytes().clone(),
                    at: now,
                });
            }
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = self.queue.len().min(SLICES_MAX);
            for (slice, waiting) in slices.iter_mut().zip(&self.queue) {
                *slice = IoSlice::new(&waiting.bytes);
            }
            match socket.write_vectored(&slices[..count]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written, tally),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::Blocked),
                Err(error) => return Err(error),
            }
        }
    }

    /// What goes out when the queue is through.
    fn follower(&mut self, resync: &Frame, tally: &mut Tally) -> Option<Frame> {
        if std::mem::take(&mut self.resync) {
            tally.resyncs += 1;
            return Some(resync.clone());
        }
        self.control.take().or_else(|| self.close.take())
    }

    fn advance(&mut self, mut written: usize, tally: &mut Tally) {
        tally.bytes += written as u64;
        while let Some(head) = self.queue.front_mut() {
            if written < head.bytes.len() {
                head.bytes.advance(written);
                self.head_started |= written > 0;
                return;
            }
            written -= head.bytes.len();
            self.queue.pop_front();
            self.head_started = false;
            tally.frames += 1;
        }
    }

    /// Drops what waits when its oldest whole frame is too old to be worth sending.
    fn drop_if_stale(&mut self, now: Instant, behind_max: Duration) {
        let oldest = self.queue.get(usize::from(self.head_started));
        let stale =
            oldest.is_some_and(|oldest| now.saturating_duration_since(oldest.at) > behind_max);
        if stale && !self.closing {
            self.fall_behind();
        }
    }

    /// Keeps only the tail of a half-written frame, and owes a resync.
    fn fall_behind(&mut self) {
        self.queue.truncate(usize::from(self.head_started));
        self.resync = true;
    }
}
