//! Making what strangers wrote fit into a message: messages are plain text, so there is nothing to
//! escape, but text can be too long, or change how the text around it reads.

/// The most characters of a text and of a picture's caption, as Telegram counts: in UTF-16 units
/// (Telegram, "Bot API", `sendMessage`, `sendPhoto`).
pub(super) const MAX_TEXT: usize = 4_096;
pub(super) const MAX_CAPTION: usize = 1_024;

/// The most characters of a name or a reason inside a message.
const MAX_QUOTED: usize = 200;

/// What stands at the end of a text that was cut.
const ELLIPSIS: char = '…';

/// A text cut to `max` UTF-16 units, which is told by an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.encode_utf16().count() <= max {
        return text.to_owned();
    }
    let mut room = max.saturating_sub(ELLIPSIS.len_utf16());
    let fits = |character: &char| {
        let fits = character.len_utf16() <= room;
        room = room.saturating_sub(character.len_utf16());
        fits
    };
    let kept: String = text.chars().take_while(fits).collect();
    kept + &ELLIPSIS.to_string()
}

/// What somebody wrote, in a line of ours: without control characters, not too long, and between
/// marks that keep its direction from the rest of the line (Unicode Standard Annex 9, FSI and PDI).
pub(super) fn quoted(text: &str) -> String {
    let is_mark =
        |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let visible = |character: char| match character {
        character if is_mark(character) => None,
        character if character.is_control() => Some(' '),
        character => Some(character),
    };
    let clean: String = text.chars().filter_map(visible).collect();
    format!("\u{2068}{}\u{2069}", cut(clean.trim(), MAX_QUOTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_utf_16_units() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("👾👾", 4), "👾👾");
        assert_eq!(cut("👾👾👾", 4), "👾…");
        let long = "я👾".repeat(4_096);
        assert!(cut(&long, MAX_TEXT).encode_utf16().count() <= MAX_TEXT);
    }

    #[test]
    fn what_strangers_wrote_stays_inside_its_marks() {
        assert_eq!(quoted("Ada"), "\u{2068}Ada\u{2069}");
        assert_eq!(
            quoted("a\u{202e}b\u{2069}c\nd\u{0}"),
            "\u{2068}abc d\u{2069}"
        );
        assert_eq!(quoted("<b>&</b>"), "\u{2068}<b>&</b>\u{2069}");
        assert_eq!(quoted(" \u{2067} "), "\u{2068}\u{2069}");
    }
}
