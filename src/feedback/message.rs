//! What a message is, and the rules that it obeys.

use event_store::PlayerId;
use event_store::event::MAX_SIDE;

/// The longest text, in Unicode scalar values.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// The longest contact, in Unicode scalar values: an address, a name somewhere.
pub const MAX_CONTACT_CHARS: usize = 200;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Something does not work.
    Bug,
    /// Something is wished for.
    Idea,
    /// Somebody behaves badly.
    Abuse,
    /// Anything else.
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 4] = [Self::Bug, Self::Idea, Self::Abuse, Self::Other];

    /// Its name, as it is kept and told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bug => "bug",
            Self::Idea => "idea",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }

    /// The category of a name that [`Category::as_str`] gave.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str() == name)
    }
}

/// Where on which canvas somebody was; whatever is not known is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The canvas's slug.
    pub canvas: Option<String>,
    /// The version that they saw, at most `i64::MAX`.
    pub version: Option<u64>,
    /// The cell, column and row.
    pub cell: Option<(u16, u16)>,
}

/// A message as somebody sent it, which may break every rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackDraft {
    /// What it is about.
    pub category: Category,
    /// What they wrote.
    pub text: String,
    /// How to answer.
    pub contact: Option<String>,
    /// Whose access token came with it.
    pub player: Option<PlayerId>,
    /// The slug of a canvas that there is.
    pub canvas: Option<String>,
    /// The version that they saw.
    pub version: Option<u64>,
    /// The column.
    pub x: Option<i64>,
    /// The row.
    pub y: Option<i64>,
}

/// A message that may be kept. Its `Debug` shows what somebody wrote: it goes into no log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub category: Category,
    /// 1 to [`MAX_TEXT_CHARS`] characters, no white space around them, no control characters but
    /// line feeds and tabs.
    pub text: String,
    /// How to answer: 1 to [`MAX_CONTACT_CHARS`] characters, no white space around them, no
    /// control characters.
    pub contact: Option<String>,
    /// Who was signed in; none for guests.
    pub player: Option<PlayerId>,
    /// Where it happened.
    pub place: Place,
}

/// A draft that breaks a rule. The texts are safe to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFeedback {
    /// Nothing but white space.
    #[error("the text is empty; write 1 to {MAX_TEXT_CHARS} characters")]
    Empty,
    /// More than [`MAX_TEXT_CHARS`] characters.
    #[error("the text is too long; write 1 to {MAX_TEXT_CHARS} characters")]
    TextTooLong,
    /// More than [`MAX_CONTACT_CHARS`] characters.
    #[error("the contact is too long; write at most {MAX_CONTACT_CHARS} characters")]
    ContactTooLong,
    /// A control character that is no line feed and no tab, or any in the contact.
    #[error("the {field} holds the control character U+{:04X}; leave it out", *.character as u32)]
    Control {
        /// Where.
        field: &'static str,
        /// Which one.
        character: char,
    },
    /// A column without a row, or the other way round.
    #[error("only one of x and y is there; send both or neither")]
    HalfACell,
    /// A cell that no canvas can have.
    #[error("there is no such cell; x and y go from 0 to {}", MAX_SIDE - 1)]
    NoSuchCell,
    /// A version that no canvas can have.
    #[error("the version is too large; it goes to {}", i64::MAX)]
    NoSuchVersion,
}

impl FeedbackDraft {
    /// The message, with one kind of line end and no white space around what was written. An empty
    /// contact is none.
    ///
    /// # Errors
    /// [`InvalidFeedback`], the first rule that is broken.
    pub fn check(self) -> Result<Message, InvalidFeedback> {
        let text = self.text.replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidFeedback::Empty);
        }
        if text.chars().nth(MAX_TEXT_CHARS).is_some() {
            return Err(InvalidFeedback::TextTooLong);
        }
        check_characters("text", text, &['\n', '\t'])?;
        let contact = self.contact.as_deref().map(str::trim).unwrap_or_default();
        if contact.chars().nth(MAX_CONTACT_CHARS).is_some() {
            return Err(InvalidFeedback::ContactTooLong);
        }
        check_characters("contact", contact, &[])?;
        let cell = match (self.x, self.y) {
            (None, None) => None,
            (Some(x), Some(y)) => Some((side(x)?, side(y)?)),
            (Some(_), None) | (None, Some(_)) => return Err(InvalidFeedback::HalfACell),
        };
        if self
            .version
            .is_some_and(|version| i64::try_from(version).is_err())
        {
            return Err(InvalidFeedback::NoSuchVersion);
        }
        Ok(Message {
            category: self.category,
            text: text.to_owned(),
            contact: (!contact.is_empty()).then(|| contact.to_owned()),
            player: self.player,
            place: Place {
                canvas: self.canvas,
                version: self.version,
                cell,
            },
        })
    }
}

fn side(number: i64) -> Result<u16, InvalidFeedback> {
    let side = u16::try_from(number).ok();
    let side = side.filter(|side| *side < MAX_SIDE);
    side.ok_or(InvalidFeedback::NoSuchCell)
}

fn check_characters(
    field: &'static str,
    text: &str,
    allowed: &[char],
) -> Result<(), InvalidFeedback> {
    let mut characters = text.chars();
    let wrong = characters.find(|character| character.is_control() && !allowed.contains(character));
    match wrong {
        Some(character) => Err(InvalidFeedback::Control { field, character }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> FeedbackDraft {
        FeedbackDraft {
            category: Category::Idea,
            text: text.to_owned(),
            contact: None,
            player: None,
            canvas: None,
            version: None,
            x: None,
            y: None,
        }
    }

    fn error_of(draft: FeedbackDraft) -> InvalidFeedback {
        draft.check().unwrap_err()
    }

    #[test]
    fn a_text_is_trimmed_and_has_one_kind_of_line_end() {
        let message = draft(" Привет,\r\n\tмир\n").check().unwrap();
        assert_eq!(message.text, "Привет,\n\tмир");
        let longest = "é".repeat(MAX_TEXT_CHARS);
        assert_eq!(draft(&longest).check().unwrap().text, longest);
        let contact = |contact: &str| {
            let draft = FeedbackDraft {
                contact: Some(contact.to_owned()),
                ..draft("x")
            };
            draft.check().map(|message| message.contact)
        };
        assert_eq!(contact("  "), Ok(None));
        assert_eq!(contact(" @ada "), Ok(Some("@ada".to_owned())));
        let longest = "é".repeat(MAX_CONTACT_CHARS);
        assert_eq!(contact(&longest), Ok(Some(longest.clone())));
        let longer = contact(&format!("{longest}é"));
        assert_eq!(longer, Err(InvalidFeedback::ContactTooLong));
        let control = InvalidFeedback::Control {
            field: "contact",
            character: '\n',
        };
        assert_eq!(contact("a\nb"), Err(control));
    }

    #[test]
    fn texts_that_are_empty_long_or_hold_control_characters_are_refused() {
        assert_eq!(error_of(draft("")), InvalidFeedback::Empty);
        assert_eq!(error_of(draft(" \n\t\u{3000}")), InvalidFeedback::Empty);
        let long = "é".repeat(MAX_TEXT_CHARS + 1);
        assert_eq!(error_of(draft(&long)), InvalidFeedback::TextTooLong);
        for character in ['\0', '\u{1b}', '\r', '\u{7f}', '\u{85}'] {
            let wrong = InvalidFeedback::Control {
                field: "text",
                character,
            };
            assert_eq!(error_of(draft(&format!("a{character}b"))), wrong);
        }
    }

    #[test]
    fn a_cell_is_whole_and_on_some_canvas() {
        let at = |x, y| FeedbackDraft { x, y, ..draft("x") };
        let last = i64::from(MAX_SIDE) - 1;
        let place = at(Some(0), Some(last)).check().unwrap().place;
        assert_eq!(place.cell, Some((0, MAX_SIDE - 1)));
        for half in [at(Some(0), None), at(None, Some(0))] {
            assert_eq!(error_of(half), InvalidFeedback::HalfACell);
        }
        for wrong in [-1, last + 1, i64::MAX, i64::MIN] {
            let outside = at(Some(wrong), Some(0));
            assert_eq!(error_of(outside), InvalidFeedback::NoSuchCell);
        }
        let version = FeedbackDraft {
            version: Some(u64::MAX),
            ..draft("x")
        };
        assert_eq!(error_of(version), InvalidFeedback::NoSuchVersion);
    }

    #[test]
    fn a_category_is_known_by_its_name() {
        for category in Category::ALL {
            assert_eq!(Category::of_name(category.as_str()), Some(category));
        }
        assert_eq!(Category::of_name("Bug"), None);
    }
}
