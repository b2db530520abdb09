//! Blue, green, red and opacity, a byte each: what the encoder of WebP takes without loss.

use event_store::Rgb;

use super::{Planes, Surface, rows_mut};
use crate::timelapse::layout::Area;
use crate::timelapse::request::FrameSize;

const BYTES_A_PIXEL: u32 = 4;

/// A frame of blue, green, red and opacity.
pub(in crate::timelapse) struct Bgra {
    width: u32,
    bytes: Vec<u8>,
}

impl Bgra {
    /// A transparent frame.
    pub(in crate::timelapse) fn new(size: FrameSize) -> Self {
        let bytes = size.pixels() * u64::from(BYTES_A_PIXEL);
        Self {
            width: size.width,
            bytes: vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)],
        }
    }
}

impl Surface for Bgra {
    type Ink = [u8; BYTES_A_PIXEL as usize];

    fn ink(&self, Rgb([red, green, blue]): Rgb) -> Self::Ink {
        [blue, green, red, u8::MAX]
    }

    fn fill(&mut self, area: Area, ink: Self::Ink) {
        let in_bytes = Area {
            x: area.x * BYTES_A_PIXEL,
            width: area.width * BYTES_A_PIXEL,
            ..area
        };
        rows_mut(
            &mut self.bytes,
            self.width * BYTES_A_PIXEL,
            in_bytes,
            |row| {
                for pixel in row.chunks_exact_mut(ink.len()) {
                    pixel.copy_from_slice(&ink);
                }
            },
        );
    }
}

impl Planes for Bgra {
    const PIXEL_FORMAT: &'static str = "bgra";

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
