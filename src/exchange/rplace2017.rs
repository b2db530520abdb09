//! Reddit's dump of r/place 2017: `ts,user_hash,x_coordinate,y_coordinate,color`.
//!
//! Copies differ: with and without the header, with times as `2017-04-03 04:31:56.474 UTC` or as
//! milliseconds since the epoch. The colour is an index into the palette of 2017
//! ([`NamedPalette::Place2017`](crate::config::NamedPalette::Place2017)).

use event_store::{Cell, PaletteIndex, UnixMs};

use super::bad_line::{BadLineReason, Fault};
use super::columns::{columns, name};
use super::moment;
use super::row::{Act, Row, RowColor, RowPlace};

/// The first line of the copies that have one.
pub const HEADER: &str = "ts,user_hash,x_coordinate,y_coordinate,color";

pub(super) fn is_header(line: &[u8]) -> bool {
    line.starts_with(b"ts,user")
}

pub(super) fn parse(line: &[u8]) -> Result<Row<'_>, Fault> {
    let [at, user, x, y, color] = columns(line)?;
    Ok(Row {
        at: moment::parse_utc(at.as_bytes())
            .or_else(|| moment::digits(at.as_bytes()).map(UnixMs))
            .ok_or_else(|| Fault::new(BadLineReason::Time, at.as_bytes()))?,
        name: name(user)?,
        place: RowPlace::Cell(Cell::new(coordinate(x)?, coordinate(y)?)),
        color: moment::digits(color.as_bytes())
            .and_then(|index| u8::try_from(index).ok())
            .map(|index| RowColor::Index(PaletteIndex(index)))
            .ok_or_else(|| Fault::new(BadLineReason::Color, color.as_bytes()))?,
        act: Act::Place,
    })
}

fn coordinate(field: &str) -> Result<u16, Fault> {
    moment::digits(field.as_bytes())
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| Fault::new(BadLineReason::Coordinate, field.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        let row = Row {
            at: UnixMs(1_491_193_916_474),
            name: "bh8Z+Q==",
            place: RowPlace::Cell(Cell::new(139, 337)),
            color: RowColor::Index(PaletteIndex(15)),
            act: Act::Place,
        };
        let spelled = b"2017-04-03 04:31:56.474 UTC,bh8Z+Q==,139,337,15";
        assert_eq!(parse(spelled), Ok(row));
        assert_eq!(parse(b"1491193916474,bh8Z+Q==,139,337,15"), Ok(row));
    }

    #[test]
    fn headers_are_known() {
        assert!(is_header(HEADER.as_bytes()));
        assert!(is_header(b"ts,user,x_coordinate,y_coordinate,color"));
        assert!(!is_header(b"1491193916474,bh8Z+Q==,139,337,15"));
    }

    #[test]
    fn each_fault_has_its_reason() {
        let count = BadLineReason::ColumnCount {
            found: 4,
            expected: 5,
        };
        for (line, reason) in [
            ("12x,a,1,2,3", BadLineReason::Time),
            ("-12,a,1,2,3", BadLineReason::Time),
            ("12,,1,2,3", BadLineReason::User),
            ("12,a,-1,2,3", BadLineReason::Coordinate),
            ("12,a,1,65536,3", BadLineReason::Coordinate),
            ("12,a,,2,3", BadLineReason::Coordinate),
            ("12,a,1,2,256", BadLineReason::Color),
            ("12,a,1,2,", BadLineReason::Color),
            ("12,a,1,2", count),
        ] {
            let fault = parse(line.as_bytes()).expect_err(line);
            assert_eq!(fault.reason, reason, "{line}");
        }
    }
}
