//! The forms that logs are written in.

use std::fmt;
use std::str::FromStr;

use crate::exchange::row::UnknownFormat;

/// A form that logs are written in.
///
/// [`Ndjson`](Self::Ndjson) has every event, and importing it gives the same history again. The
/// others are *row forms*: each row colours cells of one round. They cannot say that something was
/// undone or rolled back, so that is a row with the colour that the cell returned to: whoever
/// replays the rows has the same canvas after each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Reddit's dump of 2017, with its header: see [`rplace2017`](crate::exchange::rplace2017).
    /// Only for a round in colours of that year's palette, whose indexes the rows have. A filled
    /// region is one row a cell.
    Rplace2017,
    /// Reddit's dump of 2022, with its header: see [`rplace2022`](crate::exchange::rplace2022). A
    /// filled region is one row with a rectangle, or one a cell where a mask closes some of it.
    Rplace2022,
    /// Reddit's dump of 2023, with its header: see [`rplace2023`](crate::exchange::rplace2023). As
    /// for 2022; coordinates count from the middle of the round's newest size.
    Rplace2023,
    /// The log of Pxls: see [`pxls`](crate::exchange::pxls). A filled region is one line a cell.
    Pxls,
    /// Every event, of whatever kind, as one [`EventJson`](crate::exchange::EventJson) a line.
    Ndjson,
}

impl ExportFormat {
    /// Every form.
    pub const ALL: [Self; 5] = [
        Self::Rplace2017,
        Self::Rplace2022,
        Self::Rplace2023,
        Self::Pxls,
        Self::Ndjson,
    ];

    /// Whether the form has rows of one round instead of events.
    pub const fn has_rows(self) -> bool {
        !matches!(self, Self::Ndjson)
    }

    /// The form's media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Rplace2017 | Self::Rplace2022 | Self::Rplace2023 => "text/csv; charset=utf-8",
            Self::Pxls => "text/tab-separated-values; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// How the names of files in the form end, without a dot.
    pub const fn file_extension(self) -> &'static str {
        match self {
            Self::Rplace2017 | Self::Rplace2022 | Self::Rplace2023 => "csv",
            Self::Pxls => "log",
            Self::Ndjson => "ndjson",
        }
    }

    /// The form's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rplace2017 => "rplace2017",
            Self::Rplace2022 => "rplace2022",
            Self::Rplace2023 => "rplace2023",
            Self::Pxls => "pxls",
            Self::Ndjson => "ndjson",
        }
    }
}

impl FromStr for ExportFormat {
    type Err = UnknownFormat;

    /// Reads a form's name; `pixelwars` is another one of `ndjson`.
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let known = "rplace2017, rplace2022, rplace2023, pxls, ndjson, pixelwars";
        let name = if name == "pixelwars" { "ndjson" } else { name };
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or_else(|| UnknownFormat::new(name, known))
    }
}

impl fmt::Display for ExportFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
