//! The strip below the canvas: title, time and version, in letters of dots.

use embedded_graphics::image::GetPixel as _;
use embedded_graphics::mono_font::mapping::{
    ISO_8859_1, ISO_8859_2, ISO_8859_5, ISO_8859_7, ISO_8859_15, StrGlyphMapping,
};
use embedded_graphics::mono_font::{
    MonoFont, iso_8859_1, iso_8859_2, iso_8859_5, iso_8859_7, iso_8859_15, mapping::GlyphMapping,
};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{OriginDimensions as _, Point};
use event_store::{Rgb, UnixMs, Version};
use jiff::Timestamp;

use super::film::Film;
use super::layout::{Area, LETTER_HEIGHT_DOTS, Strip};
use super::surface::Surface;

/// The colour of the strip and of what the canvas does not fill: the page's, when it is dark.
pub(super) const BACKGROUND: Rgb = Rgb([0x14, 0x16, 0x1d]);

/// The colour of letters: the page's, when it is dark.
pub(super) const TEXT: Rgb = Rgb([0xf0, 0xf2, 0xf7]);

/// The alphabets, each as the 10 by 20 dots of X11's font of that name: Latin (west), Cyrillic,
/// Latin (middle), Greek, and a few signs.
const ALPHABETS: [(&StrGlyphMapping<'static>, &MonoFont<'static>); 5] = [
    (&ISO_8859_1, &iso_8859_1::FONT_10X20),
    (&ISO_8859_5, &iso_8859_5::FONT_10X20),
    (&ISO_8859_2, &iso_8859_2::FONT_10X20),
    (&ISO_8859_7, &iso_8859_7::FONT_10X20),
    (&ISO_8859_15, &iso_8859_15::FONT_10X20),
];

/// Dots of a letter's width.
const LETTER_WIDTH_DOTS: u32 = 10;

/// What is drawn for a letter that no alphabet has.
const UNKNOWN: char = '?';

/// The least letters of the title that stay when the time and the version take their place.
const LEAST_TITLE_LETTERS: usize = 8;

/// Frames further apart than this show no seconds.
const MS_A_MINUTE: u64 = 60_000;

/// The strip, which draws only the letters that change.
pub(super) struct Caption<I> {
    strip: Strip,
    title: String,
    has_seconds: bool,
    columns: usize,
    shown: Vec<char>,
    background: I,
    text: I,
}

impl<I: Copy> Caption<I> {
    /// The strip of a film, drawn empty; none without a caption.
    pub(super) fn of(film: &Film, surface: &mut impl Surface<Ink = I>) -> Option<Self> {
        let strip = film.layout.strip?;
        let (background, text) = (surface.ink(BACKGROUND), surface.ink(TEXT));
        surface.fill(strip.area, background);
        let range_ms = film.range.ends_at.ms_since(film.range.begins_at);
        let columns = (strip.area.width / (LETTER_WIDTH_DOTS * strip.dot)).saturating_sub(1);
        Some(Self {
            strip,
            title: film.caption.clone().unwrap_or_default(),
            has_seconds: range_ms.unsigned_abs() / u64::from(film.moving_frames) < MS_A_MINUTE,
            columns: columns as usize,
            shown: Vec::new(),
            background,
            text,
        })
    }

    /// Draws what is new.
    pub(super) fn draw(
        &mut self,
        surface: &mut impl Surface<Ink = I>,
        at: UnixMs,
        version: Version,
    ) {
        let line = line(
            &self.title,
            &time(at, self.has_seconds),
            version,
            self.columns,
        );
        self.shown.resize(line.len(), ' ');
        for (column, letter) in line.into_iter().enumerate() {
            if self.shown.get(column) != Some(&letter) {
                self.draw_letter(surface, column, letter);
                self.shown[column] = letter;
            }
        }
    }

    fn draw_letter(&self, surface: &mut impl Surface<Ink = I>, column: usize, letter: char) {
        let Strip { area, dot } = self.strip;
        let column = u32::try_from(column).unwrap_or(u32::MAX);
        let left = area.x + LETTER_WIDTH_DOTS * dot / 2 + column * LETTER_WIDTH_DOTS * dot;
        let top = area.y + (area.height - LETTER_HEIGHT_DOTS * dot) / 2;
        let whole = Area {
            x: left,
            y: top,
            width: LETTER_WIDTH_DOTS * dot,
            height: LETTER_HEIGHT_DOTS * dot,
        };
        surface.fill(whole, self.background);
        for y in 0..LETTER_HEIGHT_DOTS {
            for x in 0..LETTER_WIDTH_DOTS {
                if is_on(letter, x, y) {
                    let pixels = Area {
                        x: left + x * dot,
                        y: top + y * dot,
                        width: dot,
                        height: dot,
                    };
                    surface.fill(pixels, self.text);
                }
            }
        }
    }
}

fn is_on(letter: char, x: u32, y: u32) -> bool {
    let alphabet = ALPHABETS.iter().find(|(known, _)| known.contains(letter));
    let (letter, (known, font)) = match alphabet {
        Some(alphabet) => (letter, alphabet),
        None => (UNKNOWN, &ALPHABETS[0]),
    };
    let letters_a_row = font.image.size().width / LETTER_WIDTH_DOTS;
    let number = u32::try_from(known.index(letter)).unwrap_or(0);
    let dot = |at: u32| i32::try_from(at).unwrap_or(0);
    let place = Point::new(
        dot(number % letters_a_row * LETTER_WIDTH_DOTS + x),
        dot(number / letters_a_row * LETTER_HEIGHT_DOTS + y),
    );
    font.image.pixel(place) == Some(BinaryColor::On)
}

/// A time in UTC. Years that no calendar has are shown as milliseconds.
fn time(at: UnixMs, has_seconds: bool) -> String {
    let form = match has_seconds {
        true => "%Y-%m-%d %H:%M:%S UTC",
        false => "%Y-%m-%d %H:%M UTC",
    };
    match Timestamp::from_millisecond(at.0) {
        Ok(moment) => moment.strftime(form).to_string(),
        Err(_) => format!("{} ms", at.0),
    }
}

/// The letters of the strip: the title to the left, to the right as much as there is room for.
fn line(title: &str, time: &str, version: Version, columns: usize) -> Vec<char> {
    let title: Vec<char> = title.chars().collect();
    let least = title.len().min(LEAST_TITLE_LETTERS) + 2;
    let long = format!("{time}  v{version}");
    let candidates = [long.as_str(), time];
    let right = candidates
        .into_iter()
        .find(|right| right.chars().count() + least <= columns)
        .unwrap_or_default();
    let room = match right.chars().count() {
        0 => columns,
        taken => columns - taken - 2,
    };
    let mut line = title;
    if line.len() > room {
        line.truncate(room.saturating_sub(3));
        line.extend("...".chars().take(room));
    }
    line.resize(columns - right.chars().count(), ' ');
    line.extend(right.chars());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2022-04-04 00:53 UTC";

    fn shown(title: &str, columns: usize) -> String {
        line(title, TIME, Version(1_234), columns).iter().collect()
    }

    #[test]
    fn the_title_gives_way_to_the_time_and_the_version() {
        let spring = "Spring     2022-04-04 00:53 UTC  v1234";
        assert_eq!(shown("Spring", 38), spring);
        let cut = "Весна ...  2022-04-04 00:53 UTC  v1234";
        assert_eq!(shown("Весна на холсте", 38), cut);
        assert_eq!(shown("Spring", 30), "Spring    2022-04-04 00:53 UTC");
        assert_eq!(shown("Spring", 12), "Spring      ");
        assert_eq!(shown("Spring", 5), "Sp...");
        assert_eq!(shown("Spring", 2), "..");
        assert_eq!(shown("Spring", 0), "");
    }

    #[test]
    fn letters_of_several_alphabets_have_dots_of_their_own() {
        let dots = |letter: char| -> Vec<bool> {
            let places =
                (0..LETTER_HEIGHT_DOTS).flat_map(|y| (0..LETTER_WIDTH_DOTS).map(move |x| (x, y)));
            places.map(|(x, y)| is_on(letter, x, y)).collect()
        };
        let letters: Vec<char> = "Aa1:éЖжЯёąΩ€?".chars().collect();
        for (at, letter) in letters.iter().enumerate() {
            assert!(dots(*letter).contains(&true), "{letter}");
            for other in &letters[..at] {
                assert_ne!(dots(*letter), dots(*other), "{letter} {other}");
            }
        }
        assert_eq!(dots('漢'), dots('?'));
        assert!(!dots(' ').contains(&true));
    }

    #[test]
    fn times_are_told_in_utc() {
        let at = UnixMs(1_649_033_631_000);
        assert_eq!(time(at, false), TIME);
        assert_eq!(time(at, true), "2022-04-04 00:53:51 UTC");
        assert_eq!(time(UnixMs(i64::MAX), true), format!("{} ms", i64::MAX));
    }
}
