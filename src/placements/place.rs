//! Making placements: validate, append with a guard, wait until durable, then answer.

use event_store::event::PlacementMade;
use event_store::{
    Append, AppendError, BoxError, Event, Guard, PlayerId, RoundId, Subject, UnixMs, Version,
};
use projections::canvas::Allowance;

use super::rules::{Proposal, belongs_to_its_round, may_act, may_place};
use super::{PlacementKey, Rejection};
use crate::live::LiveCanvas;
use crate::players::{PlayerStatus, SeatKeeper};

/// How often a request that lost the race for its player's subject decides again. Each turn means
/// that another request of the same player won, so a client that waits for answers never gets near.
const MAX_ATTEMPTS: usize = 8;

/// One placement that a player asks for.
#[derive(Clone, Debug)]
pub struct PlaceRequest {
    /// The client's name for it.
    pub key: PlacementKey,
    /// Where and what.
    pub proposal: Proposal,
}

/// The answer to a batch of placements that are all durable.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Each placement's version and time, in the order of the requests.
    pub placements: Vec<(Version, UnixMs)>,
    /// What the player may do next.
    pub allowance: Allowance,
    /// The most charges one can hold.
    pub max_charges: u16,
    /// Until when the seat is kept without another game action; none when it is lost already.
    pub playing_until: Option<UnixMs>,
}

/// Why placements were not made, or are not known to be.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A lawful no.
    #[error("placement was rejected")]
    Rejected {
        /// Which.
        rejection: Rejection,
        /// The time that it was decided for.
        at: UnixMs,
    },
    /// The log cannot be reached. Safe to retry with the same keys.
    #[error("could not append placement to log")]
    Unavailable {
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The log takes no more events.
    #[error("log cannot take placement")]
    Refused {
        /// The cause.
        #[source]
        source: AppendError,
    },
}

/// Other requests of the same player kept winning.
#[derive(Debug, thiserror::Error)]
#[error("player {player} has too many requests at once")]
struct TooManyAtOnce {
    player: PlayerId,
}

/// Makes the placements of `requests` in order, all by `player` and at `now`. A request whose key
/// is known already is answered with its first version and costs nothing.
///
/// The batch is checked as a whole before its first event is appended. A fault between two appends
/// leaves the earlier ones made; a retry with the same keys makes the rest.
///
/// # Errors
/// [`PlaceError`]
pub async fn place(
    live: &LiveCanvas,
    seats: &SeatKeeper,
    player: PlayerId,
    requests: &[PlaceRequest],
    now: UnixMs,
) -> Result<Placed, PlaceError> {
    let reject = |rejection| PlaceError::Rejected { rejection, at: now };
    for _ in 0..MAX_ATTEMPTS {
        let status = seats.status_anywhere(player, now).await;
        let plan = live
            .read(|state| plan(state, status, player, requests, now))
            .map_err(reject)?;
        // A retry of what was made is no new game action: it must not keep the seat.
        let acts = plan.round.is_some();
        let versions = match append_all(live, player, requests, now, plan).await {
            Ok(versions) => versions,
            Err(AppendError::Conflict) => {
                live.catch_up_with(Subject::Player(player))
                    .await
                    .map_err(unreachable_log)?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let playing_until = match acts {
            true => seats.acted(player, now),
            false => seats.playing_until(player),
        };
        let placed = settle(live, player, versions, now).await?;
        return Ok(Placed {
            playing_until,
            ..placed
        });
    }
    Err(unreachable_log(TooManyAtOnce { player }))
}

/// What is to be appended, decided on one state of the canvas.
struct Plan {
    /// For each request, where it stands already, if it does.
    known: Vec<Option<(Version, UnixMs)>>,
    /// The round, when anything is to be appended.
    round: Option<RoundId>,
    /// The last version on the player's subject.
    last: Version,
}

fn plan(
    state: &crate::live::State,
    status: PlayerStatus,
    player: PlayerId,
    requests: &[PlaceRequest],
    now: UnixMs,
) -> Result<Plan, Rejection> {
    let known: Vec<_> = requests
        .iter()
        .map(|request| state.recent.position_of(request.key.event_id(player)))
        .collect();
    let open = requests
        .iter()
        .zip(&known)
        .filter(|(_, known)| known.is_none());
    let proposals: Vec<Proposal> = open.map(|(request, _)| request.proposal).collect();
    let round = match proposals.is_empty() {
        true => None,
        false => {
            // A player who was banned has lost the seat too; the ban is what to tell.
            may_act(&state.canvas, player, now)?;
            has_seat(status)?;
            Some(may_place(&state.canvas, player, &proposals, now)?)
        }
    };
    let last = state.canvas.last_on(Subject::Player(player));
    Ok(Plan { known, round, last })
}

/// Whether somebody of this status may act. What was made already is answered to everybody.
pub(super) fn has_seat(status: PlayerStatus) -> Result<(), Rejection> {
    match status {
        PlayerStatus::Playing => Ok(()),
        PlayerStatus::Afk | PlayerStatus::Queued => Err(Rejection::NotPlaying { status }),
    }
}

/// Appends what the plan says, each event guarded by the one before it.
async fn append_all(
    live: &LiveCanvas,
    player: PlayerId,
    requests: &[PlaceRequest],
    now: UnixMs,
    plan: Plan,
) -> Result<Vec<(Version, UnixMs)>, AppendError> {
    let mut last = plan.last;
    let mut placements = Vec::with_capacity(requests.len());
    for (request, known) in requests.iter().zip(plan.known) {
        let position = match (known, plan.round) {
            (Some(known), _) => known,
            (None, None) => unreachable!("a plan with an unknown request has a round"),
            (None, Some(round)) => {
                let placement = PlacementMade {
                    round,
                    player,
                    cell: request.proposal.cell,
                    color: request.proposal.color,
                };
                let append = Append {
                    id: request.key.event_id(player),
                    guard: Guard::LastOnSubject(last),
                    at: now,
                    event: Event::PlacementMade(placement),
                };
                let appended = live.append(append).await?;
                last = appended.version.max(last);
                (appended.version, appended.at)
            }
        };
        placements.push(position);
    }
    Ok(placements)
}

/// Waits until this gateway shows the placements itself, and answers.
async fn settle(
    live: &LiveCanvas,
    player: PlayerId,
    placements: Vec<(Version, UnixMs)>,
    now: UnixMs,
) -> Result<Placed, PlaceError> {
    let newest = placements.iter().map(|(version, _)| *version).max();
    live.wait_for(newest.unwrap_or_default())
        .await
        .map_err(unreachable_log)?;
    let (took_effect, allowance) = live.read(|state| {
        let met_its_round = |(version, _): &(Version, UnixMs)| {
            let made = state.recent.event_at(*version).map(|made| made.event);
            made.is_none_or(|event| belongs_to_its_round(&state.canvas, &event, *version))
        };
        let took_effect = placements.iter().all(met_its_round);
        let rule = state.canvas.cooldown();
        (took_effect, state.canvas.allowance(player, now).zip(rule))
    });
    match allowance {
        Some((allowance, rule)) if took_effect => Ok(Placed {
            placements,
            allowance,
            max_charges: rule.max_charges,
            playing_until: None,
        }),
        Some(_) | None => Err(PlaceError::Rejected {
            rejection: Rejection::RoundClosed,
            at: now,
        }),
    }
}

impl From<AppendError> for PlaceError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Unavailable { source } => Self::Unavailable { source },
            AppendError::Conflict | AppendError::TooLarge { .. } | AppendError::Refused { .. } => {
                Self::Refused { source: error }
            }
        }
    }
}

/// Not known to be done, for a reason that may pass.
pub(super) fn unreachable_log(source: impl Into<BoxError>) -> PlaceError {
    PlaceError::Unavailable {
        source: source.into(),
    }
}
