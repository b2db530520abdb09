//! One row of a published log.

use std::fmt;
use std::str::FromStr;

use event_store::event::MAX_RESTORED_CELLS;
use event_store::{Cell, PaletteIndex, Region, Rgb, UnixMs};

use super::bad_line::{Fault, MAX_SHOWN_CHARS};
use super::{pxls, rplace2017, rplace2022, rplace2023};

/// The greatest radius of a disc that is taken, in cells: the disc then fits one event.
pub const MAX_DISC_RADIUS: u16 = 71;

const _: () = assert!(
    // The corners of a disc's cells lie inside a circle whose radius is one greater.
    355 * (MAX_DISC_RADIUS as usize + 1).pow(2) / 113 <= MAX_RESTORED_CELLS
);

/// A form of published log that can be read row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// Reddit's 2017 dump: see [`rplace2017`].
    Rplace2017,
    /// Reddit's 2022 dump: see [`rplace2022`].
    Rplace2022,
    /// Reddit's 2023 dump: see [`rplace2023`].
    Rplace2023,
    /// The log of Pxls: see [`pxls`].
    Pxls,
}

/// A name that is no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not one of the formats {known}")]
pub struct UnknownFormat {
    /// The name as given, cut to [`MAX_SHOWN_CHARS`].
    pub given: String,
    /// The names that exist, separated by commas.
    pub known: &'static str,
}

impl UnknownFormat {
    pub(super) fn new(given: &str, known: &'static str) -> Self {
        Self {
            given: given.chars().take(MAX_SHOWN_CHARS).collect(),
            known,
        }
    }
}

impl ImportFormat {
    /// Every form.
    pub const ALL: [Self; 4] = [
        Self::Rplace2017,
        Self::Rplace2022,
        Self::Rplace2023,
        Self::Pxls,
    ];

    /// The form's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rplace2017 => "rplace2017",
            Self::Rplace2022 => "rplace2022",
            Self::Rplace2023 => "rplace2023",
            Self::Pxls => "pxls",
        }
    }

    /// Whether `line` is the format's header, which may stand on a source's first line.
    pub(super) fn is_header(self, line: &[u8]) -> bool {
        match self {
            Self::Rplace2017 => rplace2017::is_header(line),
            Self::Rplace2022 => line == rplace2022::HEADER.as_bytes(),
            Self::Rplace2023 => line == rplace2023::HEADER.as_bytes(),
            Self::Pxls => false,
        }
    }

    /// Reads one line.
    pub(super) fn parse(self, line: &[u8]) -> Result<Row<'_>, Fault> {
        match self {
            Self::Rplace2017 => rplace2017::parse(line),
            Self::Rplace2022 => rplace2022::parse(line),
            Self::Rplace2023 => rplace2023::parse(line),
            Self::Pxls => pxls::parse(line),
        }
    }
}

impl FromStr for ImportFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let known = "rplace2017, rplace2022, rplace2023, pxls";
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat::new(name, known))
    }
}

impl fmt::Display for ImportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What one line of a published log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// When it happened.
    pub at: UnixMs,
    /// Who did it, as the log names them: a hash in Reddit's dumps.
    pub name: &'a str,
    /// What they coloured.
    pub place: RowPlace,
    /// With which colour.
    pub color: RowColor,
    /// In which way.
    pub act: Act,
}

/// The way in which a row came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A player placed.
    Place,
    /// A player took a placement back: the cell returned to the row's colour.
    Undo,
    /// A moderator coloured.
    Fill,
    /// A moderator gave cells back what they had.
    RollBack,
    /// A roll-back was taken back.
    UndoRollBack,
    /// Somebody at the server's console coloured.
    Nuke,
}

/// What a row coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowPlace {
    /// One cell.
    Cell(Cell),
    /// A rectangle that a moderator filled; never empty.
    Region(Region),
    /// One cell, counted from the middle of the canvas.
    CentredCell(Offset),
    /// A rectangle, by two opposite corners, both inside it, counted from the middle.
    CentredRectangle(Offset, Offset),
    /// A disc: the cells whose distance from its middle is at most so much.
    CentredDisc(Offset, u16),
}

/// A place counted from the middle of the canvas, x to the right, y down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Columns.
    pub x: i16,
    /// Rows.
    pub y: i16,
}

impl RowPlace {
    /// What colours such a place when the log does not say.
    pub(super) const fn usual_act(self) -> Act {
        match self {
            Self::Cell(_) | Self::CentredCell(_) => Act::Place,
            Self::Region(_) | Self::CentredRectangle(..) | Self::CentredDisc(..) => Act::Fill,
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{},{}", self.x, self.y)
    }
}

impl fmt::Display for RowPlace {
    /// The coordinate as Reddit's dumps write it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(cell) => write!(formatter, "{},{}", cell.x, cell.y),
            Self::Region(region) => {
                let last =
                    |first: u16, length: u16| (u32::from(first) + u32::from(length)).max(1) - 1;
                let (x2, y2) = (last(region.x, region.width), last(region.y, region.height));
                write!(formatter, "{},{},{x2},{y2}", region.x, region.y)
            }
            Self::CentredCell(offset) => offset.fmt(formatter),
            Self::CentredRectangle(from, to) => write!(formatter, "{from},{to}"),
            Self::CentredDisc(Offset { x, y }, radius) => {
                write!(formatter, "{{X: {x}, Y: {y}, R: {radius}}}")
            }
        }
    }
}

/// A colour as a log names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowColor {
    /// Its place in the palette.
    Index(PaletteIndex),
    /// Itself.
    Rgb(Rgb),
    /// That of a cell that nobody has coloured.
    Background,
}

impl fmt::Display for RowColor {
    /// As the log writes it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => index.0.fmt(formatter),
            Self::Rgb(rgb) => rgb.fmt(formatter),
            Self::Background => formatter.write_str("255"),
        }
    }
}
