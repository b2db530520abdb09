//! What frames are drawn on. Only what changes is drawn, so that a frame costs as much as its
//! changes.

mod bgra;
mod indexed;
mod yuv420;

use event_store::Rgb;

use super::layout::Area;

pub(super) use bgra::Bgra;
pub(super) use indexed::{ColorTable, Indexed};
pub(super) use yuv420::Yuv420;

/// The pixels of a frame, in the form that the writer of a film takes them.
pub(super) trait Surface {
    /// A colour in that form.
    type Ink: Copy;

    /// The ink nearest to a colour.
    fn ink(&self, color: Rgb) -> Self::Ink;

    /// Fills an area, which lies inside of the frame.
    fn fill(&mut self, area: Area, ink: Self::Ink);
}

/// A surface whose frames are sent to a program byte by byte.
pub(super) trait Planes: Surface {
    /// The name of the form, as ffmpeg has it.
    const PIXEL_FORMAT: &'static str;

    /// The bytes of the frame as it is.
    fn bytes(&self) -> &[u8];
}

/// Calls `fill` with every row of an area in a buffer of `width` values a row.
fn rows_mut<T>(buffer: &mut [T], width: u32, area: Area, mut fill: impl FnMut(&mut [T])) {
    let (width, length) = (width as usize, area.width as usize);
    let rows = buffer.chunks_exact_mut(width);
    let rows = rows.skip(area.y as usize).take(area.height as usize);
    for row in rows {
        if let Some(part) = row.get_mut(area.x as usize..area.x as usize + length) {
            fill(part);
        }
    }
}
