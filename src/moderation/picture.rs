//! The picture of a preview: how it is, and how it would be.

use event_store::event::Size;
use event_store::{Palette, PaletteIndex, Region, UnixMs};
use projections::image::{MAX_SCALE, png};
use projections::{Field, Grid};

use super::plan::whole;
use super::{ActError, Actor, Moderation, PreviewId};

/// The greatest side of either half, in pixels; a larger region is shown by every n-th cell.
pub const MAX_PICTURE_SIDE: u16 = 800;

/// Cells around those that change.
const MARGIN: u16 = 4;

/// Cells between the halves.
const GAP: u16 = 2;

impl Moderation {
    /// A PNG of the region that a preview's act changes: now on the left, and as it would be on the
    /// right.
    ///
    /// # Errors
    /// [`ActError::PreviewGone`], [`ActError::NoRound`], [`ActError::Picture`].
    pub async fn picture(
        &self,
        actor: &Actor,
        id: PreviewId,
        now: UnixMs,
    ) -> Result<Vec<u8>, ActError> {
        let look = |preview: &super::Preview, plan: &super::Plan| {
            (preview.bounds, preview.version, plan.clone())
        };
        let (bounds, version, plan) = self.previews.look(id, actor, now, look)?;
        let before = self.live.read(|state| state.canvas.field().cloned());
        let before = before.ok_or(ActError::NoRound)?;
        let after = self.after(&plan).ok_or(ActError::NoRound)?;
        let draw = move || {
            let region = around(bounds, before.grid.size());
            draw(&before, &after, region)
        };
        let drawn = tokio::task::spawn_blocking(draw).await?;
        drawn.map_err(|source| ActError::Picture { version, source })
    }
}

/// The changed cells with a margin; the whole canvas when none changes.
fn around(bounds: Option<Region>, size: Size) -> Region {
    let Some(bounds) = bounds else {
        return whole(size);
    };
    let (x, y) = (
        bounds.x.saturating_sub(MARGIN),
        bounds.y.saturating_sub(MARGIN),
    );
    let right = bounds.x.saturating_add(bounds.width).saturating_add(MARGIN);
    let bottom = bounds
        .y
        .saturating_add(bounds.height)
        .saturating_add(MARGIN);
    let region = Region {
        x,
        y,
        width: right - x,
        height: bottom - y,
    };
    region.clipped_to(size)
}

fn draw(
    before: &Field,
    after: &Field,
    region: Region,
) -> Result<Vec<u8>, projections::image::ImageError> {
    let longest = region.width.max(region.height);
    let step = longest.div_ceil(MAX_PICTURE_SIDE).max(1);
    let (width, height) = (region.width.div_ceil(step), region.height.div_ceil(step));
    let scale = (MAX_PICTURE_SIDE / width.max(height)).clamp(1, MAX_SCALE);
    let size = Size {
        width: width * 2 + GAP,
        height,
    };
    let palette = longer(&before.palette, &after.palette);
    let mut cells = Vec::with_capacity(size.cells());
    for row in 0..height {
        let half = |field: &Field| -> Vec<u8> {
            let color = |column: u16| {
                let cell = event_store::Cell::new(region.x + column * step, region.y + row * step);
                let color = field.grid.color(cell).unwrap_or(PaletteIndex::NOT_OPEN);
                // A new round may have fewer colours than the picture's palette.
                color.0
            };
            (0..width).map(color).collect()
        };
        cells.extend(half(before));
        cells.extend(std::iter::repeat_n(PaletteIndex::NOT_OPEN.0, GAP.into()));
        cells.extend(half(after));
    }
    let grid = Grid::from_cells(size, cells);
    let grid = grid.ok_or(projections::image::ImageError::Region { size })?;
    png(&grid, palette, None, scale)
}

/// A picture has one palette: that of the round that runs, unless the act makes it longer.
fn longer<'a>(before: &'a Palette, after: &'a Palette) -> &'a Palette {
    match after.colors().starts_with(before.colors()) {
        true => after,
        false => before,
    }
}
