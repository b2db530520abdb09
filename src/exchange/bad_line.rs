//! What can be wrong with a line of a file.

/// The most characters of a faulty field that a message repeats.
pub const MAX_SHOWN_CHARS: usize = 80;

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

#[cfg(test)]
mod tests {
    use super::*;

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
