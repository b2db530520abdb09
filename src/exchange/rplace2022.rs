//! Reddit's dump of r/place 2022: `timestamp,user_id,pixel_color,coordinate`.
//!
//! Times are `2022-04-03 17:38:22.252 UTC` with the zeros at the end of the milliseconds cut off,
//! colours `#RRGGBB`. The coordinate is `"x,y"`, or `"x1,y1,x2,y2"` for a rectangle that a
//! moderator filled: two opposite corners, both inside it.

use event_store::{Cell, Region, Rgb};

use super::bad_line::{BadLineReason, Fault};
use super::columns::{columns, name};
use super::moment;
use super::row::{Row, RowColor, RowPlace};

/// The first line of every file of the dump.
pub const HEADER: &str = "timestamp,user_id,pixel_color,coordinate";

pub(super) fn parse(line: &[u8]) -> Result<Row<'_>, Fault> {
    let [at, user, color, coordinate] = columns(line)?;
    let place = place(coordinate)
        .ok_or_else(|| Fault::new(BadLineReason::Coordinate, coordinate.as_bytes()))?;
    Ok(Row {
        at: moment::parse_utc(at.as_bytes())
            .ok_or_else(|| Fault::new(BadLineReason::Time, at.as_bytes()))?,
        name: name(user)?,
        place,
        color: color
            .parse::<Rgb>()
            .map(RowColor::Rgb)
            .map_err(|_| Fault::new(BadLineReason::Color, color.as_bytes()))?,
        act: place.usual_act(),
    })
}

fn place(field: &str) -> Option<RowPlace> {
    let mut numbers = [0u16; 4];
    let mut count = 0;
    for part in field.split(',') {
        let number = u16::try_from(moment::digits(part.as_bytes())?).ok()?;
        *numbers.get_mut(count)? = number;
        count += 1;
    }
    let [x1, y1, x2, y2] = numbers;
    match count {
        2 => Some(RowPlace::Cell(Cell::new(x1, y1))),
        4 => Some(RowPlace::Region(Region {
            x: x1.min(x2),
            y: y1.min(y2),
            width: x1.abs_diff(x2).checked_add(1)?,
            height: y1.abs_diff(y2).checked_add(1)?,
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use event_store::UnixMs;

    use super::super::row::Act;
    use super::*;

    #[test]
    fn a_placement_is_read() {
        let line = b"2022-04-03 17:38:22.25 UTC,yTrYCd4LUpBn4rIyNXkkW2+Fac5cQHK2lsDpNghkq0oPu9o==,\
            #ff4500,\"42,1999\"";
        let expected = Row {
            at: UnixMs(1_649_007_502_250),
            name: "yTrYCd4LUpBn4rIyNXkkW2+Fac5cQHK2lsDpNghkq0oPu9o==",
            place: RowPlace::Cell(Cell::new(42, 1999)),
            color: RowColor::Rgb(Rgb([0xff, 0x45, 0])),
            act: Act::Place,
        };
        assert_eq!(parse(line), Ok(expected));
    }

    #[test]
    fn rectangles_are_read_from_any_two_opposite_corners() {
        let expected = RowPlace::Region(Region {
            x: 3,
            y: 7,
            width: 8,
            height: 1,
        });
        for field in ["3,7,10,7", "10,7,3,7"] {
            assert_eq!(place(field), Some(expected), "{field}");
        }
        let corners = ["1,4,2,6", "2,6,1,4", "1,6,2,4", "2,4,1,6"].map(place);
        assert!(
            corners
                .iter()
                .all(|corner| *corner == corners[0] && corner.is_some())
        );
    }

    #[test]
    fn each_fault_has_its_reason() {
        let at = "2022-04-03 17:38:22.25 UTC";
        let count = BadLineReason::ColumnCount {
            found: 5,
            expected: 4,
        };
        for (line, reason) in [
            (
                "yesterday,a,#FF4500,\"1,2\"".to_owned(),
                BadLineReason::Time,
            ),
            ("12,a,#FF4500,\"1,2\"".to_owned(), BadLineReason::Time),
            (format!("{at},,#FF4500,\"1,2\""), BadLineReason::User),
            (format!("{at},a,FF4500,\"1,2\""), BadLineReason::Color),
            (format!("{at},a,#FF450,\"1,2\""), BadLineReason::Color),
            (format!("{at},a,#+F4500,\"1,2\""), BadLineReason::Color),
            (
                format!("{at},a,#FF4500,\"1,2,3\""),
                BadLineReason::Coordinate,
            ),
            (
                format!("{at},a,#FF4500,\"1,2,3,4,5\""),
                BadLineReason::Coordinate,
            ),
            (
                format!("{at},a,#FF4500,\"-1,2\""),
                BadLineReason::Coordinate,
            ),
            (
                format!("{at},a,#FF4500,\"1,65536\""),
                BadLineReason::Coordinate,
            ),
            (
                format!("{at},a,#FF4500,\"0,0,65535,1\""),
                BadLineReason::Coordinate,
            ),
            (format!("{at},a,#FF4500,"), BadLineReason::Coordinate),
            (format!("{at},a,#FF4500,\"1,2"), BadLineReason::Quotation),
            (format!("{at},a,#FF4500,1,2"), count),
        ] {
            let fault = parse(line.as_bytes()).expect_err(&line);
            assert_eq!(fault.reason, reason, "{line}");
        }
    }
}
