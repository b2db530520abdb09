//! Indexes of a table of at most 256 colours: what a GIF is made of.

use event_store::event::MAX_COLORS;
use event_store::{Palette, Rgb};

use super::{Surface, rows_mut};
use crate::timelapse::layout::Area;
use crate::timelapse::request::FrameSize;

/// The colours of a GIF: those of the canvas, unchanged and in their order, as many of a few others
/// as there is room for, and one index for what does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::timelapse) struct ColorTable {
    colors: Vec<Rgb>,
}

impl ColorTable {
    /// The table of a palette and of others that are welcome, the dearest first.
    pub(in crate::timelapse) fn new(palette: &Palette, welcome: &[Rgb]) -> Self {
        let mut colors = palette.colors().to_vec();
        for color in welcome {
            if colors.len() < MAX_COLORS && !colors.contains(color) {
                colors.push(*color);
            }
        }
        Self { colors }
    }

    /// The index that stands for what was there before.
    pub(in crate::timelapse) fn unchanged(&self) -> u8 {
        u8::try_from(self.colors.len()).unwrap_or(u8::MAX)
    }

    /// The table as bytes, red, green and blue, with an entry for [`ColorTable::unchanged`].
    pub(in crate::timelapse) fn bytes(&self) -> Vec<u8> {
        let colors = self.colors.iter().map(|color| color.0);
        colors.chain([[0; 3]]).flatten().collect()
    }

    /// The index of a colour, or of the one nearest to it.
    fn nearest(&self, color: Rgb) -> u8 {
        let distance = |other: &Rgb| -> u32 {
            let parts = color.0.iter().zip(other.0);
            parts
                .map(|(left, right)| u32::from(left.abs_diff(right)).pow(2))
                .sum()
        };
        let nearest = self.colors.iter().enumerate();
        let nearest = nearest.min_by_key(|(_, other)| distance(other));
        nearest.map_or(0, |(at, _)| u8::try_from(at).unwrap_or(u8::MAX))
    }
}

/// The table has room for what is unchanged beside the largest palette.
const _: () = assert!(MAX_COLORS <= u8::MAX as usize);

/// A frame of indexes, which remembers where it was drawn on.
pub(in crate::timelapse) struct Indexed {
    size: FrameSize,
    table: ColorTable,
    pixels: Vec<u8>,
    drawn: Option<Area>,
}

impl Indexed {
    /// A frame that is [`ColorTable::unchanged`] all over.
    pub(in crate::timelapse) fn new(size: FrameSize, table: ColorTable) -> Self {
        let pixels = usize::try_from(size.pixels()).unwrap_or(usize::MAX);
        Self {
            size,
            pixels: vec![table.unchanged(); pixels],
            table,
            drawn: None,
        }
    }

    /// The colours.
    pub(in crate::timelapse) fn table(&self) -> &ColorTable {
        &self.table
    }

    /// The size.
    pub(in crate::timelapse) fn size(&self) -> FrameSize {
        self.size
    }

    /// The indexes, by rows.
    pub(in crate::timelapse) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The box around all that was drawn since the last call; none when nothing was.
    pub(in crate::timelapse) fn take_drawn(&mut self) -> Option<Area> {
        self.drawn.take()
    }
}

impl Surface for Indexed {
    type Ink = u8;

    fn ink(&self, color: Rgb) -> u8 {
        self.table.nearest(color)
    }

    fn fill(&mut self, area: Area, ink: u8) {
        rows_mut(&mut self.pixels, self.size.width, area, |row| row.fill(ink));
        self.drawn = Some(match self.drawn {
            None => area,
            Some(drawn) => around(drawn, area),
        });
    }
}

fn around(one: Area, other: Area) -> Area {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    let right = (one.x + one.width).max(other.x + other.width);
    let below = (one.y + one.height).max(other.y + other.height);
    Area {
        x,
        y,
        width: right - x,
        height: below - y,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grays(count: u8) -> Palette {
        Palette::new((0..count).map(|gray| Rgb([gray; 3])).collect()).unwrap()
    }

    #[test]
    fn the_canvas_keeps_its_colors_however_many_there_are() {
        let welcome = [Rgb([20, 22, 29]), Rgb([3, 3, 3])];
        let table = ColorTable::new(&grays(4), &welcome);
        assert_eq!((table.unchanged(), table.bytes().len()), (5, 18));
        assert_eq!(table.nearest(welcome[0]), 4);
        assert_eq!(table.nearest(welcome[1]), 3);
        let full = ColorTable::new(&grays(255), &welcome);
        assert_eq!((full.unchanged(), full.bytes().len()), (255, 768));
        assert_eq!(full.nearest(welcome[0]), 24);
        for gray in 0..255 {
            assert_eq!(full.nearest(Rgb([gray; 3])), gray);
        }
    }
}
