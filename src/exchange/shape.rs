//! Which rows fit a round, where they lie in it and which events they are.

use event_store::event::{
    CellContent, CellsRestored, PlacementMade, PlacementUndone, RegionErased, RestoredCell, Size,
};
use event_store::{Cell, Event, Palette, PaletteIndex, PlayerId, Region, RoundId, Version};

use super::bad_line::{BadLineReason, Fault};
use super::record::Record;
use super::row::{Act, ImportFormat, MAX_DISC_RADIUS, Offset, RowColor, RowPlace};
use super::target::ImportRound;
use crate::config::NamedPalette;

/// What rows must fit.
#[derive(Clone, Debug)]
pub(super) struct RoundShape {
    pub(super) round: RoundId,
    pub(super) size: Size,
    pub(super) palette: Palette,
    background: PaletteIndex,
    /// The palette that the rows' indexes are of, when it is not the round's own.
    indexed: Option<Palette>,
    /// The cell that is `0,0` where coordinates are counted from the middle.
    middle: (u16, u16),
}

/// Where a row lies on the canvas.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Located {
    Cell(Cell),
    Region(Region),
    Cells(Vec<Cell>),
}

impl RoundShape {
    /// The shape of a round for rows of `format`; its middle is `middle`, or half of its size.
    pub(super) fn of(
        round: &ImportRound,
        format: ImportFormat,
        middle: Option<(u16, u16)>,
    ) -> Self {
        let (round, size, palette, background) = match round {
            ImportRound::Running(target) => (
                target.round,
                target.size,
                target.palette.clone(),
                target.background,
            ),
            ImportRound::New { opened, .. } => (
                opened.round,
                opened.size,
                opened.palette.clone(),
                opened.background,
            ),
        };
        Self {
            round,
            size,
            palette,
            background,
            indexed: match format {
                ImportFormat::Rplace2017 => Some(NamedPalette::Place2017.palette()),
                ImportFormat::Rplace2022 | ImportFormat::Rplace2023 | ImportFormat::Pxls => None,
            },
            middle: middle.unwrap_or((size.width / 2, size.height / 2)),
        }
    }

    /// The colour of a row that fits: the cell, or a part of the rectangle or disc, lies on the
    /// canvas, and the colour is in the palette. Cells that a mask closes fit: the fold leaves them
    /// as they are.
    pub(super) fn fit(&self, place: RowPlace, color: RowColor) -> Result<PaletteIndex, Fault> {
        let of_place = |reason| Fault::new(reason, place.to_string().as_bytes());
        if matches!(place, RowPlace::CentredDisc(_, radius) if radius > MAX_DISC_RADIUS) {
            return Err(of_place(BadLineReason::DiscTooLarge));
        }
        if self.locate(place).is_none() {
            return Err(of_place(BadLineReason::OutsideCanvas));
        }
        let index = match color {
            RowColor::Index(index) => match &self.indexed {
                Some(indexed) => indexed
                    .colors()
                    .get(usize::from(index.0))
                    .and_then(|color| self.palette.index_of(*color)),
                None => self.palette.contains(index).then_some(index),
            },
            RowColor::Rgb(rgb) => self.palette.index_of(rgb),
            RowColor::Background => Some(self.background),
        };
        let foreign = || Fault::new(BadLineReason::NotInPalette, color.to_string().as_bytes());
        index.ok_or_else(foreign)
    }

    /// Where a place lies; `None` when no cell of it is on the canvas.
    fn locate(&self, place: RowPlace) -> Option<Located> {
        match place {
            RowPlace::Cell(cell) => self.size.contains(cell).then_some(Located::Cell(cell)),
            RowPlace::Region(region) => {
                let is_inside = region.x < self.size.width && region.y < self.size.height;
                is_inside.then_some(Located::Region(region))
            }
            RowPlace::CentredCell(offset) => {
                let (x, y) = self.absolute(offset);
                self.cell(x, y).map(Located::Cell)
            }
            RowPlace::CentredRectangle(from, to) => {
                let (from, to) = (self.absolute(from), self.absolute(to));
                let (x, width) = side(from.0, to.0, self.size.width)?;
                let (y, height) = side(from.1, to.1, self.size.height)?;
                Some(Located::Region(Region {
                    x,
                    y,
                    width,
                    height,
                }))
            }
            RowPlace::CentredDisc(middle, radius) => {
                let ((x, y), radius) = (self.absolute(middle), i32::from(radius));
                let rows = -radius..=radius;
                let offsets = rows.flat_map(|dy| (-radius..=radius).map(move |dx| (dx, dy)));
                let is_in_disc = |(dx, dy): &(i32, i32)| dx * dx + dy * dy <= radius * radius;
                let cells: Vec<Cell> = offsets
                    .filter(is_in_disc)
                    .filter_map(|(dx, dy)| self.cell(x + dx, y + dy))
                    .collect();
                (!cells.is_empty()).then_some(Located::Cells(cells))
            }
        }
    }

    fn absolute(&self, offset: Offset) -> (i32, i32) {
        let (x, y) = self.middle;
        (
            i32::from(x) + i32::from(offset.x),
            i32::from(y) + i32::from(offset.y),
        )
    }

    fn cell(&self, x: i32, y: i32) -> Option<Cell> {
        let cell = Cell::new(u16::try_from(x).ok()?, u16::try_from(y).ok()?);
        self.size.contains(cell).then_some(cell)
    }

    /// The event of a row that fits; `color` is what [`RoundShape::fit`] gave. An undo names no
    /// placement yet.
    pub(super) fn event(&self, row: &Record, color: PaletteIndex) -> Event {
        let Some(located) = self.locate(row.place) else {
            // A row that fits is located.
            return self.restored(row.player, Vec::new(), color, "");
        };
        match (located, row.act) {
            (Located::Cell(cell), Act::Place) => Event::PlacementMade(PlacementMade {
                round: self.round,
                player: row.player,
                cell,
                color,
            }),
            (Located::Cell(cell), Act::Undo) => Event::PlacementUndone(PlacementUndone {
                round: self.round,
                player: row.player,
                placement: Version::ZERO,
                cell,
                restored: unknown_content(color),
            }),
            (Located::Cell(cell), Act::RollBack) => {
                self.restored(row.player, vec![cell], color, "rollback")
            }
            (Located::Cell(cell), Act::UndoRollBack) => {
                self.restored(row.player, vec![cell], color, "rollback undo")
            }
            (Located::Cell(cell), Act::Fill | Act::Nuke) => {
                let region = Region {
                    x: cell.x,
                    y: cell.y,
                    width: 1,
                    height: 1,
                };
                self.erased(row, region, color)
            }
            (Located::Region(region), _) => self.erased(row, region, color),
            (Located::Cells(cells), _) => self.restored(row.player, cells, color, "disc"),
        }
    }

    fn erased(&self, row: &Record, region: Region, color: PaletteIndex) -> Event {
        let reason = match row.act {
            Act::Nuke => "console nuke",
            Act::Place | Act::Undo | Act::Fill | Act::RollBack | Act::UndoRollBack => "",
        };
        Event::RegionErased(RegionErased {
            round: self.round,
            region,
            color,
            by: Some(row.player),
            reason: reason.to_owned(),
        })
    }

    fn restored(&self, by: PlayerId, cells: Vec<Cell>, color: PaletteIndex, reason: &str) -> Event {
        let content = unknown_content(color);
        Event::CellsRestored(CellsRestored {
            round: self.round,
            cells: cells
                .into_iter()
                .map(|cell| RestoredCell { cell, content })
                .collect(),
            by: Some(by),
            reason: reason.to_owned(),
        })
    }
}

/// A colour of which it is not known who had set it.
const fn unknown_content(color: PaletteIndex) -> CellContent {
    CellContent {
        color,
        author: None,
        version: Version::ZERO,
    }
}

/// The part of a side between two ends, both included, that is on the canvas, and its length.
fn side(one: i32, other: i32, length: u16) -> Option<(u16, u16)> {
    let first = one.min(other).max(0);
    let last = one.max(other).min(i32::from(length) - 1);
    let count = u16::try_from(last - first + 1)
        .ok()
        .filter(|count| *count > 0)?;
    Some((u16::try_from(first).ok()?, count))
}

#[cfg(test)]
mod tests {
    use event_store::{CooldownRule, Rgb};

    use super::super::target::{RoundOptions, round_for_import};
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
    fn rows_outside_or_in_foreign_colours_do_not_fit() {
        let opened = round_for_import(ImportFormat::Rplace2017, options());
        let shape = RoundShape::of(
            &ImportRound::New {
                opened,
                admin: Version::ZERO,
            },
            ImportFormat::Rplace2017,
            None,
        );
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
        let unset = fit(place(0, 0), RowColor::Background);
        assert_eq!(unset, Ok(PaletteIndex(0)));
        for foreign in [index(16), index(255), RowColor::Rgb(Rgb([1, 2, 3]))] {
            assert_eq!(fit(place(0, 0), foreign), Err(BadLineReason::NotInPalette));
        }
    }

    fn shape_of(width: u16, height: u16) -> RoundShape {
        let opened = round_for_import(
            ImportFormat::Rplace2023,
            RoundOptions {
                size: Size::new(width, height),
                ..options()
            },
        );
        let admin = Version::ZERO;
        RoundShape::of(
            &ImportRound::New { opened, admin },
            ImportFormat::Rplace2023,
            None,
        )
    }

    #[test]
    fn places_are_counted_from_the_middle_and_cut_at_the_edges() {
        let shape = shape_of(10, 6);
        let offset = |x, y| Offset { x, y };
        let cell = |x, y| shape.locate(RowPlace::CentredCell(offset(x, y)));
        assert_eq!(cell(-5, -3), Some(Located::Cell(Cell::new(0, 0))));
        assert_eq!(cell(4, 2), Some(Located::Cell(Cell::new(9, 5))));
        assert_eq!((cell(5, 0), cell(0, 3), cell(-6, 0)), (None, None, None));
        let rectangle = |from, to| shape.locate(RowPlace::CentredRectangle(from, to));
        let region = |x, y, width, height| {
            Some(Located::Region(Region {
                x,
                y,
                width,
                height,
            }))
        };
        assert_eq!(rectangle(offset(1, -1), offset(-1, 1)), region(4, 2, 3, 3));
        let everything = rectangle(offset(i16::MIN, i16::MIN), offset(i16::MAX, i16::MAX));
        assert_eq!(everything, region(0, 0, 10, 6));
        assert_eq!(rectangle(offset(5, 0), offset(9, 0)), None);
        let disc = |at, radius| shape.locate(RowPlace::CentredDisc(at, radius));
        let cells = [(4, 2), (3, 3), (4, 3), (5, 3), (4, 4)].map(|(x, y)| Cell::new(x, y));
        assert_eq!(disc(offset(-1, 0), 1), Some(Located::Cells(cells.into())));
        let corner = [(0, 0), (1, 0), (0, 1)].map(|(x, y)| Cell::new(x, y));
        assert_eq!(disc(offset(-5, -3), 1), Some(Located::Cells(corner.into())));
        assert_eq!(disc(offset(-9, -9), 1), None);
    }

    #[test]
    fn the_largest_disc_fits_an_event_and_a_larger_one_is_refused() {
        let shape = shape_of(200, 200);
        let disc = |radius| RowPlace::CentredDisc(Offset { x: 0, y: 0 }, radius);
        let Some(Located::Cells(cells)) = shape.locate(disc(MAX_DISC_RADIUS)) else {
            panic!("the disc lies on the canvas");
        };
        assert!(cells.len() <= event_store::event::MAX_RESTORED_CELLS);
        let white = RowColor::Rgb(Rgb([255; 3]));
        for radius in [MAX_DISC_RADIUS + 1, u16::MAX] {
            let refused = shape.fit(disc(radius), white).map_err(|fault| fault.reason);
            assert_eq!(refused, Err(BadLineReason::DiscTooLarge));
        }
    }
}
