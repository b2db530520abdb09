//! Reddit's dump of r/place 2023: `timestamp,user,coordinate,pixel_color`.
//!
//! Times and colours are as in 2022. Coordinates count from the middle of the canvas, to the left
//! and upwards below 0: `"x,y"`, `"x1,y1,x2,y2"` for a rectangle that a moderator filled (two
//! opposite corners, both inside it), `"{X: x, Y: y, R: r}"` for a disc.

use event_store::Rgb;

use super::bad_line::{BadLineReason, Fault};
use super::columns::{columns, name};
use super::moment;
use super::row::{Offset, Row, RowColor, RowPlace};

/// The first line of every file of the dump.
pub const HEADER: &str = "timestamp,user,coordinate,pixel_color";

pub(super) fn parse(line: &[u8]) -> Result<Row<'_>, Fault> {
    let [at, user, coordinate, color] = columns(line)?;
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
    if let Some(disc) = field.strip_prefix('{') {
        return disc_of(disc.strip_suffix('}')?);
    }
    let mut numbers = [0; 4];
    let mut count = 0;
    for part in field.split(',') {
        *numbers.get_mut(count)? = signed(part)?;
        count += 1;
    }
    let [x1, y1, x2, y2] = numbers;
    let first = Offset { x: x1, y: y1 };
    match count {
        2 => Some(RowPlace::CentredCell(first)),
        4 => Some(RowPlace::CentredRectangle(first, Offset { x: x2, y: y2 })),
        _ => None,
    }
}

/// Reads `X: 424, Y: 336, R: 3`.
fn disc_of(text: &str) -> Option<RowPlace> {
    let (x, rest) = text.strip_prefix("X: ")?.split_once(", Y: ")?;
    let (y, radius) = rest.split_once(", R: ")?;
    let middle = Offset {
        x: signed(x)?,
        y: signed(y)?,
    };
    let radius = u16::try_from(moment::digits(radius.as_bytes())?).ok()?;
    Some(RowPlace::CentredDisc(middle, radius))
}

/// A number with an optional minus.
fn signed(text: &str) -> Option<i16> {
    let number = match text.strip_prefix('-') {
        Some(digits) => -moment::digits(digits.as_bytes())?,
        None => moment::digits(text.as_bytes())?,
    };
    i16::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use event_store::UnixMs;

    use super::super::row::Act;
    use super::*;

    const AT: &str = "2023-07-20 13:00:26.088 UTC";

    #[test]
    fn the_rows_of_the_dump_are_read() {
        let row = |coordinate: &str| format!("{AT},no+8HE==,\"{coordinate}\",#FFFFFF");
        let offset = |x, y| Offset { x, y };
        for (coordinate, place, act) in [
            (
                "-199,-235",
                RowPlace::CentredCell(offset(-199, -235)),
                Act::Place,
            ),
            (
                "{X: 425, Y: -441, R: 2}",
                RowPlace::CentredDisc(offset(425, -441), 2),
                Act::Fill,
            ),
            (
                "165,461,-166,461",
                RowPlace::CentredRectangle(offset(165, 461), offset(-166, 461)),
                Act::Fill,
            ),
        ] {
            let expected = Row {
                at: UnixMs(1_689_858_026_088),
                name: "no+8HE==",
                place,
                color: RowColor::Rgb(Rgb([255; 3])),
                act,
            };
            assert_eq!(parse(row(coordinate).as_bytes()), Ok(expected));
            assert_eq!(place.to_string(), coordinate);
        }
    }

    #[test]
    fn each_fault_has_its_reason() {
        let line = |coordinate: &str| format!("{AT},a,\"{coordinate}\",#FFFFFF");
        let mut lines: Vec<(String, BadLineReason)> = [
            "",
            "1",
            "1,2,3",
            "1,2,3,4,5",
            "--1,2",
            "1,32768",
            "-32769,1",
            "1, 2",
            "+1,2",
            "{}",
            "{X: 1, Y: 2}",
            "{X: 1, Y: 2, R: -3}",
            "{X: 1, Y: 2, R: 65536}",
            "{X:1, Y: 2, R: 3}",
            "{X: 1, Y: 2, R: 3",
        ]
        .map(|coordinate| (line(coordinate), BadLineReason::Coordinate))
        .into();
        lines.push((
            "yesterday,a,\"1,2\",#FFFFFF".to_owned(),
            BadLineReason::Time,
        ));
        lines.push((format!("{AT},,\"1,2\",#FFFFFF"), BadLineReason::User));
        lines.push((format!("{AT},a,\"1,2\",FFFFFF"), BadLineReason::Color));
        for (line, reason) in lines {
            let fault = parse(line.as_bytes()).expect_err(&line);
            assert_eq!(fault.reason, reason, "{line}");
        }
    }
}
