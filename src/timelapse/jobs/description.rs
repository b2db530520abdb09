//! A film in words: what it shows and how, for those who ask and for the shelf.

use event_store::CanvasSlug;
use serde::{Deserialize, Serialize};

use crate::timelapse::film::Film;
use crate::timelapse::request::Format;

/// The name of a film: 32 hexadecimal digits, the same for the same film.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilmId(String);

impl FilmId {
    /// The name of a film on a canvas.
    pub fn of(film: &Film, canvas: &CanvasSlug) -> Self {
        Self(film.name(canvas))
    }

    /// Reads a name; `None` when no film can have it.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_name = text.len() == crate::timelapse::NAME_DIGITS && text.bytes().all(is_digit);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a film shows and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The form of the file, as its extension.
    pub format: String,
    /// The round.
    pub round: u32,
    /// The version that it begins with.
    pub from_version: u64,
    /// The version that it ends with.
    pub to_version: u64,
    /// The part shown: column, row, columns and rows of cells.
    pub region: [u16; 4],
    /// The width of a frame in pixels.
    pub width: u32,
    /// The height of a frame in pixels.
    pub height: u32,
    /// How cells become pixels, as `3` or `1/3`.
    pub scale: String,
    /// Frames a second.
    pub fps: u32,
    /// How many frames.
    pub frames: u32,
    /// What a frame follows: `time` or `events`.
    pub pace: String,
}

impl Description {
    /// The words for a film.
    pub fn of(film: &Film) -> Self {
        let (region, frame) = (film.region(), film.frame());
        Self {
            format: film.format.extension().to_owned(),
            round: film.range.round.0,
            from_version: film.range.from.0,
            to_version: film.range.to.0,
            region: [region.x, region.y, region.width, region.height],
            width: frame.width,
            height: frame.height,
            scale: film.scale().to_string(),
            fps: film.fps,
            frames: film.frames(),
            pace: film.pace.name().to_owned(),
        }
    }

    /// The form of the file; `None` for one that this program does not know.
    pub fn format(&self) -> Option<Format> {
        Format::of_extension(&self.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_digits_and_nothing_else() {
        let name = "0123456789abcdef0123456789abcdef";
        assert_eq!(FilmId::parse(name).unwrap().as_str(), name);
        for wrong in [
            "",
            "0",
            &name[1..],
            &name.to_uppercase(),
            &format!("{name}0"),
        ] {
            assert_eq!(FilmId::parse(wrong), None, "{wrong}");
        }
        assert_eq!(FilmId::parse("../../../../etc/passwd/aaaaaaaaa"), None);
    }
}
