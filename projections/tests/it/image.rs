//! Pictures decode back to the cells that they were made of.

use event_store::{Palette, PaletteIndex, Region};
use projections::Grid;
use projections::image::{ImageError, MAX_PIXELS, png};

use crate::support::{palette, size};

/// The indexes, the width, and the picture's info.
fn decoded(bytes: &[u8]) -> (Vec<u8>, u32, Vec<u8>, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::IDENTITY);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("small")];
    let frame = reader.next_frame(&mut pixels).expect("a frame");
    pixels.truncate(frame.buffer_size());
    assert_eq!(frame.color_type, png::ColorType::Indexed);
    let info = reader.info();
    let colors = info.palette.clone().expect("a palette").into_owned();
    let opacity = info.trns.clone().expect("opacities").into_owned();
    (pixels, frame.width, colors, opacity)
}

fn grid() -> (Grid, Palette) {
    let cells = (0..12).map(|n| if n == 5 { 255 } else { n % 4 }).collect();
    let grid = Grid::from_cells(size(4, 3), cells).expect("of its size");
    (grid, palette(4))
}

#[test]
fn the_pixels_are_the_indexes_and_closed_cells_are_transparent() {
    let (grid, palette) = grid();
    let (pixels, width, colors, opacity) = decoded(&png(&grid, &palette, None, 1).expect("made"));
    assert_eq!((pixels.as_slice(), width), (grid.cells(), 4));
    assert_eq!(colors[..12], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    assert_eq!(opacity[usize::from(PaletteIndex::NOT_OPEN.0)], 0);
    assert!(opacity[..255].iter().all(|alpha| *alpha == 255));
}

#[test]
fn a_region_is_cut_out_and_scaled_by_whole_cells() {
    let (grid, palette) = grid();
    let region = Region {
        x: 1,
        y: 1,
        width: 2,
        height: 2,
    };
    let (pixels, width, ..) = decoded(&png(&grid, &palette, Some(region), 3).expect("made"));
    let row = |a: u8, b: u8| [a, a, a, b, b, b].repeat(3);
    assert_eq!(width, 6);
    assert_eq!(pixels, [row(255, 2), row(1, 2)].concat());
}

#[test]
fn pictures_that_cannot_be_are_refused() {
    let (grid, palette) = grid();
    let region = |x, y, width, height| {
        Some(Region {
            x,
            y,
            width,
            height,
        })
    };
    let refused = |region, scale| png(&grid, &palette, region, scale).expect_err("refused");
    assert!(matches!(refused(None, 0), ImageError::Scale { scale: 0 }));
    assert!(matches!(refused(None, 33), ImageError::Scale { scale: 33 }));
    for outside in [
        region(0, 0, 5, 1),
        region(3, 2, 2, 1),
        region(0, 0, 0, 1),
        region(9, 9, 1, 1),
    ] {
        assert!(matches!(refused(outside, 1), ImageError::Region { .. }));
    }
    let big = Grid::from_cells(size(4_000, 4_000), vec![0; 16_000_000]).expect("of its size");
    let pixels = 16_000_000 * 9;
    assert!(pixels > MAX_PIXELS);
    let refused = png(&big, &palette, None, 3).expect_err("refused");
    assert!(matches!(refused, ImageError::Pixels { pixels: found } if found == pixels));
}
