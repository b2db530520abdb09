//! Taking a placement back.

use event_store::event::PlacementMade;
use event_store::{
    Append, AppendError, Appended, Event, Guard, PlayerId, Subject, UnixMs, Version,
};
use projections::canvas::{Allowance, UndoRefusal};

use super::key::undo_event_id;
use super::place::{has_seat, unreachable_log};
use super::rules::{UNDO_WINDOW_MS, is_unprotected, may_act};
use super::{PlaceError, Rejection};
use crate::live::{LiveCanvas, State};
use crate::players::{PlayerStatus, SeatKeeper};

/// As for placing.
const MAX_ATTEMPTS: usize = 8;

/// The answer to an undo that is durable.
#[derive(Clone, Copy, Debug)]
pub struct Undone {
    /// The undo's own version.
    pub version: Version,
    /// Its time.
    pub at: UnixMs,
    /// What the player may do next; the charge has come back.
    pub allowance: Allowance,
    /// The most charges one can hold.
    pub max_charges: u16,
    /// Until when the seat is kept without another game action; none when it is lost already.
    pub playing_until: Option<UnixMs>,
}

/// Somebody else's acts kept getting between.
#[derive(Debug, thiserror::Error)]
#[error("undo of placement {placement} kept losing races")]
struct LostRaces {
    placement: Version,
}

/// Takes back `player`'s placement of version `placement`, at `now`. Doing it twice is doing it
/// once.
///
/// # Errors
/// [`PlaceError`]
pub async fn undo(
    live: &LiveCanvas,
    seats: &SeatKeeper,
    player: PlayerId,
    placement: Version,
    now: UnixMs,
) -> Result<Undone, PlaceError> {
    let id = undo_event_id(player, placement);
    let reject = |rejection| PlaceError::Rejected { rejection, at: now };
    for _ in 0..MAX_ATTEMPTS {
        let known = live.read(|state| state.recent.position_of(id));
        if let Some((version, at)) = known {
            let until = seats.playing_until(player);
            return answer(live, player, version, at, now, until).await;
        }
        let status = seats.status_anywhere(player, now).await;
        let decided = live.read(|state| decide(state, status, player, placement, now));
        let (guard, event) = decided.map_err(reject)?;
        let append = Append {
            id,
            guard,
            at: now,
            event,
        };
        match live.append(append).await {
            Ok(appended) => {
                let until = seats.acted(player, now);
                let Appended { version, at } = appended;
                return answer(live, player, version, at, now, until).await;
            }
            Err(AppendError::Conflict) => {
                live.catch_up_with(Subject::Player(player))
                    .await
                    .map_err(unreachable_log)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(unreachable_log(LostRaces { placement }))
}

fn decide(
    state: &State,
    status: PlayerStatus,
    player: PlayerId,
    placement: Version,
    now: UnixMs,
) -> Result<(Guard, Event), Rejection> {
    may_act(&state.canvas, player, now)?;
    has_seat(status)?;
    let undone = state.undo.undo(&state.canvas, player, placement, now);
    let undone = undone.map_err(|refusal| refused(state, refusal, player, placement, now))?;
    is_unprotected(&state.canvas, undone.cell)?;
    let last = state.canvas.last_on(Subject::Player(player));
    Ok((Guard::LastOnSubject(last), Event::PlacementUndone(undone)))
}

fn refused(
    state: &State,
    refusal: UndoRefusal,
    player: PlayerId,
    placement: Version,
    now: UnixMs,
) -> Rejection {
    let unknown = Rejection::UndoUnknown { placement };
    let Some((made, at)) = recent_placement(state, placement) else {
        return unknown;
    };
    let until = at.plus_ms(i64::from(UNDO_WINDOW_MS));
    match refusal {
        UndoRefusal::RoundOver => Rejection::RoundClosed,
        UndoRefusal::NotYours => Rejection::NotYours { placement },
        UndoRefusal::TooLate => Rejection::UndoTooLate { until },
        UndoRefusal::Overwritten => Rejection::UndoOverwritten { cell: made.cell },
        // The window forgets a placement when its time is over; what is still in memory says why.
        UndoRefusal::Unknown if made.player != player => Rejection::NotYours { placement },
        UndoRefusal::Unknown if now > until => Rejection::UndoTooLate { until },
        UndoRefusal::Unknown => unknown,
    }
}

/// A placement that is still in memory, and its time.
fn recent_placement(state: &State, version: Version) -> Option<(PlacementMade, UnixMs)> {
    let recorded = state.recent.event_at(version)?;
    match recorded.event {
        Event::PlacementMade(made) => Some((made, recorded.at)),
        Event::PlacementUndone(_)
        | Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::CanvasExpanded(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::RegionErased(_)
        | Event::CellsRestored(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_)
        | Event::RegionProtected(_)
        | Event::RegionUnprotected(_)
        | Event::Announced(_) => None,
    }
}

async fn answer(
    live: &LiveCanvas,
    player: PlayerId,
    version: Version,
    at: UnixMs,
    now: UnixMs,
    playing_until: Option<UnixMs>,
) -> Result<Undone, PlaceError> {
    live.wait_for(version).await.map_err(unreachable_log)?;
    let known = live.read(|state| {
        let rule = state.canvas.cooldown();
        state.canvas.allowance(player, now).zip(rule)
    });
    let (allowance, rule) = known.ok_or(PlaceError::Rejected {
        rejection: Rejection::NoRound,
        at: now,
    })?;
    Ok(Undone {
        version,
        at,
        allowance,
        max_charges: rule.max_charges,
        playing_until,
    })
}
