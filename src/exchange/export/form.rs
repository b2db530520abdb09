//! The bytes of rows in each published form.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use event_store::{Cell, Rgb};

use super::row::{Act, ExportRow, RoundInForce};
use crate::exchange::moment::UtcParts;

/// The user of a moderator's row when the event does not name the moderator.
pub(super) const MODERATOR: &str = "moderator";

/// Adds a row as Reddit's dump of 2022 writes it: see [`rplace2022`](crate::exchange::rplace2022).
pub(super) fn write_rplace2022(out: &mut String, row: &ExportRow, name: &str, open: &RoundInForce) {
    let at = UtcParts::of(row.at);
    let fraction = fmt::from_fn(|out| match at.ms {
        0 => Ok(()),
        ms if ms % 100 == 0 => write!(out, ".{}", ms / 100),
        ms if ms % 10 == 0 => write!(out, ".{:02}", ms / 10),
        ms => write!(out, ".{ms:03}"),
    });
    let (date, time) = (at.date(), at.time());
    let (name, color, place) = (csv_field(name), color(row, open), row.place);
    writeln!(
        out,
        "{date} {time}{fraction} UTC,{name},{color},\"{place}\""
    )
    .expect("writing to memory does not fail");
}

/// Adds a line of a Pxls log for one cell: date, user, x, y, palette index and action, with tabs
/// between. Times and actions as in Pxls's own log (`yyyy-MM-dd HH:mm:ss,SSS`; `user place`, `user
/// undo`, `mod overwrite`, `rollback`).
pub(super) fn write_pxls(out: &mut String, row: &ExportRow, cell: Cell, name: &str) {
    let at = UtcParts::of(row.at);
    let action = match row.act {
        Act::Place => "user place",
        Act::Undo => "user undo",
        Act::Fill => "mod overwrite",
        Act::RollBack => "rollback",
    };
    let (date, time, ms) = (at.date(), at.time(), at.ms);
    let (name, color, Cell { x, y }) = (plain(name), row.color.0, cell);
    let line = format_args!("{date} {time},{ms:03}\t{name}\t{x}\t{y}\t{color}\t{action}\n");
    out.write_fmt(line)
        .expect("writing to memory does not fail");
}

/// The colour of a row, which [`rows_of`](super::row::rows_of) has found in the palette.
fn color(row: &ExportRow, open: &RoundInForce) -> Rgb {
    open.palette.colors()[usize::from(row.color.0)]
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
