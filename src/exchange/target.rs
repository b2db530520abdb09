//! The round that an import goes to, and which rows fit it.

use event_store::event::{PlacementMade, RegionErased, RoundOpened, Size};
use event_store::{CooldownRule, Event, Palette, PaletteIndex, PlayerId, Region, RoundId, Version};

use super::row::{BadLineReason, Fault, ImportFormat, RowColor, RowPlace};
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

/// The round for rows of `format` on a log that has none open. The default size is 1000×1000 for
/// 2017 and 2000×2000 for 2022, the final sizes of those canvases. The background is the palette's
/// white, and its first colour when there is none.
pub fn round_for_import(format: ImportFormat, options: RoundOptions) -> RoundOpened {
    let (side, named) = match format {
        ImportFormat::Rplace2017 => (1_000, NamedPalette::Place2017),
        ImportFormat::Rplace2022 => (2_000, NamedPalette::Place2022),
    };
    let palette = options.palette.unwrap_or_else(|| named.palette());
    RoundOpened {
        round: options.round,
        size: options.size.unwrap_or(Size {
            width: side,
            height: side,
        }),
        background: background_of(&palette),
        palette,
        cooldown: options.cooldown,
        mask: None,
        title: options.title,
    }
}

/// What rows must fit.
#[derive(Clone, Debug)]
pub(super) struct RoundShape {
    pub(super) round: RoundId,
    pub(super) size: Size,
    pub(super) palette: Palette,
}

impl RoundShape {
    pub(super) fn of(round: &ImportRound) -> Self {
        match round {
            ImportRound::Running(target) => Self {
                round: target.round,
                size: target.size,
                palette: target.palette.clone(),
            },
            ImportRound::New { opened, .. } => Self {
                round: opened.round,
                size: opened.size,
                palette: opened.palette.clone(),
            },
        }
    }

    /// The colour of a row that fits: the cell, or a part of the rectangle, lies on the canvas, and
    /// the colour is in the palette. Cells that a mask closes fit: the fold leaves them as they
    /// are.
    pub(super) fn fit(&self, place: RowPlace, color: RowColor) -> Result<PaletteIndex, Fault> {
        let is_inside = match place {
            RowPlace::Cell(cell) => self.size.contains(cell),
            RowPlace::Region(Region { x, y, .. }) => x < self.size.width && y < self.size.height,
        };
        if !is_inside {
            let field = place.to_string();
            return Err(Fault::new(BadLineReason::OutsideCanvas, field.as_bytes()));
        }
        let index = match color {
            RowColor::Index(index) => self.palette.contains(index).then_some(index),
            RowColor::Rgb(rgb) => self.palette.index_of(rgb),
        };
        let foreign = || Fault::new(BadLineReason::NotInPalette, color.to_string().as_bytes());
        index.ok_or_else(foreign)
    }

    /// The event of a row that fits.
    pub(super) fn event(&self, player: PlayerId, place: RowPlace, color: PaletteIndex) -> Event {
        match place {
            RowPlace::Cell(cell) => Event::PlacementMade(PlacementMade {
                round: self.round,
                player,
                cell,
                color,
            }),
            RowPlace::Region(region) => Event::RegionErased(RegionErased {
                round: self.round,
                region,
                color,
                by: Some(player),
                reason: String::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use event_store::{Cell, Rgb};

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

    #[test]
    fn rows_outside_or_in_foreign_colours_do_not_fit() {
        let opened = round_for_import(ImportFormat::Rplace2017, options());
        let shape = RoundShape::of(&ImportRound::New {
            opened,
            admin: Version::ZERO,
        });
        let fit = |place, color| shape.fit(place, color).map_err(|fault| fault.reason);
        let place = |x, y| RowPlace::Cell(Cell::new(x, y));
        let fill = |x, width| {
            RowPlace::Region(Region {
                x,
                y: 999,
                width,
                height: 5,
            })
        };
        let index = |index| RowColor::Index(PaletteIndex(index));
        assert_eq!(fit(place(999, 0), index(15)), Ok(PaletteIndex(15)));
        assert_eq!(fit(fill(999, 50), index(0)), Ok(PaletteIndex(0)));
        let white = RowColor::Rgb(Rgb([255; 3]));
        assert_eq!(fit(place(0, 0), white), Ok(PaletteIndex(0)));
        for outside in [place(1_000, 0), place(0, 1_000), fill(1_000, 1)] {
            assert_eq!(fit(outside, index(0)), Err(BadLineReason::OutsideCanvas));
        }
        for foreign in [index(16), index(255), RowColor::Rgb(Rgb([1, 2, 3]))] {
            assert_eq!(fit(place(0, 0), foreign), Err(BadLineReason::NotInPalette));
        }
    }
}
