//! Pictures of the canvas for messages.

use std::sync::Arc;

use event_store::{Cell, Region, Version};
use parking_lot::Mutex;
use projections::image::{self, ImageError};
use projections::{Canvas, Field};
use tokio::sync::Semaphore;

use crate::live::LiveCanvas;

/// How long the longer side of a picture is at least, in pixels, when no cell is larger than
/// [`image::MAX_SCALE`] then: what phones show without blurring it.
const LONG_SIDE: u16 = 1_280;

/// How many cells around one are shown, on each side.
const AROUND: u16 = 32;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum PictureError {
    /// No round was ever opened.
    #[error("no round was opened yet")]
    NoRound,
    /// The encoder.
    #[error("could not draw the canvas")]
    Draw(#[source] ImageError),
    /// The thread that draws.
    #[error("could not finish drawing the canvas")]
    Thread(#[source] tokio::task::JoinError),
}

/// A picture, and the version that it shows.
#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) png: Arc<Vec<u8>>,
    pub(super) version: Version,
}

/// Draws the canvas, one picture at a time.
pub(super) struct Pictures {
    live: Arc<LiveCanvas>,
    turn: Semaphore,
    /// The newest picture of the whole canvas: many ask for the same.
    newest: Mutex<Option<Drawn>>,
}

impl Pictures {
    /// Pictures of this canvas.
    pub(super) fn of(live: Arc<LiveCanvas>) -> Self {
        Self {
            live,
            turn: Semaphore::new(1),
            newest: Mutex::new(None),
        }
    }

    /// The whole canvas now.
    pub(super) async fn whole(&self) -> Result<Drawn, PictureError> {
        // The semaphore is never closed, so waiting for it cannot fail.
        let _turn = self.turn.acquire().await.ok();
        let version = self.live.version();
        let known = self.newest.lock().clone();
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(known);
        }
        let drawn = self.draw(None).await?;
        *self.newest.lock() = Some(drawn.clone());
        Ok(drawn)
    }

    /// What is around a cell that lies on the canvas.
    pub(super) async fn around(&self, cell: Cell) -> Result<Drawn, PictureError> {
        let _turn = self.turn.acquire().await.ok();
        self.draw(Some(cell)).await
    }

    async fn draw(&self, cell: Option<Cell>) -> Result<Drawn, PictureError> {
        let look = |canvas: &Canvas| Some((canvas.field()?.clone(), canvas.version()));
        let seen = self.live.read(|state| look(&state.canvas));
        let (field, version) = seen.ok_or(PictureError::NoRound)?;
        let png = tokio::task::spawn_blocking(move || png_of(&field, cell));
        let png = png.await.map_err(PictureError::Thread)?;
        Ok(Drawn {
            png: Arc::new(png.map_err(PictureError::Draw)?),
            version,
        })
    }
}

fn png_of(field: &Field, cell: Option<Cell>) -> Result<Vec<u8>, ImageError> {
    let size = field.grid.size();
    let region = match cell {
        Some(cell) => around(cell).clipped_to(size),
        None => Region {
            x: 0,
            y: 0,
            width: size.width,
            height: size.height,
        },
    };
    let long = region.width.max(region.height).max(1);
    let scale = (LONG_SIDE / long).clamp(1, image::MAX_SCALE);
    image::png(&field.grid, &field.palette, Some(region), scale)
}

fn around(cell: Cell) -> Region {
    let (x, y) = (cell.x.saturating_sub(AROUND), cell.y.saturating_sub(AROUND));
    Region {
        x,
        y,
        width: (cell.x - x).saturating_add(AROUND + 1),
        height: (cell.y - y).saturating_add(AROUND + 1),
    }
}
