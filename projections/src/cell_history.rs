//! Which events set a cell, without looking through the log.

use std::collections::VecDeque;

use event_store::event::Size;
use event_store::{Cell, Event, Region, Version};

use crate::canvas::Applied;
use crate::grid::{CellChange, reshaped};

/// The most events of a round that are remembered, the newest ones: 4 bytes each, 128 MB.
pub const MAX_EVENTS: usize = 32_000_000;

/// The most erasures and roll-backs that are remembered, the newest ones.
pub const MAX_AREAS: usize = 65_536;

/// The most cells of roll-backs that are remembered, 4 bytes each.
pub const MAX_AREA_CELLS: usize = 16_000_000;

/// Part of a cell's history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The versions of the events that set the cell.
    pub versions: Vec<Version>,
    /// Ask with this for what came before; none when there is no more.
    pub next_before: Option<Version>,
    /// Whether events before the last of these are not remembered, so that more may have set the
    /// cell.
    pub is_truncated: bool,
}

/// For each event of the running round, the one before it on the same cell: a linked list per cell
/// in 4 bytes an event. Erasures and roll-backs set many cells and are kept apart.
///
/// Fed beside the canvas; it knows the round from where it began to be fed.
#[derive(Clone, Debug)]
pub struct CellHistory {
    size: Size,
    /// The offsets below are from this version, so that 0 can mean none.
    base: Version,
    /// The offset of the oldest event in `previous`, minus 1.
    dropped: u32,
    /// For each event after `base` that is remembered, the offset of the one before it on its cell.
    previous: VecDeque<u32>,
    /// For each cell the offset of the newest event that set it alone.
    newest: Vec<u32>,
    areas: VecDeque<Area>,
    area_cells: usize,
    /// Areas up to this offset are not remembered.
    dropped_areas: u32,
    /// Whether the round has events before `base`.
    is_headless: bool,
    limit: usize,
}

/// An event that set many cells.
#[derive(Clone, Debug)]
struct Area {
    offset: u32,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    /// All open cells of a region, already clipped to the canvas of its time.
    Region(Region),
    /// These cells, by rows.
    Cells(Vec<(u16, u16)>),
}

impl CellHistory {
    /// The history of a canvas of `size` that goes on from `version`; nothing before is known.
    pub fn starting_after(version: Version, size: Size) -> Self {
        Self::new(version, size, true, MAX_EVENTS)
    }

    /// The history of an empty log.
    pub fn of_empty_log() -> Self {
        Self::with_limit(MAX_EVENTS)
    }

    /// As [`CellHistory::of_empty_log`], with fewer remembered events than [`MAX_EVENTS`].
    pub fn with_limit(limit: usize) -> Self {
        let nothing = Size {
            width: 0,
            height: 0,
        };
        Self::new(Version::ZERO, nothing, false, limit.clamp(1, MAX_EVENTS))
    }

    fn new(base: Version, size: Size, is_headless: bool, limit: usize) -> Self {
        Self {
            size,
            base,
            dropped: 0,
            previous: VecDeque::new(),
            newest: vec![0; size.cells()],
            areas: VecDeque::new(),
            area_cells: 0,
            dropped_areas: 0,
            is_headless,
            limit,
        }
    }

    /// Takes note of the next event, which was applied to the canvas. After an event that does not
    /// follow the last one, nothing before it is known.
    pub fn record(&mut self, version: Version, event: &Event, applied: &Applied) {
        let expected = self.dropped.checked_add(self.previous.len() as u32 + 1);
        let follows = |offset: u32| version == self.base.plus(offset.into());
        let offset = expected
            .filter(|offset| follows(*offset))
            .unwrap_or_else(|| {
                let base = Version(version.0.saturating_sub(1));
                *self = Self::new(base, self.size, true, self.limit);
                1
            });
        let mut before = 0;
        match applied {
            Applied::RoundOpened => {
                if let Event::RoundOpened(opened) = event {
                    *self = Self::new(version, opened.size, false, self.limit);
                }
                return;
            }
            Applied::Placed { change, .. } | Applied::Undone { change } => {
                if let Some(newest) = self.newest.get_mut(change.index as usize) {
                    before = std::mem::replace(newest, offset);
                }
            }
            Applied::Repainted(changes) => self.record_area(offset, event, changes),
            Applied::Expanded => {
                if let Event::CanvasExpanded(expanded) = event {
                    self.newest = reshaped(&self.newest, self.size, expanded.size, 0);
                    self.size = expanded.size;
                }
            }
            Applied::Ignored
            | Applied::RoundClosed
            | Applied::PaletteExtended
            | Applied::CooldownChanged
            | Applied::BanChanged
            | Applied::LockChanged => {}
        }
        self.previous.push_back(before);
        if self.previous.len() > self.limit {
            self.previous.pop_front();
            self.dropped += 1;
        }
    }

    fn record_area(&mut self, offset: u32, event: &Event, changes: &[CellChange]) {
        let shape = if let Event::RegionErased(erased) = event {
            Shape::Region(erased.region.clipped_to(self.size))
        } else {
            let cells = changes
                .iter()
                .filter_map(|change| self.size.cell_at(change.index));
            let mut by_rows: Vec<(u16, u16)> = cells.map(|cell| (cell.y, cell.x)).collect();
            by_rows.sort_unstable();
            Shape::Cells(by_rows)
        };
        self.area_cells += shape.cell_count();
        self.areas.push_back(Area { offset, shape });
        while self.areas.len() > MAX_AREAS || self.area_cells > MAX_AREA_CELLS {
            let Some(dropped) = self.areas.pop_front() else {
                break;
            };
            self.area_cells -= dropped.shape.cell_count();
            self.dropped_areas = dropped.offset;
        }
    }

    /// The versions that set `cell`, newest first: at most `limit` of those before `before`, or of
    /// all. An erasure or a roll-back counts for every cell that it names, and an erasure for every
    /// cell of its region, open or not. Empty for a cell outside.
    ///
    /// Takes a step for each remembered event on the cell, newer ones than `before` included, and
    /// one for each area.
    pub fn versions_of(&self, cell: Cell, before: Option<Version>, limit: usize) -> Page {
        let mut page = Page::default();
        let Some(index) = self.size.index_of(cell) else {
            return page;
        };
        let mut single = self.newest.get(index as usize).copied().unwrap_or(0);
        let on_cell = |area: &&Area| area.shape.contains(cell);
        let mut areas = self.areas.iter().rev().filter(on_cell).peekable();
        loop {
            let area = areas.peek().map_or(0, |area| area.offset);
            let offset = single.max(area);
            let is_forgotten = offset == single && single <= self.dropped;
            if offset == 0 || is_forgotten || offset <= self.dropped_areas {
                page.is_truncated = offset > 0 || self.is_headless || self.dropped_areas > 0;
                return page;
            }
            let version = self.base.plus(offset.into());
            if before.is_none_or(|before| version < before) {
                if page.versions.len() == limit {
                    page.next_before = page.versions.last().copied().or(before);
                    return page;
                }
                page.versions.push(version);
            }
            if offset == single {
                single = self.before(single);
            } else {
                areas.next();
            }
        }
    }

    fn before(&self, offset: u32) -> u32 {
        let place = (offset - self.dropped) as usize - 1;
        self.previous.get(place).copied().unwrap_or(0)
    }
}

impl Shape {
    fn contains(&self, cell: Cell) -> bool {
        match self {
            Self::Region(region) => region.contains(cell),
            Self::Cells(cells) => cells.binary_search(&(cell.y, cell.x)).is_ok(),
        }
    }

    fn cell_count(&self) -> usize {
        match self {
            Self::Region(_) => 0,
            Self::Cells(cells) => cells.len(),
        }
    }
}
