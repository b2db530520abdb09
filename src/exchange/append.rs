//! Many appends on their way to a log at once, in an order that failures cannot spoil.
//!
//! Appends reach the log in the order in which they are issued, so without a fault the log has the
//! rows in their order. When an append's outcome becomes unknown, rows issued after it may be in
//! the log already, and the row itself comes behind them when it is sent again, be it here
//! ([`AppendError::Unavailable`]) or inside the engine. That is harmless by construction: **rows on
//! their way at the same time never touch the same cell**, so they commute and the canvas is the
//! same in either order. The same holds when the process dies there and a later import puts in what
//! is missing. Only the order inside those [`MAX_IN_FLIGHT`] rows may differ from the file's;
//! [`AppendedRows::out_of_order`] says how many do.
//!
//! After a failure nothing new is issued: everything on its way is waited for, then each row that
//! has no ack is sent again alone, in order, with its id, so that a row which did arrive is not
//! doubled.

use std::collections::HashSet;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use event_store::event::{Cell, Event};
use event_store::{Append, AppendError, Appended, EventStore, Region, Version};
use futures_util::StreamExt;
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::FuturesOrdered;
use tokio::task::coop::unconstrained;
use tokio::time::Instant;

use super::resume::ROWS_IN_DOUBT;

/// The most rows on their way. Not more than an engine takes in without making an append wait for a
/// place: among appends that wait, the order of issue is not certain.
const MAX_IN_FLIGHT: usize = 1_024;

const _: () = assert!(MAX_IN_FLIGHT as u64 <= ROWS_IN_DOUBT);

/// How long rows without an ack are sent again, counted from the failure. With an engine's own time
/// limit for an append that is well inside the window in which it knows an id again (two minutes by
/// default in JetStream); later than that, only asking the log anew tells what it has.
const RETRY_FOR: Duration = Duration::from_secs(60);

const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// A row that could not be appended. Rows before it are in the log; some of those right behind it
/// may be.
#[derive(Debug, thiserror::Error)]
#[error("could not append row {row}, the {}th by time", row + 1)]
pub struct RowAppendError {
    /// The row's number by time; the first is 0.
    pub row: u64,
    /// The cause; after [`AppendError::Unavailable`], the import can be run again and goes on here.
    pub source: AppendError,
}

/// What an [`Appender`] has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AppendedRows {
    /// How many rows were acked.
    pub(super) count: u64,
    /// The version of the first acked row.
    pub(super) first: Option<Version>,
    /// The greatest version of an acked row.
    pub(super) last: Option<Version>,
    /// How many rows came to stand behind one that was issued after them: 0 without faults.
    pub(super) out_of_order: u64,
}

struct InFlight {
    row: u64,
    append: Append,
}

/// Is told of every row that the log has.
pub(super) trait OnAck: Send {
    /// The row's event has this version.
    fn acked(&mut self, row: u64, event: &Event, version: Version);
}

type Answered = (InFlight, Result<Appended, AppendError>);

/// Appends rows in order, [`MAX_IN_FLIGHT`] at a time.
pub(super) struct Appender<'a, O> {
    store: &'a dyn EventStore,
    on_ack: O,
    /// Yields in the order of issue.
    in_flight: FuturesOrdered<BoxFuture<'a, Answered>>,
    /// The number of the row at the front.
    oldest: u64,
    touched: Touched,
    done: AppendedRows,
}

/// What the rows on their way touch.
#[derive(Default)]
struct Touched {
    cells: HashSet<Cell>,
    /// An event for more than one cell is on its way; it travels alone.
    everything: bool,
}

/// The cell that an event touches; `None` for one that touches more.
fn single_cell(event: &Event) -> Option<Cell> {
    match event {
        Event::PlacementMade(event) => Some(event.cell),
        Event::PlacementUndone(event) => Some(event.cell),
        Event::RegionErased(event) => {
            let Region {
                x,
                y,
                width,
                height,
            } = event.region;
            ((width, height) == (1, 1)).then_some(Cell { x, y })
        }
        Event::CellsRestored(event) => match event.cells.as_slice() {
            [one] => Some(one.cell),
            _ => None,
        },
        Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::CanvasExpanded(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_)
        | Event::RegionProtected(_)
        | Event::RegionUnprotected(_)
        | Event::Announced(_) => None,
    }
}

impl<'a, O: OnAck> Appender<'a, O> {
    /// An appender with nothing on its way.
    pub(super) fn new(store: &'a dyn EventStore, on_ack: O) -> Self {
        Self {
            store,
            on_ack,
            in_flight: FuturesOrdered::new(),
            oldest: 0,
            touched: Touched::default(),
            done: AppendedRows::default(),
        }
    }

    /// What is acked so far.
    pub(super) const fn done(&self) -> AppendedRows {
        self.done
    }

    /// Whoever is told of acks.
    pub(super) const fn on_ack(&self) -> &O {
        &self.on_ack
    }

    /// Waits until a row can be issued, whose number is greater than those before it: every earlier
    /// row that touches what `event` touches is acked then, and `on_ack` knows its version.
    ///
    /// # Errors
    /// When an earlier row cannot be appended.
    pub(super) async fn make_room(
        &mut self,
        row: u64,
        event: &Event,
    ) -> Result<(), RowAppendError> {
        let cell = single_cell(event);
        while !self.has_room(row, cell) {
            self.settle_oldest().await?;
        }
        Ok(())
    }

    /// Issues one more row, after [`Appender::make_room`] for it.
    pub(super) async fn issue(&mut self, row: u64, append: Append) {
        let cell = single_cell(&append.event);
        match cell {
            Some(cell) => self.touched.cells.extend([cell]),
            None => self.touched.everything = true,
        }
        if self.in_flight.is_empty() {
            self.oldest = row;
        }
        let answer = self.store.append(append.clone());
        // Tokio's budget would make a channel that has room answer "pending" now and then, and wake
        // those who were told so in reverse order.
        let mut answered = Box::pin(unconstrained(async move {
            (InFlight { row, append }, answer.await)
        }));
        // Polled here and now, so that appends are issued in this order and no other.
        let first: Poll<Answered> = poll_fn(|cx| Poll::Ready(answered.as_mut().poll(cx))).await;
        self.in_flight.push_back(match first {
            Poll::Ready(answered) => Box::pin(ready(answered)),
            Poll::Pending => answered,
        });
    }

    /// Waits for everything on its way.
    ///
    /// # Errors
    /// When a row cannot be appended.
    async fn settle(&mut self) -> Result<(), RowAppendError> {
        while !self.in_flight.is_empty() {
            self.settle_oldest().await?;
        }
        Ok(())
    }

    /// Waits for everything on its way and says what was done in all.
    ///
    /// # Errors
    /// As for [`Appender::settle`].
    pub(super) async fn finish(mut self) -> Result<AppendedRows, RowAppendError> {
        self.settle().await?;
        Ok(self.done)
    }

    fn has_room(&self, row: u64, cell: Option<Cell>) -> bool {
        if self.in_flight.is_empty() {
            return true;
        }
        let is_apart = cell.is_some_and(|cell| !self.touched.cells.contains(&cell));
        is_apart
            && !self.touched.everything
            && self.in_flight.len() < MAX_IN_FLIGHT
            && row.saturating_sub(self.oldest) < ROWS_IN_DOUBT
    }

    async fn settle_oldest(&mut self) -> Result<(), RowAppendError> {
        let Some((in_flight, answer)) = self.in_flight.next().await else {
            return Ok(());
        };
        match answer {
            Ok(appended) => {
                self.acked(&in_flight, appended);
                Ok(())
            }
            Err(source) if source.is_retryable() => self.recover(in_flight, source).await,
            Err(source) => Err(RowAppendError {
                row: in_flight.row,
                source,
            }),
        }
    }

    fn acked(&mut self, in_flight: &InFlight, appended: Appended) {
        self.oldest = in_flight.row + 1;
        match single_cell(&in_flight.append.event) {
            Some(cell) => {
                self.touched.cells.remove(&cell);
            }
            None => self.touched.everything = false,
        }
        let event = &in_flight.append.event;
        self.on_ack.acked(in_flight.row, event, appended.version);
        self.done.count += 1;
        self.done.first.get_or_insert(appended.version);
        if self.done.last > Some(appended.version) {
            self.done.out_of_order += 1;
        }
        self.done.last = self.done.last.max(Some(appended.version));
    }

    /// Waits for all that is on its way, then sends each row without an ack again, alone.
    async fn recover(
        &mut self,
        first: InFlight,
        source: AppendError,
    ) -> Result<(), RowAppendError> {
        let deadline = Instant::now() + RETRY_FOR;
        let mut answered = vec![(first, Err(source))];
        while let Some(next) = self.in_flight.next().await {
            answered.push(next);
        }
        tracing::warn!(
            rows = answered.len(),
            "log did not ack imported rows, sending them again"
        );
        for (in_flight, answer) in answered {
            let appended = match answer {
                Ok(appended) => Ok(appended),
                Err(source) if source.is_retryable() => {
                    self.retry(&in_flight.append, deadline).await
                }
                Err(source) => Err(source),
            };
            let row = in_flight.row;
            let appended = appended.map_err(|source| RowAppendError { row, source })?;
            self.acked(&in_flight, appended);
        }
        Ok(())
    }

    async fn retry(&self, append: &Append, deadline: Instant) -> Result<Appended, AppendError> {
        let mut delay = FIRST_RETRY_DELAY;
        loop {
            match self.store.append(append.clone()).await {
                Err(error) if error.is_retryable() && Instant::now() + delay < deadline => {
                    tokio::time::sleep(delay).await;
                    delay = (2 * delay).min(MAX_RETRY_DELAY);
                }
                answer => return answer,
            }
        }
    }
}
