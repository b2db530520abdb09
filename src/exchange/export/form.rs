//! The bytes of rows in each published form.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use event_store::{Cell, Rgb, UnixMs};

use super::row::{ExportRow, Painted};
use crate::exchange::moment::UtcParts;
use crate::exchange::pxls;

/// The user of a moderator's row when the event does not name the moderator.
pub(super) const MODERATOR: &str = "moderator";

const INTO_MEMORY: &str = "writing to memory does not fail";

/// Adds a row as Reddit's dump of 2017 has it: see [`rplace2017`](crate::exchange::rplace2017).
/// `color` is the index in that year's palette.
pub(super) fn write_rplace2017(out: &mut String, at: UnixMs, name: &str, cell: Cell, color: u8) {
    let (name, Cell { x, y }) = (csv_field(name), cell);
    let row = match at.0 {
        ms @ 0.. => writeln!(out, "{ms},{name},{x},{y},{color}"),
        _ => writeln!(out, "{},{name},{x},{y},{color}", reddit_time(at)),
    };
    row.expect(INTO_MEMORY);
}

/// Adds a row as Reddit's dump of 2022 has it: see [`rplace2022`](crate::exchange::rplace2022).
pub(super) fn write_rplace2022(out: &mut String, row: &ExportRow, name: &str, color: Rgb) {
    let (at, name) = (reddit_time(row.at), csv_field(name));
    let place = coordinate(row.painted, (0, 0));
    writeln!(out, "{at},{name},{color},\"{place}\"").expect(INTO_MEMORY);
}

/// Adds a row as Reddit's dump of 2023 has it: see [`rplace2023`](crate::exchange::rplace2023).
pub(super) fn write_rplace2023(
    out: &mut String,
    row: &ExportRow,
    name: &str,
    color: Rgb,
    middle: (u16, u16),
) {
    let (at, name) = (reddit_time(row.at), csv_field(name));
    let place = coordinate(row.painted, middle);
    writeln!(out, "{at},{name},\"{place}\",{color}").expect(INTO_MEMORY);
}

/// Adds a line of a Pxls log for one cell: see [`pxls`].
pub(super) fn write_pxls(out: &mut String, row: &ExportRow, cell: Cell, name: &str) {
    let at = UtcParts::of(row.at);
    let (date, time, ms) = (at.date(), at.time(), at.ms);
    let (name, color, Cell { x, y }) = (plain(name), row.color.0, cell);
    let action = pxls::action(row.act);
    writeln!(
        out,
        "{date} {time},{ms:03}\t{name}\t{x}\t{y}\t{color}\t{action}"
    )
    .expect(INTO_MEMORY);
}

/// `YYYY-MM-DD HH:MM:SS[.f[f[f]]] UTC`, the zeros at the end of the milliseconds cut off.
fn reddit_time(at: UnixMs) -> impl Display {
    let at = UtcParts::of(at);
    fmt::from_fn(move |out| {
        write!(out, "{} {}", at.date(), at.time())?;
        match at.ms {
            0 => Ok(()),
            ms if ms % 100 == 0 => write!(out, ".{}", ms / 100),
            ms if ms % 10 == 0 => write!(out, ".{:02}", ms / 10),
            ms => write!(out, ".{ms:03}"),
        }?;
        out.write_str(" UTC")
    })
}

/// `x,y`, or `x1,y1,x2,y2` with both corners inside, counted from `middle`.
fn coordinate(painted: Painted, middle: (u16, u16)) -> impl Display {
    let from = |at: u16, middle: u16| i32::from(at) - i32::from(middle);
    fmt::from_fn(move |out| match painted {
        Painted::Cell(Cell { x, y }) => {
            write!(out, "{},{}", from(x, middle.0), from(y, middle.1))
        }
        Painted::Rectangle(region) => {
            let (x1, y1) = (from(region.x, middle.0), from(region.y, middle.1));
            let (x2, y2) = (
                x1 + i32::from(region.width) - 1,
                y1 + i32::from(region.height) - 1,
            );
            write!(out, "{x1},{y1},{x2},{y2}")
        }
    })
}

/// A name without control characters, each replaced by a space: a line break would begin a new row.
fn plain(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_control) {
        name.replace(char::is_control, " ").into()
    } else {
        name.into()
    }
}

/// A name as a CSV field. Quotation marks become apostrophes: readers of these dumps, the one here
/// included, do not know doubled ones.
fn csv_field(name: &str) -> Cow<'_, str> {
    let name = plain(name);
    if name.contains(['"', ',']) {
        format!("\"{}\"", name.replace('"', "'")).into()
    } else {
        name
    }
}
