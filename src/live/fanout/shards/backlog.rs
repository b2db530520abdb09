//! What waits for one blocked socket.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Write},
    mem,
    time::Instant,
};

use bytes::{Buf, Bytes};

use super::connection::Context;
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
        cx: &mut Context<'_>,
    ) -> Self {
        let mut backlog = Self {
            queue: VecDeque::new(),
            head_started: false,
            resync: false,
            control: None,
            close: None,
            closing: false,
            since: cx.now,
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
                at: cx.now,
            });
            written = 0;
        }
        if backlog.queue.len() > QUEUE_FRAMES_MAX {
            backlog.fall_behind(cx);
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
    pub(super) fn push(&mut self, frames: &[Frame], cx: &mut Context<'_>) {
        if self.closing {
            return;
        }
        self.drop_if_stale(cx);
        if !self.resync && self.queue.len() + frames.len() > QUEUE_FRAMES_MAX {
            self.fall_behind(cx);
        }
        if !self.resync {
            self.queue.extend(frames.iter().map(|frame| Waiting {
                bytes: frame.as_bytes().clone(),
                at: cx.now,
            }));
        }
    }

    /// Adds a frame for this client alone, which no resync stands for.
    pub(super) fn push_direct(&mut self, frame: Frame, cx: &mut Context<'_>) {
        if self.closing {
            return;
        }
        if self.queue.len() >= QUEUE_FRAMES_MAX {
            self.fall_behind(cx);
        }
        self.queue.push_back(Waiting {
            bytes: frame.as_bytes().clone(),
            at: cx.now,
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
        cx: &mut Context<'_>,
    ) -> io::Result<Flushed> {
        self.drop_if_stale(cx);
        loop {
            if self.queue.is_empty() {
                let Some(frame) = self.follower(cx.resync) else {
                    return Ok(Flushed::Drained);
                };
                self.queue.push_back(Waiting {
                    bytes: frame.as_bytes().clone(),
                    at: cx.now,
                });
            }
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = self.queue.len().min(SLICES_MAX);
            for (slice, waiting) in slices.iter_mut().zip(&self.queue) {
                *slice = IoSlice::new(&waiting.bytes);
            }
            match socket.write_vectored(&slices[..count]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written, cx),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::Blocked),
                Err(error) => return Err(error),
            }
        }
    }

    /// What goes out when the queue is through.
    fn follower(&mut self, resync: Option<&Frame>) -> Option<Frame> {
        if mem::take(&mut self.resync) && resync.is_some() {
            return resync.cloned();
        }
        self.control.take().or_else(|| self.close.take())
    }

    fn advance(&mut self, mut written: usize, cx: &mut Context<'_>) {
        cx.tally.bytes += written as u64;
        while let Some(head) = self.queue.front_mut() {
            if written < head.bytes.len() {
                head.bytes.advance(written);
                self.head_started |= written > 0;
                return;
            }
            written -= head.bytes.len();
            self.queue.pop_front();
            self.head_started = false;
            cx.tally.frames += 1;
        }
    }

    /// Drops what waits when its oldest whole frame is too old to be worth sending.
    fn drop_if_stale(&mut self, cx: &mut Context<'_>) {
        let oldest = self.queue.get(usize::from(self.head_started));
        let stale = oldest.is_some_and(|oldest| {
            cx.now.saturating_duration_since(oldest.at) > cx.timing.behind_max
        });
        if stale && !self.closing {
            self.fall_behind(cx);
        }
    }

    /// Keeps only the tail of a half-written frame, and owes a resync.
    fn fall_behind(&mut self, cx: &mut Context<'_>) {
        self.queue.truncate(usize::from(self.head_started));
        if !mem::replace(&mut self.resync, true) {
            cx.tally.resyncs += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::live::fanout::{Timing, shards::connection::Tally};

    /// A socket with room for so many bytes.
    struct Pipe {
        room: usize,
        taken: Vec<u8>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room);
            if count == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.room -= count;
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A shard around one backlog, whose clock the test moves.
    struct Desk {
        now: Instant,
        timing: Timing,
        resync: Frame,
        tally: Tally,
    }

    impl Desk {
        fn new() -> Self {
            let resync = Frame::binary(b"resync");
            let (timing, tally) = (Timing::default(), Tally::default());
            Self {
                now: Instant::now(),
                timing,
                resync,
                tally,
            }
        }

        fn cx(&mut self) -> Context<'_> {
            let Self {
                now,
                timing,
                resync,
                tally,
            } = self;
            Context {
                now: *now,
                timing,
                resync: Some(resync),
                tally,
            }
        }

        /// Flushes into a socket with `room`: what it took, and whether that was all.
        fn flush(&mut self, backlog: &mut Backlog, room: usize) -> (Vec<u8>, Flushed) {
            let mut pipe = Pipe {
                room,
                taken: Vec::new(),
            };
            let flushed = backlog.flush(&mut pipe, &mut self.cx()).unwrap();
            (pipe.taken, flushed)
        }

        /// Lets every waiting frame grow stale.
        fn wait(&mut self) {
            self.now += self.timing.behind_max + Duration::from_millis(1);
        }
    }

    /// Frames of 7 bytes on the wire.
    fn frames(numbers: std::ops::Range<usize>) -> Vec<Frame> {
        numbers
            .map(|number| Frame::binary(format!("{number:05}").as_bytes()))
            .collect()
    }

    fn wire(frames: &[Frame]) -> Vec<u8> {
        frames
            .iter()
            .flat_map(|frame| frame.as_bytes().to_vec())
            .collect()
    }

    #[test]
    fn the_rest_goes_out_in_order_through_any_room() {
        let all = frames(0..20);
        for written in 0..wire(&all).len() {
            let mut desk = Desk::new();
            let mut backlog = Backlog::new(&all, written, &mut desk.cx());
            let (mut taken, mut flushed) = desk.flush(&mut backlog, 3);
            while flushed == Flushed::Blocked {
                let (more, next) = desk.flush(&mut backlog, 11);
                taken.extend(more);
                flushed = next;
            }
            assert_eq!(taken, wire(&all)[written..]);
        }
    }

    #[test]
    fn over_the_bound_only_the_half_written_frame_and_a_resync_are_left() {
        let mut desk = Desk::new();
        let mut backlog = Backlog::new(&frames(0..2), 3, &mut desk.cx());
        for number in 2..1000 {
            backlog.push(&frames(number..number + 1), &mut desk.cx());
            assert!(backlog.len() <= QUEUE_FRAMES_MAX);
        }
        let expected = [&wire(&frames(0..1))[3..], desk.resync.as_bytes()].concat();
        assert_eq!(desk.flush(&mut backlog, 1000), (expected, Flushed::Drained));
        assert_eq!(desk.tally.resyncs, 1);
    }

    #[test]
    fn a_batch_over_the_bound_is_not_kept_either() {
        let mut desk = Desk::new();
        let mut backlog = Backlog::new(&frames(0..100), 7, &mut desk.cx());
        assert_eq!(backlog.len(), 0);
        assert_eq!(
            desk.flush(&mut backlog, 1000).0,
            wire(&[desk.resync.clone()])
        );
    }

    #[test]
    fn what_waited_too_long_is_dropped_but_not_the_half_written_frame() {
        let mut desk = Desk::new();
        let mut backlog = Backlog::new(&frames(0..3), 3, &mut desk.cx());
        let mut only_a_tail = Backlog::new(&frames(0..1), 3, &mut desk.cx());
        desk.wait();
        let tail = wire(&frames(0..1))[3..].to_vec();
        let expected = [&tail[..], desk.resync.as_bytes()].concat();
        assert_eq!(desk.flush(&mut backlog, 1000).0, expected);
        assert_eq!(desk.flush(&mut only_a_tail, 1000).0, tail);
    }

    #[test]
    fn frames_for_one_survive_a_drop_made_before_them() {
        let mut desk = Desk::new();
        let mut backlog = Backlog::new(&frames(0..1), 0, &mut desk.cx());
        backlog.push(&frames(1..100), &mut desk.cx());
        let own = Frame::binary(b"own");
        backlog.push_direct(own.clone(), &mut desk.cx());
        assert_eq!(
            desk.flush(&mut backlog, 1000).0,
            wire(&[own, desk.resync.clone()])
        );
    }

    #[test]
    fn the_close_frame_is_the_last_and_is_never_dropped() {
        let mut desk = Desk::new();
        let mut backlog = Backlog::new(&frames(0..2), 0, &mut desk.cx());
        backlog.push_control(Frame::ping());
        backlog.push_control(Frame::pong(b"newest"));
        backlog.push_close(Frame::close_empty());
        backlog.push(&frames(2..90), &mut desk.cx());
        backlog.push_direct(Frame::binary(b"late"), &mut desk.cx());
        desk.wait();
        let expected = [
            &frames(0..2)[..],
            &[Frame::pong(b"newest"), Frame::close_empty()],
        ];
        let expected = (wire(&expected.concat()), Flushed::Drained);
        assert_eq!(desk.flush(&mut backlog, 1000), expected);
        assert_eq!((desk.tally.resyncs, desk.tally.frames), (0, 4));
    }
}
