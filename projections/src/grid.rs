//! The cells of a round, and the part of the fold that needs nothing else.

use event_store::event::{CanvasExpanded, CellsRestored, RegionErased, RoundOpened, Size};
use event_store::{Cell, Event, Palette, PaletteIndex, RoundId};

/// A cell that got a colour: what a delta is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// The cell's place by rows, `y * width + x`.
    pub index: u32,
    /// What it holds now.
    pub color: PaletteIndex,
}

/// The colours of a canvas: palette indexes by rows, [`PaletteIndex::NOT_OPEN`] where nobody can
/// place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    size: Size,
    cells: Vec<u8>,
}

impl Grid {
    /// The grid that a round begins with: its background on open cells. `None` when the round
    /// breaks a rule (its size, its background, or a mask that does not fit).
    pub fn opened(round: &RoundOpened) -> Option<Self> {
        if !round.size.is_lawful() || !round.palette.contains(round.background) {
            return None;
        }
        let background = round.background.0;
        let cells = match &round.mask {
            None => vec![background; round.size.cells()],
            Some(mask) => {
                let open = mask.open_cells(round.size).ok()?;
                let color = |open| {
                    if open {
                        background
                    } else {
                        PaletteIndex::NOT_OPEN.0
                    }
                };
                open.into_iter().map(color).collect()
            }
        };
        Some(Self {
            size: round.size,
            cells,
        })
    }

    /// The grid of `cells` by rows; `None` when the size is not lawful or is that of another count.
    pub fn from_cells(size: Size, cells: Vec<u8>) -> Option<Self> {
        (size.is_lawful() && cells.len() == size.cells()).then_some(Self { size, cells })
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The palette indexes, by rows.
    pub fn cells(&self) -> &[u8] {
        &self.cells
    }

    /// The palette indexes, by rows.
    pub fn into_cells(self) -> Vec<u8> {
        self.cells
    }

    /// The colour of a cell; `None` outside.
    pub fn color(&self, cell: Cell) -> Option<PaletteIndex> {
        self.color_at(self.size.index_of(cell)?)
    }

    /// The colour at a place by rows; `None` past the end.
    pub fn color_at(&self, index: u32) -> Option<PaletteIndex> {
        self.cells.get(index as usize).copied().map(PaletteIndex)
    }

    /// Sets the cells of a delta that was made for a grid of this size; what lies past the end is
    /// ignored.
    pub fn set(&mut self, changes: &[CellChange]) {
        for change in changes {
            if let Some(cell) = self.cells.get_mut(change.index as usize) {
                *cell = change.color.0;
            }
        }
    }

    /// Sets one cell, whatever it holds; one outside is ignored.
    pub(crate) fn set_cell(&mut self, cell: Cell, color: PaletteIndex) {
        let place = self.size.index_of(cell);
        if let Some(known) = place.and_then(|index| self.cells.get_mut(index as usize)) {
            *known = color.0;
        }
    }

    fn expanded(&self, size: Size, background: PaletteIndex) -> Self {
        let cells = reshaped(&self.cells, self.size, size, background.0);
        Self { size, cells }
    }
}

/// Values by rows, moved to a canvas that is at least as wide and high; `fill` in the new places.
pub(crate) fn reshaped<T: Clone>(values: &[T], from: Size, to: Size, fill: T) -> Vec<T> {
    let mut moved = vec![fill; to.cells()];
    let rows = values.chunks_exact(usize::from(from.width));
    for (row, new_row) in rows.zip(moved.chunks_exact_mut(usize::from(to.width))) {
        new_row[..row.len()].clone_from_slice(row);
    }
    moved
}

/// What an event did to a [`Field`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// Nothing.
    None,
    /// One cell was set.
    Cell(CellChange),
    /// Cells were set, in this order; at least one.
    Cells(Vec<CellChange>),
    /// The round ended.
    Closed,
    /// The canvas grew; before, it had this size.
    Expanded {
        /// The size before.
        from: Size,
    },
    /// The palette got more colours.
    PaletteExtended,
}

/// A round's grid with what is needed to fold further events into it, and nothing about players.
///
/// Of a snapshot and the events that follow it this makes the canvas at any later version of the
/// round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which round's.
    pub round: RoundId,
    /// The colours that may be placed.
    pub palette: Palette,
    /// The colour of new cells.
    pub background: PaletteIndex,
    /// Whether the round still runs; when not, nothing changes any more.
    pub is_open: bool,
    /// The cells.
    pub grid: Grid,
}

impl Field {
    /// The field that a round begins with; `None` when the round breaks a rule of its struct.
    pub fn opened(round: &RoundOpened) -> Option<Self> {
        if round.cooldown.max_charges == 0 {
            return None;
        }
        Some(Self {
            round: round.round,
            palette: round.palette.clone(),
            background: round.background,
            is_open: true,
            grid: Grid::opened(round)?,
        })
    }

    /// Folds an event in. What is of another round, or senseless, changes nothing; a `RoundOpened`
    /// begins another field and changes nothing here.
    ///
    /// An undo sets its cell whatever the cell holds by then: the log's order decides, and a reader
    /// of the log needs no more than the event (`docs/FORMATS.md`, "What events do").
    pub fn apply(&mut self, event: &Event) -> FieldChange {
        match event {
            Event::PlacementMade(made) => self.set_one(made.round, made.cell, made.color),
            Event::PlacementUndone(undone) => {
                self.set_one(undone.round, undone.cell, undone.restored.color)
            }
            Event::RegionErased(erased) => self.erase(erased),
            Event::CellsRestored(restored) => self.restore(restored),
            Event::CanvasExpanded(expanded) => self.expand(*expanded),
            Event::PaletteExtended(extended) => {
                let palette = self.palette.extended(&extended.colors);
                match palette {
                    Ok(palette) if self.runs(extended.round) && palette != self.palette => {
                        self.palette = palette;
                        FieldChange::PaletteExtended
                    }
                    Ok(_) | Err(_) => FieldChange::None,
                }
            }
            Event::RoundClosed(closed) if self.runs(closed.round) => {
                self.is_open = false;
                FieldChange::Closed
            }
            Event::RoundClosed(_)
            | Event::RoundOpened(_)
            | Event::CooldownChanged(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_) => FieldChange::None,
        }
    }

    /// Whether `round` is this one, and runs.
    pub fn runs(&self, round: RoundId) -> bool {
        self.is_open && self.round == round
    }

    /// The place of a cell that may be set to `color`: inside, open, and the colour in the palette.
    pub fn settable(&self, cell: Cell, color: PaletteIndex) -> Option<u32> {
        let index = self.grid.size.index_of(cell)?;
        let is_open = self.grid.color_at(index)? != PaletteIndex::NOT_OPEN;
        (is_open && self.palette.contains(color)).then_some(index)
    }

    fn set_one(&mut self, round: RoundId, cell: Cell, color: PaletteIndex) -> FieldChange {
        let index = self.settable(cell, color).filter(|_| self.runs(round));
        match index {
            Some(index) => {
                let change = CellChange { index, color };
                self.grid.set(&[change]);
                FieldChange::Cell(change)
            }
            None => FieldChange::None,
        }
    }

    fn erase(&mut self, erased: &RegionErased) -> FieldChange {
        if !self.runs(erased.round) {
            return FieldChange::None;
        }
        let region = erased.region.clipped_to(self.grid.size);
        self.set_many(region.cells().map(|cell| (cell, erased.color)))
    }

    fn restore(&mut self, restored: &CellsRestored) -> FieldChange {
        if !self.runs(restored.round) {
            return FieldChange::None;
        }
        let cells = restored.cells.iter();
        self.set_many(cells.map(|restored| (restored.cell, restored.content.color)))
    }

    fn set_many(&mut self, cells: impl Iterator<Item = (Cell, PaletteIndex)>) -> FieldChange {
        let settable = |(cell, color)| {
            let index = self.settable(cell, color)?;
            Some(CellChange { index, color })
        };
        let changes: Vec<CellChange> = cells.filter_map(settable).collect();
        if changes.is_empty() {
            return FieldChange::None;
        }
        self.grid.set(&changes);
        FieldChange::Cells(changes)
    }

    fn expand(&mut self, expanded: CanvasExpanded) -> FieldChange {
        let from = self.grid.size;
        let to = expanded.size;
        let grows = to.width >= from.width && to.height >= from.height && to != from;
        if !self.runs(expanded.round) || !grows || !to.is_lawful() {
            return FieldChange::None;
        }
        self.grid = self.grid.expanded(to, self.background);
        FieldChange::Expanded { from }
    }
}
