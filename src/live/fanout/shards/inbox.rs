//! The way from the owner's calls into a shard: one ordered, bounded queue.

use std::{mem, time::Duration};

use bytes::Bytes;
use mio::{Waker, net::TcpStream};
use parking_lot::Mutex;

use crate::live::fanout::{ConnectionId, Frame};

/// Commands that may wait for a shard. At 30,000 adoptions a second (measured for a reconnect
/// storm) this is a quarter of a second for one shard.
const COMMANDS_MAX: usize = 8192;

/// Broadcasts that may wait for a shard: two seconds at 60 a second. They go out in one write a
/// socket, so a late shard catches up; one that is further behind sends every one of its clients
/// a resync instead.
pub(super) const BROADCASTS_MAX: usize = 128;

/// One thing a shard has to do.
pub(super) enum Command {
    /// Own a socket; write `hello` first.
    Adopt {
        id: ConnectionId,
        stream: TcpStream,
        read: Bytes,
        hello: Frame,
    },
    /// Write to all.
    Broadcast(Frame),
    /// Write to one.
    Send { id: ConnectionId, frame: Frame },
    /// Write a close frame to one, then end it.
    Close { id: ConnectionId, frame: Frame },
}

/// An order to close all.
pub(super) struct Drain {
    /// The close frame.
    pub(super) frame: Frame,
    /// How long the last one may wait.
    pub(super) spread: Duration,
}

/// What a shard fetches in one go.
#[derive(Default)]
pub(super) struct Orders {
    pub(super) commands: Vec<Command>,
    /// Broadcasts among the commands.
    broadcasts: usize,
    /// The newest resync frame, if it changed.
    pub(super) resync: Option<Frame>,
    /// A broadcast found no room, so the commands lack it.
    pub(super) missed: bool,
    pub(super) drain: Option<Drain>,
    pub(super) stop: bool,
}

/// Why a command was not taken.
pub(super) enum Refused {
    /// [`COMMANDS_MAX`] wait.
    Full,
    /// The shard closes all, or is gone.
    Stopped,
}

/// Orders of the owner, waiting for one shard.
pub(super) struct Inbox {
    waker: Waker,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    orders: Orders,
    /// The shard was woken and has not fetched since.
    woken: bool,
    draining: bool,
    stopped: bool,
}

impl Inbox {
    pub(super) fn new(waker: Waker) -> Self {
        Self {
            waker,
            waiting: Mutex::new(Waiting::default()),
        }
    }

    /// Queues a command that may be refused.
    pub(super) fn push(&self, command: Command) -> Result<(), Refused> {
        let mut waiting = self.waiting.lock();
        let adopts = matches!(command, Command::Adopt { .. });
        if waiting.stopped || (adopts && waiting.draining) {
            return Err(Refused::Stopped);
        }
        if waiting.orders.commands.len() >= COMMANDS_MAX {
            return Err(Refused::Full);
        }
        waiting.orders.commands.push(command);
        self.wake(&mut waiting);
        Ok(())
    }

    /// Queues a broadcast, or notes that one was missed.
    pub(super) fn broadcast(&self, frame: Frame, resync: Frame) {
        let mut waiting = self.waiting.lock();
        if waiting.stopped {
            return;
        }
        let orders = &mut waiting.orders;
        orders.resync = Some(resync);
        if orders.broadcasts < BROADCASTS_MAX && orders.commands.len() < COMMANDS_MAX {
            orders.broadcasts += 1;
            orders.commands.push(Command::Broadcast(frame));
        } else {
            orders.missed = true;
        }
        self.wake(&mut waiting);
    }

    /// Orders all connections closed, and takes no more.
    pub(super) fn drain(&self, drain: Drain) {
        let mut waiting = self.waiting.lock();
        waiting.draining = true;
        waiting.orders.drain = Some(drain);
        self.wake(&mut waiting);
    }

    /// Orders the shard to end.
    pub(super) fn stop(&self) {
        let mut waiting = self.waiting.lock();
        waiting.orders.stop = true;
        self.wake(&mut waiting);
    }

    /// Everything ordered since the last call, in order; called by the shard.
    pub(super) fn take(&self) -> Orders {
        let mut waiting = self.waiting.lock();
        waiting.woken = false;
        mem::take(&mut waiting.orders)
    }

    /// The last fetch of a shard that ends: whatever comes later is refused.
    pub(super) fn take_last(&self) -> Vec<Command> {
        let mut waiting = self.waiting.lock();
        waiting.stopped = true;
        mem::take(&mut waiting.orders).commands
    }

    /// Wakes the shard once for all that it has not fetched.
    fn wake(&self, waiting: &mut Waiting) {
        if mem::replace(&mut waiting.woken, true) {
            return;
        }
        if let Err(error) = self.waker.wake() {
            // The shard looks here at least once a second anyway.
            tracing::warn!(%error, "could not wake a fan-out shard");
            waiting.woken = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use mio::{Poll, Token};

    use super::*;

    fn inbox() -> (Poll, Inbox) {
        let poll = Poll::new().unwrap();
        let waker = Waker::new(poll.registry(), Token(0)).unwrap();
        (poll, Inbox::new(waker))
    }

    fn frame() -> Frame {
        Frame::binary(b"tick")
    }

    fn send() -> Command {
        Command::Send {
            id: ConnectionId(0),
            frame: frame(),
        }
    }

    #[test]
    fn a_broadcast_without_room_is_noted_as_missed() {
        let (_poll, inbox) = inbox();
        for _ in 0..BROADCASTS_MAX {
            inbox.broadcast(frame(), frame());
        }
        inbox.broadcast(frame(), Frame::binary(b"newest"));
        let orders = inbox.take();
        assert!(orders.missed);
        assert_eq!(orders.commands.len(), BROADCASTS_MAX);
        assert_eq!(orders.resync, Some(Frame::binary(b"newest")));
        inbox.broadcast(frame(), frame());
        assert!(!inbox.take().missed);
    }

    #[test]
    fn commands_have_a_bound() {
        let (_poll, inbox) = inbox();
        for _ in 0..COMMANDS_MAX {
            assert!(inbox.push(send()).is_ok());
        }
        assert!(matches!(inbox.push(send()), Err(Refused::Full)));
        assert_eq!(inbox.take().commands.len(), COMMANDS_MAX);
        assert!(inbox.push(send()).is_ok());
    }

    #[test]
    fn nothing_is_taken_after_the_end() {
        let (_poll, inbox) = inbox();
        assert!(inbox.push(send()).is_ok());
        assert_eq!(inbox.take_last().len(), 1);
        assert!(matches!(inbox.push(send()), Err(Refused::Stopped)));
    }
}
