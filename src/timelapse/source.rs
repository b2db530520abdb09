//! Where a film's history comes from: the one place that knows how it is kept.

use std::sync::Arc;

use event_store::{
    Event, EventStore, MAX_READ_EVENTS, ReadError, Recorded, Region, UnixMs, Version,
};
use projections::at::{CanvasAt, canvas_at};
use projections::canvas::Round;
use projections::{Field, SnapshotStore};
use tokio::sync::mpsc;

use super::film::{Film, PlanError, Range};
use super::request::{Place, TimelapseRequest};
use crate::live::past::version_at;

/// Events in the order of the log.
pub(super) type Page = Vec<Recorded>;

/// The history of a canvas. Cheap to clone.
#[derive(Clone)]
pub struct Source {
    log: Arc<dyn EventStore>,
    snapshots: SnapshotStore,
}

impl Source {
    /// The history in a log, with the snapshots that shorten the way to a version.
    pub fn new(log: Arc<dyn EventStore>, snapshots: SnapshotStore) -> Self {
        Self { log, snapshots }
    }

    /// Plans a film: finds the stretch of history that is asked for among `rounds`, which were
    /// folded up to `head`.
    ///
    /// # Errors
    /// [`PlanError`]
    pub async fn plan(
        &self,
        request: &TimelapseRequest,
        rounds: &[Round],
        head: Version,
    ) -> Result<Film, PlanError> {
        let round = match request.round {
            None => rounds.last().ok_or(PlanError::NoRound)?,
            Some(wanted) => rounds
                .iter()
                .find(|round| round.round == wanted)
                .ok_or(PlanError::UnknownRound { round: wanted })?,
        };
        let last = last_version(round, rounds, head);
        let opening = Place::Version(round.opened.version);
        let from = request.from.unwrap_or(opening);
        let to = request.to.unwrap_or(Place::Version(last));
        let (from, begins_at) = self.resolve(from, round, last).await?;
        let (to, ends_at) = self.resolve(to, round, last).await?;
        if to < from {
            return Err(PlanError::Reversed { from, to });
        }
        let ended = self.canvas_at(rounds, to).await?;
        let range = Range {
            round: round.round,
            from,
            to,
            begins_at,
            ends_at: ends_at.max(begins_at),
            size: ended.grid.size(),
            palette: ended.palette,
        };
        Film::plan(request, range)
    }

    /// The version that a place means, and the time that the film begins or ends at there.
    async fn resolve(
        &self,
        place: Place,
        round: &Round,
        last: Version,
    ) -> Result<(Version, UnixMs), PlanError> {
        let first = round.opened.version;
        match place {
            Place::Version(version) if (first..=last).contains(&version) => {
                let at = self.time_of(version).await?;
                Ok((version, at))
            }
            Place::Version(version) => Err(PlanError::OtherRound {
                version,
                round: round.round,
                first,
                last,
            }),
            Place::Time(at) if at < round.opened.at => {
                Err(PlanError::BeforeRound { round: round.round })
            }
            Place::Time(at) => {
                let found = version_at(&*self.log, at).await.map_err(PlanError::Log)?;
                let version = found.clamp(first, last);
                // After the last event nothing is known to have passed.
                let at = match version == last {
                    true => self.time_of(last).await?.min(at),
                    false => at,
                };
                Ok((version, at))
            }
        }
    }

    async fn time_of(&self, version: Version) -> Result<UnixMs, PlanError> {
        let page = self.log.read(version, 1).await.map_err(PlanError::Log)?;
        let found = page.first().filter(|event| event.version == version);
        let missing = || PlanError::Log(missing(version));
        found.map(|event| event.at).ok_or_else(missing)
    }

    async fn canvas_at(&self, rounds: &[Round], version: Version) -> Result<CanvasAt, PlanError> {
        let found = canvas_at(&*self.log, &self.snapshots, rounds, version).await;
        found.map_err(PlanError::At)
    }

    /// The canvas that a film begins with.
    pub(super) async fn beginning(
        &self,
        film: &Film,
        rounds: &[Round],
    ) -> Result<Field, PlanError> {
        let range = &film.range;
        let round = rounds.iter().find(|round| round.round == range.round);
        let round = round.ok_or(PlanError::UnknownRound { round: range.round })?;
        let begun = self.canvas_at(rounds, range.from).await?;
        Ok(Field {
            round: begun.round,
            palette: begun.palette,
            background: round.background,
            is_open: round.was_open_at(range.from),
            grid: begun.grid,
        })
    }

    /// Sends the events of a film after its beginning, page by page, until its end or until nobody
    /// takes them any more.
    pub(super) async fn send(
        &self,
        film: &Film,
        pages: &mpsc::Sender<Page>,
    ) -> Result<(), ReadError> {
        let mut next = film.range.from.next();
        while next <= film.range.to {
            let left = usize::try_from(film.range.to.0 - next.0 + 1).unwrap_or(usize::MAX);
            let page = self.log.read(next, left.min(MAX_READ_EVENTS)).await?;
            let last = page.last().ok_or_else(|| missing(next))?;
            next = last.version.next();
            if pages.send(page).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn missing(version: Version) -> ReadError {
    ReadError::Corrupt {
        version,
        source: "the log does not hold this version any more".into(),
    }
}

/// The last version of a round: before the next one's opening, or the newest.
fn last_version(round: &Round, rounds: &[Round], head: Version) -> Version {
    let next = rounds
        .iter()
        .find(|next| next.opened.version > round.opened.version);
    next.map_or(head, |next| Version(next.opened.version.0 - 1))
}

/// Whether an event may change a cell of a region. One that the canvas does not follow, as a
/// placement on a cell that is not open, counts too: the log alone is asked.
pub(super) fn shows(event: &Event, region: Region) -> bool {
    match event {
        Event::PlacementMade(made) => region.contains(made.cell),
        Event::PlacementUndone(undone) => region.contains(undone.cell),
        Event::RegionErased(erased) => {
            let (erased, x, y) = (erased.region, region.x, region.y);
            let overlap = |from: u16, length: u16, other: u16, other_length: u16| {
                u32::from(from) < u32::from(other) + u32::from(other_length)
                    && u32::from(other) < u32::from(from) + u32::from(length)
            };
            overlap(erased.x, erased.width, x, region.width)
                && overlap(erased.y, erased.height, y, region.height)
        }
        Event::CellsRestored(restored) => {
            let mut cells = restored.cells.iter();
            cells.any(|restored| region.contains(restored.cell))
        }
        Event::CanvasExpanded(_) => true,
        Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_) => false,
    }
}
