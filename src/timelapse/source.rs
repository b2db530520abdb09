//! Where a film's history comes from: the one place that knows how it is kept.

use std::sync::Arc;

use event_store::{EventStore, MAX_READ_EVENTS, ReadError, UnixMs, Version};
use projections::at::{CanvasAt, canvas_at};
use projections::canvas::Round;
use projections::history::{Entry, File, HistoryStoreError, open_segment};
use projections::{Field, SnapshotStore};
use tokio::sync::mpsc;

use super::film::{Film, PlanError, Range};
use super::page::Page;
use super::request::{Place, TimelapseRequest};
use crate::history::{History, HistoryError};
use crate::live::past::version_at;

/// The history of a canvas: segments where there are some, and the log where there are none, or
/// where one is damaged. Cheap to clone.
#[derive(Clone)]
pub struct Source {
    log: Arc<dyn EventStore>,
    snapshots: SnapshotStore,
    history: Arc<History>,
}

impl Source {
    /// The history in a log, with the files that shorten the way through it: history itself as far
    /// as it is read, and snapshots.
    pub fn new(log: Arc<dyn EventStore>, snapshots: SnapshotStore, history: Arc<History>) -> Self {
        Self {
            log,
            snapshots,
            history,
        }
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
        if self.history.version() >= version {
            match self.history.at(version).await {
                Ok(found) => return Ok(found),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "the log is read instead of a file of history");
                }
            }
        }
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
        let to = film.range.to;
        let index = self.history.index().map(|(index, _)| index);
        let mut next = film.range.from.next();
        // Up to here the log is read although there are segments.
        let mut damaged_up_to = Version::ZERO;
        while next <= to {
            let entry = index.as_ref().and_then(|index| index.holding(next));
            let page = match entry.filter(|_| next > damaged_up_to) {
                None => self.log_page(next, to).await?,
                Some(entry) => match self.segment_page(entry, next, to).await {
                    Ok(page) => page,
                    Err(error) => {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the log is read instead of segment {}",
                            entry.number
                        );
                        damaged_up_to = entry.last;
                        continue;
                    }
                },
            };
            next = page.last().next();
            if pages.send(page).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn log_page(&self, from: Version, to: Version) -> Result<Page, ReadError> {
        let left = usize::try_from(to.0 - from.0 + 1).unwrap_or(usize::MAX);
        let events = self.log.read(from, left.min(MAX_READ_EVENTS)).await?;
        Page::of_log(events).ok_or_else(|| missing(from))
    }

    /// The events of a segment that lie in a range.
    async fn segment_page(
        &self,
        entry: &Entry,
        from: Version,
        to: Version,
    ) -> Result<Page, HistoryError> {
        let bytes = self.history.stored_segment(entry).await?;
        let (entry, last) = (entry.clone(), to.min(entry.last));
        let opened = tokio::task::spawn_blocking(move || {
            let segment = open_segment(&entry, &bytes)?;
            let page = Page::of_segment(&segment, from..=last);
            let page = page.map_err(|error| HistoryStoreError::damaged_segment(&entry, error))?;
            match page.last() == last {
                true => Ok(page),
                false => Err(HistoryStoreError::Mismatch {
                    file: File::Segment(entry.number),
                }),
            }
        });
        Ok(opened.await.map_err(HistoryError::Work)??)
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
