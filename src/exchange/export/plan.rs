//! What exactly an export holds: decided before the first byte.

use event_store::{CanvasSlug, Region, Rgb, RoundId, UnixMs, Version};
use projections::PseudonymKey;
use projections::at::CanvasAt;
use projections::canvas::Round;

use super::format::ExportFormat;
use super::round_in_force::RoundInForce;
use crate::config::NamedPalette;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The form.
    pub format: ExportFormat,
    /// Only this round: from its opening to its closing. When there is none, a row form has the
    /// newest round that had begun at `to`, and [`ExportFormat::Ndjson`] has all.
    pub round: Option<RoundId>,
    /// The first version; the earliest one when there is none.
    pub from: Option<Version>,
    /// The last version; the log's newest one when there is none.
    pub to: Option<Version>,
    /// Only what happened to these cells. Acts that reach beyond are narrowed to them; events that
    /// are of no cells stay.
    pub region: Option<Region>,
}

/// Why there is nothing to export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The last version wanted lies after the newest event.
    #[error("version {to} is yet to come, the newest is {newest}")]
    Ahead {
        /// The version asked for.
        to: Version,
        /// The newest one.
        newest: Version,
    },
    /// The log has no such round.
    #[error("there is no round {round}")]
    NoSuchRound {
        /// The round asked for.
        round: RoundId,
    },
    /// A row form needs a round, and none had begun.
    #[error("no round had begun by version {to}")]
    NoRound {
        /// The last version asked for.
        to: Version,
    },
    /// The first version lies after the last one, or the round after both.
    #[error("there is nothing from version {first} to {last}")]
    Empty {
        /// The first version that is both asked for and the round's.
        first: Version,
        /// The last one.
        last: Version,
    },
    /// The region has no cell.
    #[error("the region has no cells")]
    EmptyRegion,
    /// The form has other colours than the round.
    #[error(
        "form rplace2017 has the 16 colours of that year, and {color} of round {round} is none of \
         them; use rplace2022"
    )]
    ForeignColor {
        /// The round.
        round: RoundId,
        /// The first of its colours that the form does not have.
        color: Rgb,
    },
}

/// What exactly an export holds. The same plan over the same log gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPlan {
    /// The form.
    pub format: ExportFormat,
    /// The first version.
    pub first: Version,
    /// The last version: an export that goes on later begins right after it. Less than the first
    /// one when the log is empty.
    pub last: Version,
    /// The only round, if there is only one.
    pub round: Option<RoundId>,
    /// The cells, if there are only some.
    pub region: Option<Region>,
    /// The cell that a form with signed coordinates calls `0,0`.
    pub(super) middle: (u16, u16),
    /// Where each round opens, oldest first.
    openings: Vec<Opening>,
    pub(super) open: Option<RoundInForce>,
    was_open_before: bool,
}

/// Where a round opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opening {
    version: Version,
    at: UnixMs,
    round: RoundId,
}

impl ExportPlan {
    /// Plans an export of a log that has `rounds` (all of them, oldest first) and `newest` events.
    ///
    /// # Errors
    /// [`PlanError`]
    pub fn new(
        request: &ExportRequest,
        rounds: &[Round],
        newest: Version,
    ) -> Result<Self, PlanError> {
        let to = request.to.unwrap_or(newest);
        if to > newest {
            return Err(PlanError::Ahead { to, newest });
        }
        let is_empty = |region: Region| region.width == 0 || region.height == 0;
        if request.region.is_some_and(is_empty) {
            return Err(PlanError::EmptyRegion);
        }
        let mut plan = Self {
            format: request.format,
            first: request.from.unwrap_or_default().max(Version(1)),
            last: to,
            round: request.round,
            region: request.region,
            middle: (0, 0),
            openings: rounds
                .iter()
                .map(|round| Opening {
                    version: round.opened.version,
                    at: round.opened.at,
                    round: round.round,
                })
                .collect(),
            open: None,
            was_open_before: false,
        };
        if let Some(index) = chosen(request, rounds, to)? {
            plan.keep_to(rounds, index)?;
        }
        let asks_for_none = newest == Version::ZERO && request.from.is_none();
        if plan.first > plan.last && !asks_for_none {
            let (first, last) = (plan.first, plan.last);
            return Err(PlanError::Empty { first, last });
        }
        Ok(plan)
    }

    fn keep_to(&mut self, rounds: &[Round], index: usize) -> Result<(), PlanError> {
        let round = &rounds[index];
        self.round = Some(round.round);
        self.first = self.first.max(round.opened.version);
        self.last = self.last.min(last_version(rounds, index));
        self.middle = (round.size.width / 2, round.size.height / 2);
        self.was_open_before = round.was_open_at(Version(self.first.0 - 1));
        if self.format == ExportFormat::Rplace2017 {
            let known = NamedPalette::Place2017.palette();
            let mut colors = round.palette.colors().iter();
            if let Some(foreign) = colors.find(|color| known.index_of(**color).is_none()) {
                let (round, color) = (round.round, *foreign);
                return Err(PlanError::ForeignColor { round, color });
            }
        }
        Ok(())
    }

    /// The version whose canvas has to be given to [`ExportPlan::begin_in`] before the export runs;
    /// `None` when it begins at a round's opening or has no rows.
    pub fn begins_after(&self) -> Option<Version> {
        let is_opening = self.opening_at(self.first).is_some();
        (self.format.has_rows() && !is_opening).then(|| Version(self.first.0 - 1))
    }

    /// Begins in the middle of a round, on this canvas.
    pub fn begin_in(&mut self, canvas: &CanvasAt) {
        self.open = Some(RoundInForce::of_canvas(canvas, self.was_open_before));
    }

    /// The round that opens at a version.
    pub(super) fn opening_at(&self, version: Version) -> Option<RoundId> {
        let newest = self.newest_opening(version);
        let opening = newest.filter(|opening| opening.version == version);
        opening.map(|opening| opening.round)
    }

    /// The round whose opening is the last one before or at a version; 0 before the first.
    pub(super) fn round_at(&self, version: Version) -> RoundId {
        let newest = self.newest_opening(version);
        newest.map(|opening| opening.round).unwrap_or_default()
    }

    /// The last opening before or at a version.
    fn newest_opening(&self, version: Version) -> Option<&Opening> {
        let opened = |opening: &Opening| opening.version <= version;
        let begun = self.openings.partition_point(opened);
        self.openings[..begun].last()
    }

    /// Stands for the bytes of the export with pseudonyms made with `key`: plans of the same tag
    /// have the same bytes.
    pub fn tag(&self, canvas: &CanvasSlug, key: &PseudonymKey) -> String {
        let region = self.region.map(|region| {
            let Region {
                x,
                y,
                width,
                height,
            } = region;
            [x, y, width, height]
        });
        let parts = (
            self.format.name(),
            (self.first.0, self.last.0),
            (region, self.middle),
            // Tells this log from another one in its place.
            self.newest_opening(self.last),
            (canvas.as_str(), key.fingerprint()),
        );
        let hash = blake3::hash(format!("pixelwars export 1 {parts:?}").as_bytes());
        hash.to_hex()[..32].to_owned()
    }
}

/// The index of the round that is asked for; none for all of them.
fn chosen(
    request: &ExportRequest,
    rounds: &[Round],
    to: Version,
) -> Result<Option<usize>, PlanError> {
    match request.round {
        Some(round) => {
            let index = rounds.iter().position(|known| known.round == round);
            index.map(Some).ok_or(PlanError::NoSuchRound { round })
        }
        None if request.format.has_rows() => {
            let index = rounds.iter().rposition(|round| round.opened.version <= to);
            index.map(Some).ok_or(PlanError::NoRound { to })
        }
        None => Ok(None),
    }
}

/// The last version of a round: that of its closing, or the one before the next round's opening
/// when that ended it.
fn last_version(rounds: &[Round], index: usize) -> Version {
    let next = rounds.get(index + 1).map(|next| next.opened.version);
    match rounds[index].closed {
        Some(closed) if next == Some(closed.version) => Version(closed.version.0 - 1),
        Some(closed) => closed.version,
        None => Version(u64::MAX),
    }
}
