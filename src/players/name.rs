//! The names that people give themselves.

use std::fmt;
use std::str::FromStr;

/// The longest name, in Unicode scalar values.
pub const MAX_NAME_CHARS: usize = 32;

/// A name that a player gave: 1 to [`MAX_NAME_CHARS`] characters, no white space around it, and
/// nothing that would change how the text around it reads. Any script; not normalized; not unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlayerName(String);

/// A name that breaks the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlayerName {
    /// Nothing but white space.
    #[error("the name is empty; write 1 to {MAX_NAME_CHARS} characters")]
    Empty,
    /// More than [`MAX_NAME_CHARS`] characters.
    #[error("the name is too long; write 1 to {MAX_NAME_CHARS} characters")]
    TooLong,
    /// A control character, an invisible one, or one that changes the direction of text.
    #[error("the name holds the invisible character U+{:04X}; leave it out", *.character as u32)]
    Invisible {
        /// Which one.
        character: char,
    },
}

/// The name of somebody whose provider tells none that could be shown.
const NAMELESS: &str = "Player";

impl PlayerName {
    /// The nearest lawful name to what a provider calls somebody: invisible characters left out,
    /// cut to [`MAX_NAME_CHARS`], and `Player` when nothing is left.
    pub fn nearest(text: &str) -> Self {
        let visible = |character: &char| !is_invisible(*character);
        let cut: String = text
            .trim()
            .chars()
            .filter(visible)
            .take(MAX_NAME_CHARS)
            .collect();
        match cut.trim() {
            "" => Self(NAMELESS.to_owned()),
            name => Self(name.to_owned()),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlayerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for PlayerName {
    type Err = InvalidPlayerName;

    /// The name without the white space around it.
    fn from_str(text: &str) -> Result<Self, InvalidPlayerName> {
        let name = text.trim();
        if name.is_empty() {
            return Err(InvalidPlayerName::Empty);
        }
        if name.chars().nth(MAX_NAME_CHARS).is_some() {
            return Err(InvalidPlayerName::TooLong);
        }
        match name.chars().find(|character| is_invisible(*character)) {
            Some(character) => Err(InvalidPlayerName::Invisible { character }),
            None => Ok(Self(name.to_owned())),
        }
    }
}

/// Control characters, those that steer the direction of text (Unicode Standard Annex 9, section
/// 2), line and paragraph separators, and spaces without width. Joiners are not among them: scripts
/// and emoji need them.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_lawful_and_trimmed() {
        for (given, name) in [
            ("ada", "ada"),
            (" Ada Lovelace\n", "Ada Lovelace"),
            ("Ада", "Ада"),
            ("عائشة", "عائشة"),
            ("👩‍🚀", "👩‍🚀"),
        ] {
            let parsed: PlayerName = given.parse().unwrap();
            assert_eq!(parsed.as_str(), name);
        }
        let longest = "é".repeat(MAX_NAME_CHARS);
        assert_eq!(longest.parse::<PlayerName>().unwrap().as_str(), longest);
    }

    #[test]
    fn a_name_told_by_a_provider_is_made_lawful() {
        for (told, name) in [
            ("Ada Lovelace", "Ada Lovelace"),
            (" A\u{202e}d\na ", "Ada"),
            ("\u{200b} \n", "Player"),
            ("", "Player"),
        ] {
            assert_eq!(PlayerName::nearest(told).as_str(), name);
        }
        let cut = PlayerName::nearest(&format!("{} b", "é".repeat(MAX_NAME_CHARS - 1)));
        assert_eq!(cut.as_str(), "é".repeat(MAX_NAME_CHARS - 1));
        assert_eq!(cut.as_str().parse(), Ok(cut));
    }

    #[test]
    fn names_that_are_empty_long_or_invisible_are_rejected() {
        let error = |text: &str| text.parse::<PlayerName>().unwrap_err();
        assert_eq!(error(""), InvalidPlayerName::Empty);
        assert_eq!(error(" \t\u{3000}"), InvalidPlayerName::Empty);
        assert_eq!(error(&"é".repeat(33)), InvalidPlayerName::TooLong);
        for character in [
            '\0', '\n', '\u{7f}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200b}',
        ] {
            let expected = InvalidPlayerName::Invisible { character };
            assert_eq!(error(&format!("a{character}b")), expected);
        }
    }
}
