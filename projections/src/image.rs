//! Pictures of a canvas.

use event_store::event::Size;
use event_store::{Palette, PaletteIndex, Region};

use crate::grid::Grid;

/// The greatest scale: each cell is a square of this many pixels' side.
pub const MAX_SCALE: u16 = 32;

/// The most pixels of a picture: 64 megapixels, the largest canvas at scale 1.
pub const MAX_PIXELS: u64 = 64 << 20;

const _: () = assert!(
    MAX_PIXELS >= event_store::event::MAX_SIDE as u64 * event_store::event::MAX_SIDE as u64
);

/// A picture that is not made.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The scale is not from 1 to [`MAX_SCALE`].
    #[error("scale {scale} is not from 1 to {MAX_SCALE}")]
    Scale {
        /// The scale asked for.
        scale: u16,
    },
    /// The region has no cell, or reaches out of the canvas.
    #[error("region does not lie on the canvas of {}×{} cells", size.width, size.height)]
    Region {
        /// The canvas's size.
        size: Size,
    },
    /// More than [`MAX_PIXELS`].
    #[error("picture has {pixels} pixels, lawful are up to {MAX_PIXELS}")]
    Pixels {
        /// How many it would have.
        pixels: u64,
    },
    /// The encoder failed.
    #[error("could not encode picture")]
    Encode(#[source] png::EncodingError),
}

/// A PNG of a region, or of the whole grid, each cell `scale` pixels wide and high.
///
/// The pixels are the palette indexes, the palette is the round's; cells that are not open are
/// transparent.
///
/// # Errors
/// [`ImageError`].
pub fn png(
    grid: &Grid,
    palette: &Palette,
    region: Option<Region>,
    scale: u16,
) -> Result<Vec<u8>, ImageError> {
    if !(1..=MAX_SCALE).contains(&scale) {
        return Err(ImageError::Scale { scale });
    }
    let size = grid.size();
    let whole = Region {
        x: 0,
        y: 0,
        width: size.width,
        height: size.height,
    };
    let region = region.unwrap_or(whole);
    let is_empty = region.width == 0 || region.height == 0;
    if is_empty || region.clipped_to(size) != region {
        return Err(ImageError::Region { size });
    }
    let width = u32::from(region.width) * u32::from(scale);
    let height = u32::from(region.height) * u32::from(scale);
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(ImageError::Pixels { pixels });
    }
    let rows = rows_of(grid, region);
    encode(rows, palette, (width, height), scale).map_err(ImageError::Encode)
}

fn rows_of(grid: &Grid, region: Region) -> impl Iterator<Item = &[u8]> {
    let columns = usize::from(region.x)..usize::from(region.x) + usize::from(region.width);
    let rows = grid.cells().chunks_exact(usize::from(grid.size().width));
    let wanted = rows.skip(region.y.into()).take(region.height.into());
    wanted.filter_map(move |row| row.get(columns.clone()))
}

fn encode<'a>(
    rows: impl Iterator<Item = &'a [u8]>,
    palette: &Palette,
    (width, height): (u32, u32),
    scale: u16,
) -> Result<Vec<u8>, png::EncodingError> {
    use std::io::Write;

    // Every index of a byte has an entry, so that none can be out of range for a reader.
    let mut colors = palette
        .colors()
        .iter()
        .map(|color| color.0)
        .collect::<Vec<_>>();
    colors.resize(usize::from(u8::MAX) + 1, [0; 3]);
    let mut opacity = vec![u8::MAX; colors.len()];
    if let Some(not_open) = opacity.get_mut(usize::from(PaletteIndex::NOT_OPEN.0)) {
        *not_open = 0;
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(colors.concat());
    encoder.set_trns(opacity);
    encoder.set_compression(png::Compression::Balanced);
    // Filters guess a value from its neighbours', which palette indexes do not follow.
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    let mut pixels = Vec::with_capacity(width as usize);
    for row in rows {
        pixels.clear();
        pixels.extend(
            row.iter()
                .flat_map(|color| std::iter::repeat_n(*color, scale.into())),
        );
        for _ in 0..scale {
            stream
                .write_all(&pixels)
                .map_err(png::EncodingError::IoError)?;
        }
    }
    stream.finish()?;
    writer.finish()?;
    Ok(bytes)
}
