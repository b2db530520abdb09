//! The canvas on its way into frames: what changed since the last one is drawn, and nothing else.

use event_store::event::Size;
use event_store::{Cell, PaletteIndex, Rgb};
use projections::Field;
use projections::grid::FieldChange;

use super::caption::BACKGROUND;
use super::film::Film;
use super::layout::{Area, Layout};
use super::request::{Format, Scale};
use super::surface::Surface;

/// Indexes of a palette, and [`PaletteIndex::NOT_OPEN`].
const COLORS: usize = 256;

/// The canvas, and which of its parts have to be drawn again.
///
/// A part is what becomes one pixel, or one block of pixels: a cell, or where the scale goes down,
/// a square of cells.
pub(super) struct Picture<I> {
    layout: Layout,
    mixes: bool,
    /// What each colour of the canvas is drawn as.
    inks: Vec<I>,
    colors: [Rgb; COLORS],
    parts_a_row: u32,
    /// The parts to draw, each once.
    stale: Vec<u32>,
    is_stale: Vec<bool>,
    all_are_stale: bool,
}

impl<I: Copy> Picture<I> {
    /// A picture of which everything has to be drawn, on a surface filled with the background.
    pub(super) fn new(film: &Film, surface: &mut impl Surface<Ink = I>) -> Self {
        let layout = film.layout.clone();
        let frame = Area {
            x: 0,
            y: 0,
            width: layout.frame.width,
            height: layout.frame.height,
        };
        surface.fill(frame, surface.ink(BACKGROUND));
        let mut colors = [BACKGROUND; COLORS];
        for (known, color) in colors.iter_mut().zip(film.range.palette.colors()) {
            *known = *color;
        }
        let parts = |cells: u16| match layout.scale {
            Scale::Up(_) => u32::from(cells),
            Scale::Down(_) => layout.scale.pixels(cells),
        };
        let (parts_a_row, rows) = (parts(layout.region.width), parts(layout.region.height));
        Self {
            mixes: film.format != Format::Gif,
            inks: colors.iter().map(|color| surface.ink(*color)).collect(),
            colors,
            parts_a_row,
            stale: Vec::new(),
            is_stale: vec![false; parts_a_row as usize * rows as usize],
            all_are_stale: true,
            layout,
        }
    }

    /// Notes what an event changed on a canvas that is now of this size.
    pub(super) fn note(&mut self, change: &FieldChange, size: Size) {
        let changed = match change {
            FieldChange::Cell(change) => std::slice::from_ref(change),
            FieldChange::Cells(changes) => changes,
            FieldChange::Expanded { .. } => {
                self.all_are_stale = true;
                &[]
            }
            FieldChange::None | FieldChange::Closed | FieldChange::PaletteExtended => &[],
        };
        for change in changed {
            if let Some(cell) = size.cell_at(change.index) {
                self.note_cell(cell);
            }
        }
    }

    /// Notes that a cell changed.
    pub(super) fn note_cell(&mut self, cell: Cell) {
        let region = self.layout.region;
        if !region.contains(cell) {
            return;
        }
        let (x, y) = (u32::from(cell.x), u32::from(cell.y));
        let (left, top) = (u32::from(region.x), u32::from(region.y));
        let cells_a_part = match self.layout.scale {
            Scale::Up(_) => 1,
            Scale::Down(cells) => u32::from(cells),
        };
        let (column, row) = ((x - left) / cells_a_part, (y - top) / cells_a_part);
        let part = row * self.parts_a_row + column;
        if let Some(is_stale) = self.is_stale.get_mut(part as usize)
            && !std::mem::replace(is_stale, true)
        {
            self.stale.push(part);
        }
    }

    /// Draws what is stale.
    pub(super) fn draw(&mut self, field: &Field, surface: &mut impl Surface<Ink = I>) {
        let mut stale = std::mem::take(&mut self.stale);
        if std::mem::take(&mut self.all_are_stale) {
            for part in 0..u32::try_from(self.is_stale.len()).unwrap_or(u32::MAX) {
                self.draw_part(part, field, surface);
            }
            self.is_stale.fill(false);
        } else {
            for part in &stale {
                self.draw_part(*part, field, surface);
                self.is_stale[*part as usize] = false;
            }
        }
        stale.clear();
        self.stale = stale;
    }

    fn draw_part(&self, part: u32, field: &Field, surface: &mut impl Surface<Ink = I>) {
        let (column, row) = (part % self.parts_a_row, part / self.parts_a_row);
        let Layout {
            content,
            scale,
            region,
            ..
        } = &self.layout;
        let (left, top) = (u32::from(region.x), u32::from(region.y));
        let (side, ink) = match *scale {
            Scale::Up(times) => {
                let color = color_at(field, left + column, top + row);
                (u32::from(times), self.inks[usize::from(color.0)])
            }
            Scale::Down(cells) => {
                let cells = u32::from(cells);
                let first = (left + column * cells, top + row * cells);
                let ink = match self.mixes {
                    true => surface.ink(self.mean(field, first, cells)),
                    false => self.inks[usize::from(color_at(field, first.0, first.1).0)],
                };
                (1, ink)
            }
        };
        let area = Area {
            x: content.x + column * side,
            y: content.y + row * side,
            width: side,
            height: side,
        };
        surface.fill(area, ink);
    }

    /// The mean colour of a square of cells, part by part. Where the region ends within it, the
    /// rest of it is background.
    fn mean(&self, field: &Field, (left, top): (u32, u32), cells: u32) -> Rgb {
        let region = self.layout.region;
        let right = u32::from(region.x) + u32::from(region.width);
        let below = u32::from(region.y) + u32::from(region.height);
        let mut sums = [0_u32; 3];
        for y in top..top + cells {
            for x in left..left + cells {
                let color = match x < right && y < below {
                    true => self.colors[usize::from(color_at(field, x, y).0)],
                    false => BACKGROUND,
                };
                for (sum, part) in sums.iter_mut().zip(color.0) {
                    *sum += u32::from(part);
                }
            }
        }
        let count = cells * cells;
        Rgb(sums.map(|sum| u8::try_from((sum + count / 2) / count).unwrap_or(u8::MAX)))
    }
}

/// The colour of a cell; that of one that is not open where the canvas does not reach yet.
fn color_at(field: &Field, x: u32, y: u32) -> PaletteIndex {
    let size = field.grid.size();
    let (width, height) = (u32::from(size.width), u32::from(size.height));
    if x >= width || y >= height {
        return PaletteIndex::NOT_OPEN;
    }
    let color = field.grid.color_at(y * width + x);
    color.unwrap_or(PaletteIndex::NOT_OPEN)
}
