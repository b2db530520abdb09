//! Colours and palettes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// The most colours in a palette: indexes 0 to 254, since 255 marks a cell that is not open.
pub const MAX_COLORS: usize = 255;

/// The place of a colour in its round's palette; what a placement stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaletteIndex(pub u8);

impl PaletteIndex {
    /// Not a colour: the cell is not part of the playing field.
    pub const NOT_OPEN: Self = Self(255);
}

/// A colour: red, green and blue in sRGB, written `#RRGGBB`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rgb(pub [u8; 3]);

impl fmt::Display for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02X}{green:02X}{blue:02X}")
    }
}

impl fmt::Debug for Rgb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A palette that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPalette {
    /// No colour, or more than [`MAX_COLORS`].
    #[error("palette has {count} colours, lawful are 1 to 255")]
    Count {
        /// How many were given.
        count: usize,
    },
    /// A colour that is not `#RRGGBB`.
    #[error("`{given}` is not a colour of the form #RRGGBB")]
    Color {
        /// The colour as given, cut to 32 characters.
        given: String,
    },
    /// A colour that is there twice: an index could not be found by its colour.
    #[error("colour {color} is in the palette twice")]
    Repeated {
        /// The colour.
        color: Rgb,
    },
}

impl FromStr for Rgb {
    type Err = InvalidPalette;

    /// Reads `#RRGGBB`, digits of either case.
    fn from_str(text: &str) -> Result<Self, InvalidPalette> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        let lawful = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = lawful
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten();
        let Some(number) = number else {
            return Err(InvalidPalette::Color {
                given: text.chars().take(32).collect(),
            });
        };
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

/// The colours of a round, in index order: 1 to [`MAX_COLORS`], all different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Palette(Vec<Rgb>);

impl Palette {
    /// The palette of `colors`.
    ///
    /// # Errors
    /// [`InvalidPalette::Count`] and [`InvalidPalette::Repeated`].
    pub fn new(colors: Vec<Rgb>) -> Result<Self, InvalidPalette> {
        if colors.is_empty() || colors.len() > MAX_COLORS {
            return Err(InvalidPalette::Count {
                count: colors.len(),
            });
        }
        let mut seen = std::collections::HashSet::new();
        match colors.iter().find(|color| !seen.insert(**color)) {
            Some(repeated) => Err(InvalidPalette::Repeated { color: *repeated }),
            None => Ok(Self(colors)),
        }
    }

    /// The colours, in index order.
    pub fn colors(&self) -> &[Rgb] {
        &self.0
    }

    /// Whether `index` is one of the palette's.
    pub fn contains(&self, index: PaletteIndex) -> bool {
        usize::from(index.0) < self.0.len()
    }

    /// The index of a colour.
    pub fn index_of(&self, color: Rgb) -> Option<PaletteIndex> {
        let at = self.0.iter().position(|known| *known == color)?;
        u8::try_from(at).ok().map(PaletteIndex)
    }

    /// The palette with `colors` after its own.
    ///
    /// # Errors
    /// As for [`Palette::new`].
    pub fn extended(&self, colors: &[Rgb]) -> Result<Self, InvalidPalette> {
        Self::new(self.0.iter().chain(colors).copied().collect())
    }
}

impl<'de> Deserialize<'de> for Palette {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
