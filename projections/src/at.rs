//! The canvas as it was at any version.

use event_store::{Event, Palette, ReadError, RoundId, UnixMs, Version};

use crate::canvas::Round;
use crate::grid::{Field, Grid};
use crate::log_pages::{LogPages, Pages};
use crate::snapshot::{Snapshot, SnapshotStore};

/// The canvas right after one version: what is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanvasAt {
    /// The version.
    pub version: Version,
    /// The time of the version's event.
    pub at: UnixMs,
    /// The round that it belongs to.
    pub round: RoundId,
    /// The palette in force.
    pub palette: Palette,
    /// The cells.
    pub grid: Grid,
}

/// Why there is no canvas to show for a version.
#[derive(Debug, thiserror::Error)]
pub enum AtError {
    /// The version lies before the first round.
    #[error("version {version} lies before the first round")]
    BeforeFirstRound {
        /// The version asked for.
        version: Version,
    },
    /// The version lies after the newest event.
    #[error("version {version} is yet to come, the newest is {head}")]
    Future {
        /// The version asked for.
        version: Version,
        /// The newest one.
        head: Version,
    },
    /// The log does not hold what `rounds` says of it.
    #[error("log does not open round {round} at version {version}")]
    OtherLog {
        /// The round.
        round: RoundId,
        /// Where it should open.
        version: Version,
    },
    /// The log could not be read.
    #[error("could not read the log to fold an old version")]
    Log(#[source] ReadError),
}

/// The canvas right after `version`: the nearest kept snapshot of its round and the events that
/// follow it, or those since the round's opening. `rounds` is
/// [`Canvas::rounds`](crate::Canvas::rounds).
///
/// A snapshot that is damaged or cannot be reached is passed over with a warning: it only saves
/// time.
///
/// # Errors
/// [`AtError`].
pub async fn canvas_at<L: LogPages + ?Sized>(
    log: &L,
    snapshots: &SnapshotStore,
    rounds: &[Round],
    version: Version,
) -> Result<CanvasAt, AtError> {
    let round = rounds
        .iter()
        .rev()
        .find(|round| round.opened.version <= version);
    let round = round.ok_or(AtError::BeforeFirstRound { version })?;
    let start = match nearest_snapshot(snapshots, round, version).await {
        Some(snapshot) => Start::of_snapshot(snapshot, round),
        None => Start::of_opening(log, round).await?,
    };
    start.advanced_to(log, version).await
}

/// A field at a version, on its way to a later one.
struct Start {
    version: Version,
    at: UnixMs,
    field: Field,
}

impl Start {
    fn of_snapshot(snapshot: Snapshot, round: &Round) -> Self {
        Self {
            version: snapshot.version,
            at: snapshot.at,
            field: Field {
                round: round.round,
                palette: round.palette_at(snapshot.version),
                background: round.background,
                is_open: round.was_open_at(snapshot.version),
                grid: snapshot.grid,
            },
        }
    }

    async fn of_opening<L: LogPages + ?Sized>(log: &L, round: &Round) -> Result<Self, AtError> {
        let version = round.opened.version;
        let page = log.page(version, 1).await.map_err(AtError::Log)?;
        let opened = page
            .into_iter()
            .next()
            .and_then(|recorded| match recorded.event {
                Event::RoundOpened(opened) if opened.round == round.round => {
                    Some((recorded.at, Field::opened(&opened)?))
                }
                Event::RoundOpened(_)
                | Event::PlacementMade(_)
                | Event::PlacementUndone(_)
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
            });
        let round = round.round;
        let (at, field) = opened.ok_or(AtError::OtherLog { round, version })?;
        Ok(Self { version, at, field })
    }

    async fn advanced_to<L: LogPages + ?Sized>(
        mut self,
        log: &L,
        version: Version,
    ) -> Result<CanvasAt, AtError> {
        let mut pages = Pages::between(log, self.version, version);
        while let Some(page) = pages.next().await.map_err(AtError::Log)? {
            for recorded in &page {
                self.field.apply(&recorded.event);
                self.version = recorded.version;
                self.at = recorded.at;
            }
        }
        if self.version < version {
            return Err(AtError::Future {
                version,
                head: self.version,
            });
        }
        Ok(CanvasAt {
            version,
            at: self.at,
            round: self.field.round,
            palette: self.field.palette,
            grid: self.field.grid,
        })
    }
}

async fn nearest_snapshot(
    snapshots: &SnapshotStore,
    round: &Round,
    version: Version,
) -> Option<Snapshot> {
    let fetched = async {
        match snapshots.nearest(version).await? {
            Some(nearest) if nearest >= round.opened.version => snapshots.get(nearest).await,
            Some(_) | None => Ok(None),
        }
    };
    match fetched.await {
        Ok(snapshot) => snapshot.filter(|snapshot| snapshot.round == round.round),
        Err(error) => {
            tracing::warn!(
                canvas.version = version.0,
                error = &error as &dyn std::error::Error,
                "folded version {version} from its round's opening: the snapshot is unusable"
            );
            None
        }
    }
}
