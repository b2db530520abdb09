//! What happened to a cell, from history and the log.

use event_store::event::CellContent;
use event_store::{Cell, Event, PaletteIndex, ReadError, Recorded, Region, Version};

use super::moment::Shown;
use crate::app::App;
use crate::history::Look;
use crate::http::error::{ApiError, ErrorCode};
use crate::http::past::{canvas_at, no_answer};
use crate::live::LiveCanvas;

/// Part of a cell's history, newest first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    pub(super) events: Vec<Recorded>,
    pub(super) next_before: Option<Version>,
    pub(super) is_truncated: bool,
}

/// Which part of a cell's history.
#[derive(Clone, Copy)]
pub(super) struct Sought {
    /// Before this version.
    pub(super) before: Version,
    /// At most so many events.
    pub(super) limit: usize,
}

impl Sought {
    /// Looks for what set a cell up to the moment that is shown.
    pub(super) async fn look(self, app: &App, shown: &Shown) -> Result<Page, ApiError> {
        if shown.content.color == PaletteIndex::NOT_OPEN {
            return Ok(Page::default());
        }
        let newest = Version(shown.end.0.saturating_sub(1));
        let there = app.history.wait_for(newest).await;
        there.map_err(|error| no_answer(&error))?;
        let look = Look {
            round: shown.round.round,
            region: Some(Region {
                x: shown.cell.x,
                y: shown.cell.y,
                width: 1,
                height: 1,
            }),
            player: None,
            before: self.before.min(shown.end),
            limit: self.limit,
        };
        let found = app.history.look(look).await;
        let found = found.map_err(|error| no_answer(&error))?;
        let mut page = Page {
            events: Vec::with_capacity(found.versions.len()),
            next_before: found.next_before,
            is_truncated: false,
        };
        for version in found.versions {
            page.events.extend(read_one(&app.live, version).await?);
        }
        page.leave_out_unborn(app, shown).await?;
        Ok(page)
    }
}

impl Page {
    /// The history as far as the live canvas itself knows it: what set the cell last.
    pub(super) fn newest_alone(event: Option<Recorded>) -> Self {
        Self {
            events: event.into_iter().collect(),
            next_before: None,
            is_truncated: true,
        }
    }

    /// Leaves out what happened before the canvas grew to have the cell: an erasure counts for
    /// every cell of its region, also where there was none yet.
    async fn leave_out_unborn(&mut self, app: &App, shown: &Shown) -> Result<(), ApiError> {
        let is_erasure = |event: &&Recorded| matches!(event.event, Event::RegionErased(_));
        if self.events.last().filter(is_erasure).is_none() {
            return Ok(());
        }
        let opened = read_one(&app.live, shown.round.opened.version).await?;
        if let Some(Event::RoundOpened(opened)) = opened.map(|opened| opened.event)
            && opened.size.index_of(shown.cell).is_some()
        {
            return Ok(());
        }
        while let Some(oldest) = self.events.last().filter(is_erasure) {
            let grid = canvas_at(app, oldest.version).await?.grid;
            if grid.color(shown.cell).is_some() {
                break;
            }
            self.events.pop();
            self.next_before = None;
        }
        Ok(())
    }
}

/// One event, from memory or from the log.
pub(in super::super) async fn read_one(
    live: &LiveCanvas,
    version: Version,
) -> Result<Option<Recorded>, ApiError> {
    if let Some(event) = live.read(|state| state.recent.event_at(version)) {
        return Ok(Some(event));
    }
    let read: Result<_, ReadError> = live.store().read(version, 1).await;
    let events = read.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
    Ok(events.into_iter().next())
}

/// What a cell holds from an event on; none for an event that is not about the cell.
pub(super) fn content_given(recorded: &Recorded, cell: Cell) -> Option<CellContent> {
    let set = |color, author| CellContent {
        color,
        author,
        version: recorded.version,
    };
    match &recorded.event {
        Event::PlacementMade(made) => Some(set(made.color, Some(made.player))),
        Event::PlacementUndone(undone) => Some(undone.restored),
        Event::RegionErased(erased) => Some(set(erased.color, None)),
        Event::CellsRestored(restored) => {
            // The last one counts when a cell is named twice.
            let mut named = restored.cells.iter().rev();
            named
                .find(|restored| restored.cell == cell)
                .map(|found| found.content)
        }
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
