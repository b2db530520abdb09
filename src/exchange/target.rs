//! The round that an import goes to.

use event_store::event::{RoundOpened, Size};
use event_store::{CooldownRule, Palette, PaletteIndex, RoundId, Version};

use super::row::ImportFormat;
use crate::config::{NamedPalette, background_of};

/// A round that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportTarget {
    /// Its number.
    pub round: RoundId,
    /// The version of its [`RoundOpened`]: what was imported into it before can only be later.
    /// [`Version::ZERO`] is always right, and slower.
    pub opened: Version,
    /// Its size now.
    pub size: Size,
    /// Its palette now.
    pub palette: Palette,
    /// The colour of its cells at the start.
    pub background: PaletteIndex,
}

/// Where an import's rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportRound {
    /// Into a round that is open.
    Running(ImportTarget),
    /// Into a round that the import opens with the time of the earliest row, right before that row,
    /// so that times rise through the log. Nothing is opened when no row fits.
    New {
        /// The round, as from [`round_for_import`].
        opened: RoundOpened,
        /// The last version on the admin subject, at which no round was open: if somebody
        /// else opens one meanwhile, the import ends with a conflict.
        admin: Version,
    },
}

/// What is asked of a round that an import opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundOptions {
    /// Its number.
    pub round: RoundId,
    /// Its size; that of the format's own canvas when there is none.
    pub size: Option<Size>,
    /// Its palette; that of the format's own canvas when there is none.
    pub palette: Option<Palette>,
    /// Its cooldown, which the imported rows are not held to.
    pub cooldown: CooldownRule,
    /// Its title.
    pub title: String,
}

/// The round for rows of `format` on a log that has none open. The default size is the final one
/// of Reddit's canvas: 1000×1000 for 2017, 2000×2000 for 2022, 3000×2000 for 2023; 2000×2000 for
/// Pxls. The background is the palette's white, and its first colour when there is none.
pub fn round_for_import(format: ImportFormat, options: RoundOptions) -> RoundOpened {
    let (width, height, named) = match format {
        ImportFormat::Rplace2017 => (1_000, 1_000, NamedPalette::Place2017),
        ImportFormat::Rplace2022 => (2_000, 2_000, NamedPalette::Place2022),
        ImportFormat::Rplace2023 => (3_000, 2_000, NamedPalette::Place2022),
        ImportFormat::Pxls => (2_000, 2_000, NamedPalette::Pxls),
    };
    let palette = options.palette.unwrap_or_else(|| named.palette());
    RoundOpened {
        round: options.round,
        size: options.size.unwrap_or(Size { width, height }),
        background: background_of(&palette),
        palette,
        cooldown: options.cooldown,
        mask: None,
        title: options.title,
    }
}

#[cfg(test)]
mod tests {
    use event_store::Rgb;

    use super::*;

    fn options() -> RoundOptions {
        RoundOptions {
            round: RoundId(3),
            size: None,
            palette: None,
            cooldown: CooldownRule {
                max_charges: 1,
                regain_ms: 5_000,
            },
            title: "2017".to_owned(),
        }
    }

    #[test]
    fn a_round_takes_its_formats_canvas_unless_told_otherwise() {
        let opened = round_for_import(ImportFormat::Rplace2017, options());
        assert_eq!((opened.round, opened.size.width), (RoundId(3), 1_000));
        assert_eq!(opened.background, PaletteIndex(0));
        let opened = round_for_import(ImportFormat::Rplace2022, options());
        assert_eq!(opened.size, Size::new(2_000, 2_000).unwrap());
        assert_eq!(opened.background, PaletteIndex(31));
        let asked = RoundOptions {
            size: Size::new(7, 9),
            palette: Palette::new(vec![Rgb([1; 3]), Rgb([2; 3])]).ok(),
            ..options()
        };
        let opened = round_for_import(ImportFormat::Rplace2022, asked);
        assert_eq!(opened.size, Size::new(7, 9).unwrap());
        assert_eq!(opened.background, PaletteIndex(0));
    }
}
