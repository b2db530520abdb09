//! One row of a published log, and what can be wrong with a line.

use std::fmt;
use std::str::FromStr;

use event_store::event::MAX_RESTORED_CELLS;
use event_store::{Cell, PaletteIndex, Region, Rgb, UnixMs};

use super::{pxls, rplace2017, rplace2022, rplace2023};

/// The most characters of a faulty field that a message repeats.
pub const MAX_SHOWN_CHARS: usize = 80;

/// The greatest radius of a disc that is taken, in cells: the disc then fits one event.
pub const MAX_DISC_RADIUS: u16 = 71;

const _: () = assert!(
    // The corners of a disc's cells lie inside a circle whose radius is one greater.
    355 * (MAX_DISC_RADIUS as usize + 1).pow(2) / 113 <= MAX_RESTORED_CELLS
);

/// The most columns that a line is split into; more are only counted.
const MAX_COLUMNS: usize = 8;

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

/// What is to happen at a bad line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadLine {
    /// The import ends before anything is appended.
    #[default]
    Stop,
    /// The line is left out and counted.
    Skip,
}

/// A line that is not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source_name} line {line}: {reason}: `{field}`")]
pub struct BadLine {
    /// The file.
    pub source_name: String,
    /// The line's number; the first line is 1.
    pub line: u64,
    /// What is wrong.
    pub reason: BadLineReason,
    /// The offending field, or the line where no field can be named; cut to [`MAX_SHOWN_CHARS`],
    /// bytes that are not UTF-8 replaced.
    pub field: String,
}

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum BadLineReason {
    /// Longer than [`MAX_LINE_BYTES`](super::input::MAX_LINE_BYTES).
    #[error("line is too long")]
    TooLong,
    /// The line is not UTF-8.
    #[error("line is not UTF-8")]
    NotUtf8,
    /// A quotation mark is not closed, or stands inside a field that is not quoted.
    #[error("quotation marks do not match")]
    Quotation,
    /// The wrong number of columns.
    #[error("line has {found} columns, expected {expected}")]
    ColumnCount {
        /// How many there are.
        found: usize,
        /// How many the format has.
        expected: usize,
    },
    /// The time is not one.
    #[error("bad time")]
    Time,
    /// There is no name.
    #[error("empty user")]
    User,
    /// The colour is not one.
    #[error("bad colour")]
    Color,
    /// The coordinate is not one.
    #[error("bad coordinate")]
    Coordinate,
    /// The action is not one.
    #[error("unknown action")]
    Action,
    /// A disc has more cells than an event can set.
    #[error("disc has a radius of more than 71 cells")]
    DiscTooLarge,
    /// The line is not an event as JSON.
    #[error("not an event")]
    Event,
    /// The version does not lie after that of the line before.
    #[error("version does not rise")]
    VersionOrder,
    /// The event is of a round that no earlier line opens.
    #[error("the file does not open the round")]
    RoundNotOpened,
    /// The colour is not in the round's palette.
    #[error("colour is not in the palette")]
    NotInPalette,
    /// The cell, or the whole rectangle, lies outside the canvas.
    #[error("coordinate is outside the canvas")]
    OutsideCanvas,
}

impl BadLineReason {
    /// The reason's name in the summary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotUtf8 => "not_utf8",
            Self::Quotation => "quotation",
            Self::ColumnCount { .. } => "column_count",
            Self::Time => "time",
            Self::User => "user",
            Self::Color => "color",
            Self::Coordinate => "coordinate",
            Self::Action => "action",
            Self::DiscTooLarge => "disc_too_large",
            Self::Event => "event",
            Self::VersionOrder => "version_order",
            Self::RoundNotOpened => "round_not_opened",
            Self::NotInPalette => "not_in_palette",
            Self::OutsideCanvas => "outside_canvas",
        }
    }
}

/// A fault without its place: what a parser knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason: BadLineReason,
    field: String,
}

impl Fault {
    pub(super) fn new(reason: BadLineReason, field: &[u8]) -> Self {
        // Cut first: a character has at most four bytes.
        let shown = &field[..field.len().min(4 * MAX_SHOWN_CHARS)];
        Self {
            reason,
            field: String::from_utf8_lossy(shown)
                .chars()
                .map(|char| if char.is_control() { ' ' } else { char })
                .take(MAX_SHOWN_CHARS)
                .collect(),
        }
    }

    pub(super) fn in_line(self, source_name: &str, line: u64) -> BadLine {
        BadLine {
            source_name: source_name.to_owned(),
            line,
            reason: self.reason,
            field: self.field,
        }
    }
}

/// Splits a line into exactly `N` fields. A field in quotation marks may hold commas; a line break
/// inside a field, which no row of these logs has, is not known here, so that a quotation mark that
/// is never closed costs one line and not the rest of the file.
pub(super) fn columns<const N: usize>(line: &[u8]) -> Result<[&str; N], Fault> {
    const { assert!(N <= MAX_COLUMNS) };
    let line = std::str::from_utf8(line).map_err(|_| Fault::new(BadLineReason::NotUtf8, line))?;
    let mut fields = [""; N];
    let mut found = 0;
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (field, after) = next_field(text)
            .ok_or_else(|| Fault::new(BadLineReason::Quotation, text.as_bytes()))?;
        if let Some(slot) = fields.get_mut(found) {
            *slot = field;
        }
        found += 1;
        rest = after;
    }
    if found == N {
        return Ok(fields);
    }
    let reason = BadLineReason::ColumnCount { found, expected: N };
    Err(Fault::new(reason, line.as_bytes()))
}

/// The first field of `text` and what follows its comma; `None` when quotation marks do not match.
/// Doubled marks inside a field are left as they are: no field of these logs can hold one.
fn next_field(text: &str) -> Option<(&str, Option<&str>)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (field, rest) = match text.split_once(',') {
            Some((field, rest)) => (field, Some(rest)),
            None => (text, None),
        };
        return (!field.contains('"')).then_some((field, rest));
    };
    let (field, rest) = quoted.split_once('"')?;
    match rest.strip_prefix(',') {
        Some(rest) => Some((field, Some(rest))),
        None => rest.is_empty().then_some((field, None)),
    }
}

/// A name, which may not be empty.
pub(super) fn name(field: &str) -> Result<&str, Fault> {
    if field.is_empty() {
        return Err(Fault::new(BadLineReason::User, field.as_bytes()));
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &[u8]) -> Result<[&str; 3], BadLineReason> {
        columns(line).map_err(|fault| fault.reason)
    }

    #[test]
    fn quoted_fields_hold_commas() {
        assert_eq!(split(b"a,b,c"), Ok(["a", "b", "c"]));
        assert_eq!(split(b"a,,\"1,2\""), Ok(["a", "", "1,2"]));
        assert_eq!(split(b"\"a,\",b,\"\""), Ok(["a,", "b", ""]));
    }

    #[test]
    fn lines_that_are_not_three_fields_say_why() {
        let count = |found| Err(BadLineReason::ColumnCount { found, expected: 3 });
        assert_eq!(split(b"a,b"), count(2));
        assert_eq!(split(b"a,b,c,d,e,f,g,h,i,j"), count(10));
        assert_eq!(split(b"a,b,\"c"), Err(BadLineReason::Quotation));
        assert_eq!(split(b"a,b\"b\",c"), Err(BadLineReason::Quotation));
        assert_eq!(split(b"a,\"b\"b,c"), Err(BadLineReason::Quotation));
        assert_eq!(split(b"a,\xff,c"), Err(BadLineReason::NotUtf8));
    }

    #[test]
    fn a_shown_field_is_cut_and_has_no_control_characters() {
        let field = [b"\x1b[2J".as_slice(), &[0xff], "ü".repeat(200).as_bytes()].concat();
        let bad = Fault::new(BadLineReason::Time, &field).in_line("rows.csv", 7);
        assert_eq!(bad.field.chars().count(), MAX_SHOWN_CHARS);
        assert!(
            bad.to_string()
                .starts_with("rows.csv line 7: bad time: ` [2J\u{fffd}ü")
        );
    }
}
