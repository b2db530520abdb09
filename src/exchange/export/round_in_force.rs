//! The round that runs at a version, as far as it says which cells can be set.

use event_store::event::{CanvasExpanded, RoundOpened, Size};
use event_store::{Cell, Event, Palette, PaletteIndex, RoundId};
use projections::at::CanvasAt;

/// A round that runs, or ran last: what a row needs to know of it.
///
/// The same rules as in the fold ([`Field`](projections::Field)), without the colours of the cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoundInForce {
    pub(super) round: RoundId,
    pub(super) size: Size,
    pub(super) palette: Palette,
    is_open: bool,
    mask: Option<ClosedCells>,
}

/// The cells that nobody can set, on the canvas of one size; later cells are open.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ClosedCells {
    size: Size,
    /// One bit a cell by rows, the first cell in the lowest bit; 1 = closed.
    bits: Vec<u8>,
}

impl ClosedCells {
    /// `None` when every cell is open.
    fn of(size: Size, is_closed: impl Iterator<Item = bool>) -> Option<Self> {
        let mut bits = vec![0; size.cells().div_ceil(8)];
        let mut any = false;
        for (index, closed) in is_closed.enumerate() {
            if closed {
                bits[index / 8] |= 1 << (index % 8);
                any = true;
            }
        }
        any.then_some(Self { size, bits })
    }

    fn has(&self, cell: Cell) -> bool {
        self.size.index_of(cell).is_some_and(|index| {
            let index = index as usize;
            self.bits[index / 8] & (1 << (index % 8)) != 0
        })
    }
}

impl RoundInForce {
    /// The round that a lawful opening begins.
    pub(super) fn opened(opened: &RoundOpened) -> Self {
        let open_cells = opened
            .mask
            .as_ref()
            .map(|mask| mask.open_cells(opened.size));
        let mask = open_cells.and_then(|open| {
            // The fold opens no round whose mask does not fit.
            let open = open.ok()?;
            ClosedCells::of(opened.size, open.into_iter().map(|is_open| !is_open))
        });
        Self {
            round: opened.round,
            size: opened.size,
            palette: opened.palette.clone(),
            is_open: true,
            mask,
        }
    }

    /// The round as it was in the middle of it.
    pub(super) fn of_canvas(canvas: &CanvasAt, is_open: bool) -> Self {
        let size = canvas.grid.size();
        let cells = canvas.grid.cells().iter();
        Self {
            round: canvas.round,
            size,
            palette: canvas.palette.clone(),
            is_open,
            mask: ClosedCells::of(size, cells.map(|cell| *cell == PaletteIndex::NOT_OPEN.0)),
        }
    }

    /// Follows an event that opens no round.
    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::RoundClosed(closed) if self.runs(closed.round) => self.is_open = false,
            Event::CanvasExpanded(expanded) => self.expand(*expanded),
            Event::PaletteExtended(extended) if self.runs(extended.round) => {
                // A palette that would be unlawful is one that the fold refuses too.
                if let Ok(palette) = self.palette.extended(&extended.colors) {
                    self.palette = palette;
                }
            }
            Event::RoundClosed(_)
            | Event::PaletteExtended(_)
            | Event::RoundOpened(_)
            | Event::PlacementMade(_)
            | Event::PlacementUndone(_)
            | Event::CooldownChanged(_)
            | Event::RegionErased(_)
            | Event::CellsRestored(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_) => {}
        }
    }

    fn expand(&mut self, expanded: CanvasExpanded) {
        let (from, to) = (self.size, expanded.size);
        let grows = to.width >= from.width && to.height >= from.height && to.is_lawful();
        if self.runs(expanded.round) && grows {
            self.size = to;
        }
    }

    /// Whether `round` is this one, and runs.
    pub(super) fn runs(&self, round: RoundId) -> bool {
        self.is_open && self.round == round
    }

    /// Whether a cell can be set.
    pub(super) fn is_settable(&self, cell: Cell) -> bool {
        let is_closed = self.mask.as_ref().is_some_and(|mask| mask.has(cell));
        self.size.contains(cell) && !is_closed
    }

    /// Whether a mask closes some of the cells.
    pub(super) fn has_closed_cells(&self) -> bool {
        self.mask.is_some()
    }
}
