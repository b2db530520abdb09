//! The rules of what people write.

/// A text that breaks a rule. The words are safe to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing but white space.
    #[error("the text is empty; write 1 to {max} characters")]
    Empty {
        /// The most characters.
        max: usize,
    },
    /// More characters than may be.
    #[error("the text is too long; write 1 to {max} characters")]
    TooLong {
        /// The most characters.
        max: usize,
    },
    /// A control character that is no line feed and no tab.
    #[error("the text holds the control character U+{:04X}; leave it out", *.character as u32)]
    Control {
        /// Which one.
        character: char,
    },
}

/// A text of 1 to `max` Unicode scalar values, with one kind of line end, no white space around it,
/// and no control characters but line feeds and tabs.
///
/// # Errors
/// [`InvalidText`], the first rule that is broken.
pub fn tidied(text: &str, max: usize) -> Result<String, InvalidText> {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidText::Empty { max });
    }
    if text.chars().nth(max).is_some() {
        return Err(InvalidText::TooLong { max });
    }
    let mut characters = text.chars();
    let is_unlawful = |character: &char| character.is_control() && !"\n\t".contains(*character);
    match characters.find(is_unlawful) {
        Some(character) => Err(InvalidText::Control { character }),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tidied_or_refused() {
        assert_eq!(
            tidied(" שלום,\r\n\tмир\n", 20),
            Ok("שלום,\n\tмир".to_owned())
        );
        assert_eq!(tidied("éé", 2), Ok("éé".to_owned()));
        assert_eq!(tidied("ééé", 2), Err(InvalidText::TooLong { max: 2 }));
        assert_eq!(tidied(" \n\u{3000}", 2), Err(InvalidText::Empty { max: 2 }));
        for character in ['\0', '\u{1b}', '\r', '\u{7f}', '\u{85}'] {
            let wrong = Err(InvalidText::Control { character });
            assert_eq!(tidied(&format!("a{character}b"), 5), wrong);
        }
    }
}
