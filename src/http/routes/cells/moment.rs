//! A cell at the moment that is asked for: now, or at any version of any round.

use event_store::event::{CellContent, Size};
use event_store::{Cell, PaletteIndex, RoundId, Version};
use projections::canvas::Round;

use super::CellQuery;
use super::found::{Sought, content_given};
use crate::app::App;
use crate::http::error::{ApiError, ErrorCode};
use crate::http::past::{canvas_at, no_answer, reached};
use crate::live::LiveCanvas;

/// How often what set a cell in the past is looked for further back before the answer leaves it
/// out: each time through [`MAX_SCANNED_SEGMENTS`](crate::history::MAX_SCANNED_SEGMENTS), so that
/// 33 million events are looked through.
const MAX_LOOKS: usize = 4;

/// A cell at a moment.
pub(super) struct Shown {
    pub(super) cell: Cell,
    /// How large the canvas is then.
    pub(super) size: Size,
    /// The round of the moment.
    pub(super) round: Round,
    /// The first version that is too late to have changed the cell.
    pub(super) end: Version,
    /// What it holds then; the background's where [`Shown::is_author_known`] is not.
    pub(super) content: CellContent,
    /// Whether it was found out who set it.
    pub(super) is_author_known: bool,
    /// Whether it is the newest moment, which the live canvas knows without history.
    pub(super) is_now: bool,
}

/// Where somebody looks: numbers that may lie outside of any canvas.
#[derive(Clone, Copy)]
pub(super) struct Coordinates {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// A moment of the past.
struct Moment {
    round: Round,
    version: Version,
}

impl Shown {
    /// The cell at the moment that a query means.
    pub(super) async fn of(
        app: &App,
        at: Coordinates,
        query: &CellQuery,
    ) -> Result<Self, ApiError> {
        match Moment::of(app, query)? {
            None => Self::now(&app.live, at),
            Some(moment) => Self::then(app, at, moment).await,
        }
    }

    fn now(live: &LiveCanvas, at: Coordinates) -> Result<Self, ApiError> {
        live.read(|state| {
            let canvas = &state.canvas;
            let (Some(round), Some(size)) = (canvas.round(), canvas.size()) else {
                return Err(no_round());
            };
            let cell = at.inside(size)?;
            let content = canvas.cell(cell).ok_or_else(|| at.outside(size))?;
            let closed = round.closed.map(|closed| closed.version);
            Ok(Self {
                cell,
                size,
                round: round.clone(),
                end: closed.unwrap_or(canvas.version().next()),
                content,
                is_author_known: true,
                is_now: true,
            })
        })
    }

    async fn then(app: &App, at: Coordinates, moment: Moment) -> Result<Self, ApiError> {
        let Moment { round, version } = moment;
        at.inside(round.size)?;
        // Without history nobody can tell who set the cell: then nothing is folded for it either.
        let there = app.history.wait_for(version).await;
        there.map_err(|error| no_answer(&error))?;
        let grid = canvas_at(app, version).await?.grid;
        let cell = at.inside(grid.size())?;
        let color = grid.color(cell).ok_or_else(|| at.outside(grid.size()))?;
        let closed = round.closed.map(|closed| closed.version);
        let mut shown = Self {
            cell,
            size: grid.size(),
            end: closed.map_or(version.next(), |closed| closed.min(version.next())),
            round,
            content: background(color),
            is_author_known: true,
            is_now: false,
        };
        shown.find_author(app).await?;
        Ok(shown)
    }

    /// Finds out what set the cell.
    async fn find_author(&mut self, app: &App) -> Result<(), ApiError> {
        let mut before = self.end;
        for _ in 0..MAX_LOOKS {
            let page = Sought { before, limit: 1 }.look(app, self).await?;
            match (page.events.first(), page.next_before) {
                (Some(event), _) => {
                    let given = content_given(event, self.cell);
                    self.content = given
                        .filter(|given| given.color == self.content.color)
                        .filter(|given| given.version > self.round.opened.version)
                        .filter(|given| given.version <= event.version)
                        .unwrap_or(self.content);
                    return Ok(());
                }
                (None, Some(next)) => before = next,
                (None, None) => return Ok(()),
            }
        }
        self.is_author_known = false;
        Ok(())
    }
}

impl Moment {
    /// The moment of the past that a query means; none for now.
    fn of(app: &App, query: &CellQuery) -> Result<Option<Self>, ApiError> {
        let wanted = query.round.map(RoundId);
        if let Some(version) = query.version {
            let version = reached(app, version)?;
            return Self::at(app, version, wanted).map(Some);
        }
        let Some(wanted) = wanted else {
            return Ok(None);
        };
        app.live.read(|state| {
            let mut rounds = state.canvas.rounds().iter();
            let newest = rounds.next_back().ok_or_else(no_round)?;
            if newest.round == wanted {
                return Ok(None);
            }
            let round = rounds.find(|round| round.round == wanted);
            let round = round.ok_or_else(|| {
                let message = format!("there is no round {wanted}; the newest is {}", newest.round);
                ApiError::new(ErrorCode::RoundNotFound, message)
            })?;
            // A round that is not the newest has an end.
            let end = round.closed.unwrap_or(newest.opened).version;
            let moment = Self {
                round: round.clone(),
                version: Version(end.0.saturating_sub(1)),
            };
            Ok(Some(moment))
        })
    }

    fn at(app: &App, version: Version, wanted: Option<RoundId>) -> Result<Self, ApiError> {
        let round = app.live.read(|state| {
            let mut rounds = state.canvas.rounds().iter().rev();
            rounds
                .find(|round| round.opened.version <= version)
                .cloned()
        });
        let round = round.ok_or_else(|| {
            let message = format!("no round was open at version {version}");
            ApiError::new(ErrorCode::VersionNotFound, message)
        })?;
        match wanted.filter(|wanted| *wanted != round.round) {
            None => Ok(Self { round, version }),
            Some(wanted) => {
                let message = format!(
                    "version {version} is of round {}, not of round {wanted}; leave one out",
                    round.round
                );
                Err(ApiError::new(ErrorCode::InvalidRequest, message))
            }
        }
    }
}

impl Coordinates {
    fn inside(self, size: Size) -> Result<Cell, ApiError> {
        let (Ok(x), Ok(y)) = (u16::try_from(self.x), u16::try_from(self.y)) else {
            return Err(self.outside(size));
        };
        let cell = Cell::new(x, y);
        let is_inside = size.index_of(cell).is_some();
        is_inside.then_some(cell).ok_or_else(|| self.outside(size))
    }

    fn outside(self, size: Size) -> ApiError {
        let Self { x, y } = self;
        let (right, bottom) = (size.width - 1, size.height - 1);
        let message = format!(
            "cell ({x}, {y}) is outside the canvas; \
             x goes from 0 to {right}, y from 0 to {bottom}"
        );
        ApiError::new(ErrorCode::OutOfBounds, message)
    }
}

/// What a cell of this colour holds that nobody has set.
fn background(color: PaletteIndex) -> CellContent {
    CellContent {
        color,
        author: None,
        version: Version::ZERO,
    }
}

fn no_round() -> ApiError {
    let message = "no round has been opened yet; wait until one is";
    ApiError::new(ErrorCode::NoRound, message)
}
