//! The languages that the bot speaks.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Language {
    /// Whoever speaks none of the others gets this one.
    English,
    /// And whoever has set Telegram to it this one.
    Russian,
}

impl Language {
    /// Every language.
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// The language of somebody by the tag that Telegram tells (IETF, such as `ru` or `pt-br`).
    pub(super) fn of_tag(tag: Option<&str>) -> Self {
        let first = tag.unwrap_or_default().split(['-', '_']).next();
        match first.unwrap_or_default().to_ascii_lowercase().as_str() {
            "ru" | "be" | "uk" | "kk" => Self::Russian,
            _ => Self::English,
        }
    }

    /// The code by which commands are set (ISO 639-1); empty for everybody else.
    pub(super) fn command_code(self) -> &'static str {
        match self {
            Self::English => "",
            Self::Russian => "ru",
        }
    }

    /// A number, its digits in groups.
    pub(super) fn number(self, number: u64) -> String {
        let separator = match self {
            Self::English => ',',
            Self::Russian => '\u{a0}',
        };
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(separator);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number with the word for what it counts: of English the forms for one and for many, of
    /// Russian those for one, for few and for many (Unicode CLDR, "Language Plural Rules").
    pub(super) fn count(self, number: u64, forms: [&str; 3]) -> String {
        let [one, few, many] = forms;
        let (tens, ones) = (number % 100, number % 10);
        let form = match self {
            Self::English if number == 1 => one,
            Self::English => many,
            Self::Russian if ones == 1 && tens != 11 => one,
            Self::Russian if (2..=4).contains(&ones) && !(12..=14).contains(&tens) => few,
            Self::Russian => many,
        };
        format!("{} {form}", self.number(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_the_first_part_of_its_tag() {
        for (tag, language) in [
            (None, Language::English),
            (Some(""), Language::English),
            (Some("ru"), Language::Russian),
            (Some("ru-RU"), Language::Russian),
            (Some("RU_ru"), Language::Russian),
            (Some("run"), Language::English),
            (Some("de"), Language::English),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag:?}");
        }
    }

    #[test]
    fn numbers_are_grouped_and_words_agree_with_them() {
        assert_eq!(Language::English.number(1_234_567), "1,234,567");
        assert_eq!(Language::Russian.number(1_234), "1\u{a0}234");
        assert_eq!(Language::English.number(0), "0");
        let cells = |number| Language::Russian.count(number, ["клетка", "клетки", "клеток"]);
        for (number, text) in [
            (1, "1 клетка"),
            (2, "2 клетки"),
            (5, "5 клеток"),
            (11, "11 клеток"),
            (21, "21 клетка"),
            (112, "112 клеток"),
        ] {
            assert_eq!(cells(number), text);
        }
        let cells = |number| Language::English.count(number, ["cell", "cells", "cells"]);
        assert_eq!(
            (cells(1).as_str(), cells(0).as_str()),
            ("1 cell", "0 cells")
        );
    }
}
