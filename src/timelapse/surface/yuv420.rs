//! Brightness of every pixel, and colour of every two by two of them: what video encoders take.
//!
//! Values are those of ITU-R BT.709 in the limited range: 16 to 235 for brightness, 16 to 240 for
//! colour (sections 3 and 4 of the recommendation).

use event_store::Rgb;

use super::{Planes, Surface, rows_mut};
use crate::timelapse::layout::Area;
use crate::timelapse::request::FrameSize;

/// Brightness, and both differences of colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::timelapse) struct YuvInk {
    luma: u8,
    chroma: [u8; 2],
}

/// A frame of planes; both sides are even.
pub(in crate::timelapse) struct Yuv420 {
    width: u32,
    height: u32,
    /// Brightness by rows, then each difference of colour at half the width and height.
    planes: Vec<u8>,
    /// Both differences of colour of every pixel, by rows: the samples are means of these.
    chroma: Vec<[u8; 2]>,
}

impl Yuv420 {
    /// A black frame.
    pub(in crate::timelapse) fn new(size: FrameSize) -> Self {
        let pixels = usize::try_from(size.pixels()).unwrap_or(usize::MAX);
        let mut planes = vec![16; pixels];
        planes.resize(pixels + pixels / 2, 128);
        Self {
            width: size.width,
            height: size.height,
            planes,
            chroma: vec![[128; 2]; pixels],
        }
    }

    fn pixels(&self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Takes the mean of every two by two pixels that the area touches.
    fn sample(&mut self, area: Area) {
        let (width, samples_a_row) = (self.width as usize, self.width as usize / 2);
        let columns = area.x as usize / 2..(area.x + area.width).div_ceil(2) as usize;
        let rows = area.y as usize / 2..(area.y + area.height).div_ceil(2) as usize;
        let (_, samples) = self.planes.split_at_mut(width * self.height as usize);
        let half = samples.len() / 2;
        let (blues, reds) = samples.split_at_mut(half);
        for row in rows {
            for column in columns.clone() {
                let above = row * 2 * width + column * 2;
                let below = above + width;
                let of_four = |part: usize| {
                    let of = |at: usize| u16::from(self.chroma[at][part]);
                    let sum = of(above) + of(above + 1) + of(below) + of(below + 1);
                    u8::try_from((sum + 2) / 4).unwrap_or(u8::MAX)
                };
                let at = row * samples_a_row + column;
                (blues[at], reds[at]) = (of_four(0), of_four(1));
            }
        }
    }
}

impl Surface for Yuv420 {
    type Ink = YuvInk;

    fn ink(&self, Rgb(color): Rgb) -> YuvInk {
        let [red, green, blue] = color.map(|part| f64::from(part) / 255.0);
        let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let difference = |part: f64, range: f64| whole(128.0 + (part - luma) / range * 224.0);
        YuvInk {
            luma: whole(16.0 + luma * 219.0),
            chroma: [difference(blue, 1.8556), difference(red, 1.5748)],
        }
    }

    fn fill(&mut self, area: Area, ink: YuvInk) {
        let pixels = self.pixels();
        let (luma, _) = self.planes.split_at_mut(pixels);
        rows_mut(luma, self.width, area, |row| row.fill(ink.luma));
        rows_mut(&mut self.chroma, self.width, area, |row| {
            row.fill(ink.chroma)
        });
        self.sample(area);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to a byte's range"
)]
fn whole(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

impl Planes for Yuv420 {
    const PIXEL_FORMAT: &'static str = "yuv420p";

    fn bytes(&self) -> &[u8] {
        &self.planes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(color: [u8; 3]) -> (u8, [u8; 2]) {
        let size = FrameSize {
            width: 2,
            height: 2,
        };
        let ink = Yuv420::new(size).ink(Rgb(color));
        (ink.luma, ink.chroma)
    }

    /// The bars of BT.709 as SMPTE RP 219 lists them, in 8 bits at full level.
    #[test]
    fn primary_colors_are_those_of_the_recommendation() {
        assert_eq!(ink([255, 255, 255]), (235, [128, 128]));
        assert_eq!(ink([0, 0, 0]), (16, [128, 128]));
        assert_eq!(ink([255, 255, 0]), (219, [16, 138]));
        assert_eq!(ink([0, 255, 255]), (188, [154, 16]));
        assert_eq!(ink([0, 255, 0]), (173, [42, 26]));
        assert_eq!(ink([255, 0, 0]), (63, [102, 240]));
        assert_eq!(ink([0, 0, 255]), (32, [240, 118]));
    }

    #[test]
    fn a_sample_of_color_is_the_mean_of_its_four_pixels() {
        let size = FrameSize {
            width: 4,
            height: 2,
        };
        let mut surface = Yuv420::new(size);
        let pixel = Area {
            x: 1,
            y: 1,
            width: 1,
            height: 1,
        };
        surface.fill(pixel, surface.ink(Rgb([255, 0, 0])));
        let luma = [16, 16, 16, 16, 16, 63, 16, 16];
        let (blue, red) = ([122, 128], [156, 128]);
        assert_eq!(surface.bytes(), [&luma[..], &blue, &red].concat());
        let across = Area {
            x: 1,
            y: 0,
            width: 2,
            height: 2,
        };
        surface.fill(across, surface.ink(Rgb([0, 0, 255])));
        let luma = [16, 32, 32, 16, 16, 32, 32, 16];
        let (blue, red) = ([184, 184], [123, 123]);
        assert_eq!(surface.bytes(), [&luma[..], &blue, &red].concat());
    }
}
