//! Opening a round: the canvas starts anew, versions go on.

use event_store::event::{RoundOpened, Size};
use event_store::{
    Append, AppendError, Appended, CooldownRule, Event, EventId, EventStore, Guard, Mask, Palette,
    PaletteIndex, RoundId, Subject, UnixMs,
};
use projections::Canvas;

use super::{CatchUpError, MAX_ATTEMPTS, catch_up};

/// How a round is to begin.
#[derive(Clone, Debug)]
pub struct RoundPlan {
    /// The canvas's size.
    pub size: Size,
    /// The colours.
    pub palette: Palette,
    /// The colour of every open cell.
    pub background: PaletteIndex,
    /// The cooldown.
    pub cooldown: CooldownRule,
    /// Which cells are open; all when there is none.
    pub mask: Option<Mask>,
    /// The round's name.
    pub title: String,
}

/// Why a round was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenRoundError {
    /// A round is still open.
    #[error("round {round} is still open")]
    StillOpen {
        /// Which one.
        round: RoundId,
    },
    /// The canvas could not be brought to the log's end.
    #[error("could not look at the canvas")]
    CatchUp(#[from] CatchUpError),
    /// The event was not appended.
    #[error("could not append the opening of the round")]
    Append(#[source] AppendError),
}

/// Opens the next round at `now`. `canvas` is any earlier state of the log; it is brought up to
/// date. With `replace`, a round that still runs is ended by the opening; without, it is an error.
///
/// # Errors
/// [`OpenRoundError`]
pub async fn open_round(
    store: &dyn EventStore,
    canvas: &mut Canvas,
    plan: &RoundPlan,
    replace: bool,
    now: UnixMs,
) -> Result<(RoundId, Appended), OpenRoundError> {
    let mut attempts = 0;
    loop {
        catch_up(canvas, store).await?;
        if let Some(round) = canvas.round().filter(|round| round.is_open() && !replace) {
            let round = round.round;
            return Err(OpenRoundError::StillOpen { round });
        }
        let previous = canvas.round().map_or(0, |round| round.round.0);
        let round = RoundId(previous + 1);
        let append = Append {
            id: EventId::derive(&[
                b"round opened",
                &round.0.to_le_bytes(),
                &now.0.to_le_bytes(),
            ]),
            guard: Guard::LastOnSubject(canvas.last_on(Subject::Admin)),
            at: now,
            event: Event::RoundOpened(RoundOpened {
                round,
                size: plan.size,
                palette: plan.palette.clone(),
                background: plan.background,
                cooldown: plan.cooldown,
                mask: plan.mask.clone(),
                title: plan.title.clone(),
            }),
        };
        attempts += 1;
        match store.append(append).await {
            Ok(appended) => return Ok((round, appended)),
            Err(AppendError::Conflict) if attempts < MAX_ATTEMPTS => {}
            Err(error) => return Err(OpenRoundError::Append(error)),
        }
    }
}
