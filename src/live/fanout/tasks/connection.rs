//! The task of one connection.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{broadcast, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};

use super::{Direct, Shared};
use crate::live::fanout::{
    CLIENT_FRAMES_MAX, ConnectionId, DISCARD_BYTES_MAX, EndReason, Frame, Io, Timing,
    client_frame::{ClientFrame, ClientFrames, Violation},
};

/// Bytes read from a client in one go, kept in its task.
const SCRATCH_BYTES: usize = 256;

/// Gives the slot back however the task ends, also when its runtime drops it.
pub(super) struct Slot {
    id: ConnectionId,
    reason: EndReason,
    shared: Arc<Shared>,
}

impl Slot {
    pub(super) fn new(id: ConnectionId, shared: Arc<Shared>) -> Self {
        Self {
            id,
            reason: EndReason::Gone,
            shared,
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.direct.lock().remove(&self.id);
        self.shared.registry.end(self.id, self.reason);
    }
}

/// One stream, and what it is told.
pub(super) struct Connection {
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
    pub(super) fn new(
        io: Box<dyn Io>,
        shared: Arc<Shared>,
        timing: Timing,
        feed: broadcast::Receiver<Frame>,
        direct: mpsc::Receiver<Direct>,
    ) -> Self {
        Self {
            io,
            shared,
            timing,
            feed,
            direct,
            client_frames: ClientFrames::default(),
            heard_at: Instant::now(),
            heard_count: 0,
        }
    }

    /// Serves the connection to its end, which `slot` then tells.
    pub(super) async fn run(mut self, hello: Frame, read: Bytes, mut slot: Slot) {
        slot.reason = match self.serve(&hello, &read).await {
            Ok(never) => match never {},
            Err(reason) => reason,
        };
    }

    /// The error is the end; there is no other way out.
    async fn serve(&mut self, hello: &Frame, read: &[u8]) -> Result<Infallible, EndReason> {
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
        match resync {
            Some(resync) => self.write(&resync).await,
            None => Ok(()),
        }
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

    /// Sends the close frame; then, unless it was the answer to the client's own, throws away
    /// what comes until the client hangs up.
    async fn close(&mut self, frame: &Frame, end: EndReason) -> EndReason {
        if let Err(reason) = self.write(frame).await {
            return reason;
        }
        let hang_up = async {
            self.io.shutdown().await?;
            if end == EndReason::ClientClosed {
                return Ok(());
            }
            let mut scratch = [0; SCRATCH_BYTES];
            let mut discarded = 0;
            while discarded <= DISCARD_BYTES_MAX {
                match self.io.read(&mut scratch).await? {
                    0 => break,
                    count => discarded += count,
                }
            }
            Ok::<_, io::Error>(())
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
