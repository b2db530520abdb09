//! The log of Pxls: one line a cell, fields with tabs between, no header.
//!
//! Published logs have six fields: date (`2022-04-03 17:38:22,252`, taken as UTC), user, x, y,
//! palette index, action. The server's own have seven: some versions with the user's number before
//! the user, others with an address behind the index; both are dropped. Actions are `user place`,
//! `user undo`, `mod overwrite`, `rollback`, `rollback undo`, `console nuke` (Pxls, `App.java` and
//! `extras/logs/sanitize.py`). The index 255 or -1 is that of a cell that nobody has coloured.

use event_store::{Cell, PaletteIndex};

use super::bad_line::{BadLineReason, Fault};
use super::columns::name;
use super::moment;
use super::row::{Act, Row, RowColor, RowPlace};

const ACTIONS: [(Act, &str); 6] = [
    (Act::Place, "user place"),
    (Act::Undo, "user undo"),
    (Act::Fill, "mod overwrite"),
    (Act::RollBack, "rollback"),
    (Act::UndoRollBack, "rollback undo"),
    (Act::Nuke, "console nuke"),
];

/// How Pxls names an act.
pub(super) fn action(act: Act) -> &'static str {
    let named = ACTIONS.iter().find(|(known, _)| *known == act);
    named.map_or("user place", |(_, action)| action)
}

pub(super) fn parse(line: &[u8]) -> Result<Row<'_>, Fault> {
    let text = std::str::from_utf8(line).map_err(|_| Fault::new(BadLineReason::NotUtf8, line))?;
    let [at, user, x, y, color, act] = fields(text)?;
    let fault = |reason, field: &str| Fault::new(reason, field.as_bytes());
    let acts = ACTIONS.iter().find(|(_, action)| *action == act);
    Ok(Row {
        at: moment::parse_comma(at.as_bytes()).ok_or_else(|| fault(BadLineReason::Time, at))?,
        name: name(user)?,
        place: RowPlace::Cell(Cell::new(coordinate(x)?, coordinate(y)?)),
        color: index(color).ok_or_else(|| fault(BadLineReason::Color, color))?,
        act: acts
            .map(|(act, _)| *act)
            .ok_or_else(|| fault(BadLineReason::Action, act))?,
    })
}

/// The six fields that count.
fn fields(text: &str) -> Result<[&str; 6], Fault> {
    let mut fields = [""; 7];
    let mut found = 0;
    for field in text.split('\t') {
        if let Some(slot) = fields.get_mut(found) {
            *slot = field;
        }
        found += 1;
    }
    let [a, b, c, d, e, f, g] = fields;
    match found {
        6 => Ok([a, b, c, d, e, f]),
        // An address is never a number alone; what stands there otherwise is the index.
        7 if index(f).is_some() => Ok([a, c, d, e, f, g]),
        7 => Ok([a, b, c, d, e, g]),
        found => {
            let expected = 6;
            let reason = BadLineReason::ColumnCount { found, expected };
            Err(Fault::new(reason, text.as_bytes()))
        }
    }
}

fn coordinate(field: &str) -> Result<u16, Fault> {
    moment::digits(field.as_bytes())
        .and_then(|number| u16::try_from(number).ok())
        .ok_or_else(|| Fault::new(BadLineReason::Coordinate, field.as_bytes()))
}

fn index(field: &str) -> Option<RowColor> {
    match field {
        "-1" | "255" => Some(RowColor::Background),
        field => {
            let index = u8::try_from(moment::digits(field.as_bytes())?).ok()?;
            Some(RowColor::Index(PaletteIndex(index)))
        }
    }
}

#[cfg(test)]
mod tests {
    use event_store::UnixMs;

    use super::*;

    const AT: &str = "2022-04-03 17:38:22,252";

    #[test]
    fn lines_of_six_and_of_seven_fields_are_read() {
        let expected = Row {
            at: UnixMs(1_649_007_502_252),
            name: "ann",
            place: RowPlace::Cell(Cell::new(3, 4)),
            color: RowColor::Index(PaletteIndex(5)),
            act: Act::Undo,
        };
        for line in [
            format!("{AT}\tann\t3\t4\t5\tuser undo"),
            format!("{AT}\t17\tann\t3\t4\t5\tuser undo"),
            format!("{AT}\tann\t3\t4\t5\t192.0.2.1\tuser undo"),
            format!("{AT}\tann\t3\t4\t5\t2001:db8::1\tuser undo"),
            format!("{AT}\tann\t3\t4\t5\t\tuser undo"),
        ] {
            assert_eq!(parse(line.as_bytes()), Ok(expected), "{line}");
        }
        for unset in ["255", "-1"] {
            let line = format!("{AT}\t<server>\t3\t4\t{unset}\tconsole nuke");
            let row = parse(line.as_bytes()).unwrap();
            assert_eq!((row.color, row.act), (RowColor::Background, Act::Nuke));
        }
    }

    #[test]
    fn every_act_is_written_as_it_is_read() {
        for (act, name) in ACTIONS {
            assert_eq!(action(act), name);
            let line = format!("{AT}\tann\t3\t4\t5\t{name}");
            assert_eq!(parse(line.as_bytes()).unwrap().act, act);
        }
    }

    #[test]
    fn each_fault_has_its_reason() {
        let count = |found| BadLineReason::ColumnCount { found, expected: 6 };
        for (line, reason) in [
            (format!("{AT}\tann\t3\t4\t5"), count(5)),
            (format!("{AT}\tann\t3\t4\t5\t6\t7\t8"), count(8)),
            (String::new(), count(1)),
            (
                "2022-04-03 17:38:22\tann\t3\t4\t5\tuser place".to_owned(),
                BadLineReason::Time,
            ),
            (format!("{AT}\t\t3\t4\t5\tuser place"), BadLineReason::User),
            (
                format!("{AT}\tann\t-3\t4\t5\tuser place"),
                BadLineReason::Coordinate,
            ),
            (
                format!("{AT}\tann\t3\t65536\t5\tuser place"),
                BadLineReason::Coordinate,
            ),
            (
                format!("{AT}\tann\t3\t4\t-2\tuser place"),
                BadLineReason::Color,
            ),
            (
                format!("{AT}\tann\t3\t4\t256\tuser place"),
                BadLineReason::Color,
            ),
            (format!("{AT}\tann\t3\t4\t5\tplace"), BadLineReason::Action),
        ] {
            let fault = parse(line.as_bytes()).expect_err(&line);
            assert_eq!(fault.reason, reason, "{line}");
        }
        let fault = parse(b"\xff\t\xff").expect_err("not UTF-8");
        assert_eq!(fault.reason, BadLineReason::NotUtf8);
    }
}
