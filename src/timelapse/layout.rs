//! Where things are in a frame.

use event_store::Region;

use super::limits::{DEFAULT_BOX, MAX_FRAME_PIXELS, MAX_FRAME_SIDE, MAX_REDUCTION, MAX_SCALE};
use super::request::{Format, FrameSize, Scale};

/// A rectangle of pixels of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    /// The leftmost column.
    pub(super) x: u32,
    /// The topmost row.
    pub(super) y: u32,
    /// Columns.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
}

/// The strip below the canvas: its place, and how large its letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Strip {
    /// The place, as wide as the frame.
    pub(super) area: Area,
    /// Pixels of each dot of a letter, in each direction.
    pub(super) dot: u32,
}

/// Where things are in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The part of the canvas that is shown.
    pub(super) region: Region,
    /// How its cells become pixels.
    pub(super) scale: Scale,
    /// The frame.
    pub(super) frame: FrameSize,
    /// Where the region is; it begins at even pixels.
    pub(super) content: Area,
    /// Where the caption is, if there is one.
    pub(super) strip: Option<Strip>,
}

/// A layout that there is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A frame beyond the bounds.
    #[error(
        "a frame of {frame} pixels is more than is rendered: {MAX_FRAME_PIXELS} pixels, \
         {MAX_FRAME_SIDE} a side"
    )]
    TooLarge {
        /// The frame asked for, or that the scale asked for needs.
        frame: FrameSize,
    },
    /// The region at that scale, with its caption, does not fit the frame.
    #[error("the region at scale {scale} needs a frame of {needed}, not {frame}")]
    DoesNotFit {
        /// The scale.
        scale: Scale,
        /// What it needs.
        needed: FrameSize,
        /// The frame asked for.
        frame: FrameSize,
    },
}

/// Dots above and below the letters of a strip.
const STRIP_PADDING_DOTS: u32 = 4;

/// Dots of a letter's height; see `caption`.
pub(super) const LETTER_HEIGHT_DOTS: u32 = 20;

/// A frame is so many rows high for each pixel of a dot: letters are a 27th of the picture then.
const ROWS_A_DOT: u32 = 540;

fn strip_height(dot: u32) -> u32 {
    (LETTER_HEIGHT_DOTS + 2 * STRIP_PADDING_DOTS) * dot
}

fn dot_for(height: u32) -> u32 {
    (height / ROWS_A_DOT).max(1)
}

impl Layout {
    /// The layout of a region that is not empty.
    ///
    /// # Errors
    /// [`LayoutError`]
    pub(super) fn new(
        format: Format,
        region: Region,
        scale: Option<Scale>,
        frame: Option<FrameSize>,
        has_caption: bool,
    ) -> Result<Self, LayoutError> {
        let even = |side: u32| match format.has_even_sides() {
            true => side.next_multiple_of(2),
            false => side,
        };
        let at = |scale: Scale| FrameSize {
            width: scale.pixels(region.width),
            height: scale.pixels(region.height),
        };
        let fitted = |width: u32, height: u32| {
            let fits = |scale: &Scale| at(*scale).width <= width && at(*scale).height <= height;
            let up = (1..=MAX_SCALE).rev().map(Scale::Up);
            let down = (2..=MAX_REDUCTION).map(Scale::Down);
            up.chain(down).find(fits)
        };
        let smallest = Scale::Down(MAX_REDUCTION);
        let strip_of = |height: u32| match has_caption {
            true => strip_height(dot_for(height)),
            false => 0,
        };
        let (scale, size) = match (scale, frame) {
            (scale, Some(frame)) => {
                let frame = FrameSize {
                    width: even(frame.width),
                    height: even(frame.height),
                };
                let room = frame.height.saturating_sub(strip_of(frame.height));
                let fitting = scale.or_else(|| fitted(frame.width, room));
                (fitting.unwrap_or(smallest), frame)
            }
            (scale, None) => {
                let (width, height) = DEFAULT_BOX;
                let whole = || fitted(width, height).filter(|scale| matches!(scale, Scale::Up(_)));
                let cells = || Some(Scale::Up(1)).filter(|scale| is_lawful(at(*scale)));
                let reduced = || fitted(MAX_FRAME_SIDE / 2, MAX_FRAME_SIDE / 2);
                let scale = scale.or_else(whole).or_else(cells).or_else(reduced);
                let scale = scale.unwrap_or(smallest);
                let content = at(scale);
                let frame = FrameSize {
                    width: even(content.width),
                    height: even(content.height + strip_of(content.height)),
                };
                (scale, frame)
            }
        };
        if !is_lawful(size) {
            return Err(LayoutError::TooLarge { frame: size });
        }
        let strip_rows = match frame {
            Some(_) => strip_of(size.height),
            None => strip_of(at(scale).height),
        };
        Self::arranged(region, scale, size, at(scale), strip_rows)
    }

    fn arranged(
        region: Region,
        scale: Scale,
        frame: FrameSize,
        content: FrameSize,
        strip_rows: u32,
    ) -> Result<Self, LayoutError> {
        let needed = FrameSize {
            width: content.width,
            height: content.height + strip_rows,
        };
        if needed.width > frame.width || needed.height > frame.height {
            return Err(LayoutError::DoesNotFit {
                scale,
                needed,
                frame,
            });
        }
        let middle = |room: u32, length: u32| ((room - length) / 2) & !1;
        let rows = frame.height - strip_rows;
        let strip = (strip_rows > 0).then(|| Strip {
            area: Area {
                x: 0,
                y: rows,
                width: frame.width,
                height: strip_rows,
            },
            dot: strip_rows / strip_height(1),
        });
        Ok(Self {
            region,
            scale,
            frame,
            content: Area {
                x: middle(frame.width, content.width),
                y: middle(rows, content.height),
                width: content.width,
                height: content.height,
            },
            strip,
        })
    }
}

fn is_lawful(frame: FrameSize) -> bool {
    let is_side = |side| (1..=MAX_FRAME_SIDE).contains(&side);
    is_side(frame.width) && is_side(frame.height) && frame.pixels() <= MAX_FRAME_PIXELS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(width: u16, height: u16) -> Region {
        Region {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    fn frame(width: u32, height: u32) -> FrameSize {
        FrameSize { width, height }
    }

    fn chosen(format: Format, region: Region, size: Option<FrameSize>) -> (Scale, FrameSize) {
        let layout = Layout::new(format, region, None, size, false).unwrap();
        (layout.scale, layout.frame)
    }

    #[test]
    fn the_largest_whole_scale_that_fits_is_chosen() {
        let full = Some(frame(1_920, 1_080));
        let mp4 = |region| chosen(Format::Mp4, region, full).0;
        assert_eq!(mp4(region(1_000, 1_000)), Scale::Up(1));
        assert_eq!(mp4(region(500, 500)), Scale::Up(2));
        assert_eq!(mp4(region(2_000, 2_000)), Scale::Down(2));
        assert_eq!(mp4(region(8_192, 8_192)), Scale::Down(8));
        assert_eq!(mp4(region(1, 1)), Scale::Up(32));
        let alone = |region| chosen(Format::Webp, region, None);
        assert_eq!(
            alone(region(2_000, 2_000)),
            (Scale::Up(1), frame(2_000, 2_000))
        );
        assert_eq!(alone(region(101, 99)), (Scale::Up(10), frame(1_010, 990)));
        assert_eq!(
            alone(region(8_192, 8_192)),
            (Scale::Down(4), frame(2_048, 2_048))
        );
        assert_eq!(alone(region(8_192, 1)), (Scale::Down(4), frame(2_048, 1)));
    }

    #[test]
    fn videos_have_even_sides_and_content_begins_at_even_pixels() {
        let at_one = Some(Scale::Up(1));
        let layout = Layout::new(Format::Mp4, region(5, 3), at_one, None, false).unwrap();
        assert_eq!(layout.frame, frame(6, 4));
        let size = Some(frame(15, 9));
        let layout = Layout::new(Format::Webm, region(5, 3), at_one, size, false).unwrap();
        assert_eq!(layout.frame, frame(16, 10));
        let content = Area {
            x: 4,
            y: 2,
            width: 5,
            height: 3,
        };
        assert_eq!(layout.content, content);
    }

    #[test]
    fn a_caption_has_a_strip_below() {
        let size = Some(frame(1_920, 1_080));
        let layout = Layout::new(Format::Mp4, region(1_000, 1_000), None, size, true).unwrap();
        assert_eq!(
            (layout.scale, layout.frame),
            (Scale::Up(1), frame(1_920, 1_080))
        );
        let strip = layout.strip.unwrap();
        assert_eq!((strip.dot, strip.area.height, strip.area.y), (2, 56, 1_024));
        let alone = Layout::new(Format::Gif, region(9, 9), Some(Scale::Up(4)), None, true);
        assert_eq!(alone.unwrap().frame, frame(36, 36 + 28));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused =
            |region, scale, size| Layout::new(Format::Mp4, region, scale, size, false).unwrap_err();
        let too_large = |frame| LayoutError::TooLarge { frame };
        let scale = Some(Scale::Up(32));
        let error = refused(region(1_000, 1_000), scale, None);
        assert_eq!(error, too_large(frame(32_000, 32_000)));
        let size = frame(4_096, 4_096);
        assert_eq!(refused(region(1, 1), None, Some(size)), too_large(size));
        assert_eq!(
            refused(region(1, 1), None, Some(frame(0, 2))),
            too_large(frame(0, 2))
        );
        let error = refused(region(100, 100), Some(Scale::Up(2)), Some(frame(100, 300)));
        let expected = LayoutError::DoesNotFit {
            scale: Scale::Up(2),
            needed: frame(200, 200),
            frame: frame(100, 300),
        };
        assert_eq!(error, expected);
        let error = refused(region(8_192, 8_192), None, Some(frame(64, 64)));
        assert!(matches!(error, LayoutError::DoesNotFit { .. }));
    }
}
