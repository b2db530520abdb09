//! What a report is about, and the rules that it obeys.

use event_store::event::Size;
use event_store::{Cell, PlayerId, Region, RoundId, Version};

/// The longest text of a report or an appeal, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 1_000;

/// The longest answer, in Unicode scalar values.
pub const MAX_ANSWER_CHARS: usize = 1_000;

/// The side of the region that is shown around a reported cell, in cells.
pub const PICTURE_SIDE: u16 = 64;

/// Ties every variant to its name in the database and in JSON, once.
macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$of:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$of])* $variant,)+
        }

        impl $type {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, as it is kept and told.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The one of a name that `name` gave.
            pub fn of_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}

named! {
    /// What somebody did.
    Category {
        /// Destroyed what others made.
        Griefing = "griefing",
        /// Made something that offends.
        Offensive = "offensive",
        /// Places by a script.
        Script = "script",
        /// Anything else.
        Other = "other",
        /// Nothing, says who appeals.
        Appeal = "appeal",
    }
}

named! {
    /// What an entry of the queue is.
    Kind {
        /// Somebody told of a cell.
        Cell = "cell",
        /// Somebody told of a player.
        Player = "player",
        /// Somebody wants a ban lifted.
        BanAppeal = "ban_appeal",
        /// Somebody wants a mute lifted.
        MuteAppeal = "mute_appeal",
    }
}

named! {
    /// What came of it.
    Outcome {
        /// Something was done about it.
        Acted = "acted",
        /// Nothing was to be done.
        Dismissed = "dismissed",
        /// The ban or mute is lifted.
        Accepted = "accepted",
        /// The ban or mute stays.
        Denied = "denied",
    }
}

impl Kind {
    /// Whether it is an appeal.
    pub const fn is_appeal(self) -> bool {
        match self {
            Self::Cell | Self::Player => false,
            Self::BanAppeal | Self::MuteAppeal => true,
        }
    }
}

impl Outcome {
    /// Whether it answers an appeal, and not a report.
    pub const fn is_of_appeal(self) -> bool {
        match self {
            Self::Acted | Self::Dismissed => false,
            Self::Accepted | Self::Denied => true,
        }
    }
}

/// What is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What a cell held.
    Cell {
        /// Where.
        cell: Cell,
        /// In which round.
        round: RoundId,
        /// How large the canvas was.
        size: Size,
        /// Who had set it.
        author: Option<PlayerId>,
    },
    /// What somebody does.
    Player(PlayerId),
}

/// A report as somebody sent it; its text may break every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who tells.
    pub reporter: PlayerId,
    /// Of what.
    pub about: About,
    /// The version that they saw.
    pub version: Version,
    /// What somebody did.
    pub category: Category,
    /// In their own words.
    pub text: Option<String>,
}

impl About {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Cell { .. } => Kind::Cell,
            Self::Player(_) => Kind::Player,
        }
    }

    /// The same words for the same subject.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Cell {
                cell,
                round,
                author,
                ..
            } => {
                let author =
                    author.map_or_else(|| "nobody".to_owned(), |author| author.to_string());
                format!("cell:{}:{}:{}:{author}", round.0, cell.x, cell.y)
            }
            Self::Player(player) => format!("player:{player}"),
        }
    }

    /// Whom it concerns.
    pub fn player(&self) -> Option<PlayerId> {
        match self {
            Self::Cell { author, .. } => *author,
            Self::Player(player) => Some(*player),
        }
    }
}

/// The region to show around a cell of a canvas: [`PICTURE_SIDE`] a side, less where the canvas has
/// less, and never beyond its edge.
pub fn picture_region(cell: Cell, size: Size) -> Region {
    let along = |at: u16, length: u16| {
        let side = PICTURE_SIDE.min(length);
        let first = at.saturating_sub(side / 2).min(length - side);
        (first, side)
    };
    let (x, width) = along(cell.x, size.width);
    let (y, height) = along(cell.y, size.height);
    Region {
        x,
        y,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of_name(kind.name()), Some(*kind));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::of_name(outcome.name()), Some(*outcome));
        }
        assert_eq!(Category::of_name("Griefing"), None);
    }

    #[test]
    fn a_picture_stays_on_the_canvas() {
        let region = |x, y, width, height| {
            let Region {
                x,
                y,
                width,
                height,
            } = picture_region(Cell::new(x, y), Size { width, height });
            [x, y, width, height]
        };
        assert_eq!(region(500, 300, 1_000, 1_000), [468, 268, 64, 64]);
        assert_eq!(region(0, 999, 1_000, 1_000), [0, 936, 64, 64]);
        assert_eq!(region(3, 4, 32, 200), [0, 0, 32, 64]);
        assert_eq!(region(0, 0, 1, 1), [0, 0, 1, 1]);
    }
}
