//! What a button holds. Anybody can make it up, so it proves nothing: it names what the use cases
//! know by themselves.

use std::fmt;

use crate::moderation::{ActId, PreviewId};

/// What a button stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tapped {
    /// Does what a preview shows.
    Confirm(PreviewId),
    /// Lets it be.
    Cancel(PreviewId),
    /// Undoes an act.
    Undo {
        act: ActId,
        /// Whether the button is under a picture.
        has_picture: bool,
    },
}

impl Tapped {
    /// Reads what a button holds.
    pub(super) fn read(data: &str) -> Option<Self> {
        let (kind, rest) = data.split_once(':')?;
        let act = || rest.parse().ok().filter(|id| *id > 0).map(ActId);
        match kind {
            "do" => Some(Self::Confirm(rest.parse().ok()?)),
            "no" => Some(Self::Cancel(rest.parse().ok()?)),
            "undo" | "undo-picture" => Some(Self::Undo {
                act: act()?,
                has_picture: kind == "undo-picture",
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Tapped {
    /// At most 64 bytes, as Telegram asks for.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirm(id) => write!(formatter, "do:{id}"),
            Self::Cancel(id) => write!(formatter, "no:{id}"),
            Self::Undo {
                act,
                has_picture: false,
            } => write!(formatter, "undo:{}", act.0),
            Self::Undo {
                act,
                has_picture: true,
            } => write!(formatter, "undo-picture:{}", act.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_button_holds_is_short_and_read_as_it_was_written() {
        let id: PreviewId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let undo = |has_picture| Tapped::Undo {
            act: ActId(i64::MAX),
            has_picture,
        };
        for tapped in [
            Tapped::Confirm(id),
            Tapped::Cancel(id),
            undo(false),
            undo(true),
        ] {
            let text = tapped.to_string();
            assert!(text.len() <= 64, "{text}");
            assert_eq!(Tapped::read(&text), Some(tapped));
        }
        for wrong in [
            "", "do", "do:", "do:xyz", "undo:0", "undo:-1", "undo:1:2", "clear:1",
        ] {
            assert_eq!(Tapped::read(wrong), None, "{wrong}");
        }
    }
}
