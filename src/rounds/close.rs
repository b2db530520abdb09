//! Closing a round: its canvas stays as it is.

use event_store::event::RoundClosed;
use event_store::{
    Append, AppendError, Appended, Event, EventId, EventStore, Guard, RoundId, Subject, UnixMs,
};
use projections::Canvas;

use super::{CatchUpError, MAX_ATTEMPTS, catch_up};

/// Why a round was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// No round is open.
    #[error("no round is open")]
    NoneOpen,
    /// The canvas could not be brought to the log's end.
    #[error("could not look at the canvas")]
    CatchUp(#[from] CatchUpError),
    /// The event was not appended.
    #[error("could not append the closing of the round")]
    Append(#[source] AppendError),
}

/// Closes the open round at `now`. `canvas` is any earlier state of the log; it is brought up to
/// date.
///
/// # Errors
/// [`CloseError`]
pub async fn close_round(
    store: &dyn EventStore,
    canvas: &mut Canvas,
    now: UnixMs,
) -> Result<(RoundId, Appended), CloseError> {
    let mut attempts = 0;
    loop {
        catch_up(canvas, store).await?;
        let open = canvas.round().filter(|round| round.is_open());
        let round = open.ok_or(CloseError::NoneOpen)?.round;
        let append = Append {
            id: EventId::derive(&[b"round closed", &round.0.to_le_bytes()]),
            guard: Guard::LastOnSubject(canvas.last_on(Subject::Admin)),
            at: now,
            event: Event::RoundClosed(RoundClosed { round }),
        };
        attempts += 1;
        match store.append(append).await {
            Ok(appended) => return Ok((round, appended)),
            Err(AppendError::Conflict) if attempts < MAX_ATTEMPTS => {}
            Err(error) => return Err(CloseError::Append(error)),
        }
    }
}
