//! Places and sizes on a canvas.

use serde::{Deserialize, Serialize};

/// The longest side of a canvas, in cells. With one byte a cell the largest canvas is 64 MiB.
pub const MAX_SIDE: u16 = 8_192;

/// One cell: zero-based, x to the right, y down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell {
    /// Column, from 0 to the width minus 1.
    pub x: u16,
    /// Row, from 0 to the height minus 1.
    pub y: u16,
}

impl Cell {
    /// The cell at column `x` and row `y`.
    pub const fn new(x: u16, y: u16) -> Self {
        Self { x, y }
    }
}

/// Width and height of a canvas, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns, from 1 to [`MAX_SIDE`].
    pub width: u16,
    /// Rows, from 1 to [`MAX_SIDE`].
    pub height: u16,
}

impl Size {
    /// The size, or `None` when a side is not from 1 to [`MAX_SIDE`].
    pub fn new(width: u16, height: u16) -> Option<Self> {
        let size = Self { width, height };
        size.is_lawful().then_some(size)
    }

    /// Whether both sides are from 1 to [`MAX_SIDE`]; an event from a foreign writer may break
    /// that.
    pub fn is_lawful(self) -> bool {
        (1..=MAX_SIDE).contains(&self.width) && (1..=MAX_SIDE).contains(&self.height)
    }

    /// How many cells there are.
    pub const fn cells(self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Whether `cell` lies inside.
    pub const fn contains(self, cell: Cell) -> bool {
        cell.x < self.width && cell.y < self.height
    }

    /// The cell's place by rows: `y * width + x`; `None` when it lies outside.
    pub fn index_of(self, cell: Cell) -> Option<u32> {
        self.contains(cell)
            .then(|| u32::from(cell.y) * u32::from(self.width) + u32::from(cell.x))
    }

    /// The cell at a place by rows, the reverse of [`Size::index_of`]; `None` past the end.
    pub fn cell_at(self, index: u32) -> Option<Cell> {
        let width = u32::from(self.width);
        let y = u16::try_from(index.checked_div(width)?).ok()?;
        let x = u16::try_from(index % width).ok()?;
        (y < self.height).then_some(Cell { x, y })
    }
}

/// A text that is no region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region is four numbers, x,y,width,height, as in 0,0,100,100")]
pub struct InvalidRegion;

/// A rectangle of cells. An empty one (a side of 0) holds no cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// The leftmost column.
    pub x: u16,
    /// The topmost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl std::str::FromStr for Region {
    type Err = InvalidRegion;

    /// Reads `x,y,width,height`; blanks around the numbers are allowed.
    fn from_str(text: &str) -> Result<Self, InvalidRegion> {
        let numbers: Option<Vec<u16>> = text
            .split(',')
            .map(|part| part.trim().parse().ok())
            .collect();
        match numbers.as_deref() {
            Some(&[x, y, width, height]) => Ok(Self {
                x,
                y,
                width,
                height,
            }),
            _ => Err(InvalidRegion),
        }
    }
}

impl Region {
    /// Whether `cell` lies inside.
    pub fn contains(self, cell: Cell) -> bool {
        let inside = |at: u16, from: u16, length: u16| {
            at >= from && u32::from(at) < u32::from(from) + u32::from(length)
        };
        inside(cell.x, self.x, self.width) && inside(cell.y, self.y, self.height)
    }

    /// The part of the region that lies on a canvas of `size`; it may be empty.
    #[must_use]
    pub fn clipped_to(self, size: Size) -> Self {
        let x = self.x.min(size.width);
        let y = self.y.min(size.height);
        Self {
            x,
            y,
            width: self.width.min(size.width - x),
            height: self.height.min(size.height - y),
        }
    }

    /// The part that both regions have; none when they share no cell.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let side = |from: u16, length: u16, other_from: u16, other_length: u16| {
            let first = from.max(other_from);
            let end = from
                .saturating_add(length)
                .min(other_from.saturating_add(other_length));
            (first < end).then(|| (first, end - first))
        };
        let (x, width) = side(self.x, self.width, other.x, other.width)?;
        let (y, height) = side(self.y, self.height, other.y, other.height)?;
        Some(Self {
            x,
            y,
            width,
            height,
        })
    }

    /// The cells of the region, by rows.
    pub fn cells(self) -> impl Iterator<Item = Cell> {
        let columns = self.x..self.x.saturating_add(self.width);
        let rows = self.y..self.y.saturating_add(self.height);
        rows.flat_map(move |y| columns.clone().map(move |x| Cell { x, y }))
    }
}
