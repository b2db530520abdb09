//! The board files of Pxls as the start of a round.
//!
//! `board.dat` is one byte a cell by rows: the palette index, or 255 where nobody has placed.
//! `placemap.dat`, if there is one, likewise: 0 where players may place, 2 where they may beside
//! what is placed already, anything else where they may not (Pxls, `App.java`). Such a board
//! becomes an opening, whose mask has the cells of 0 and 2, and as many [`CellsRestored`] as it
//! takes, of nobody, with the cells that are placed on and open.

use std::io;
use std::sync::Arc;

use event_store::event::{
    CellContent, CellsRestored, MAX_RESTORED_CELLS, RestoredCell, RoundOpened, Size,
};
use event_store::{
    Cell, CooldownRule, Event, EventStore, Mask, Palette, PaletteIndex, RoundId, UnixMs, Version,
};
use tokio::task::spawn_blocking;

use super::events::{
    EventImportError, EventImportSummary, Spool, Spooled, TargetLog, append_spooled,
};
use super::import::finished;
use super::input::{Source, SourceError};
use super::progress::{Meter, OnProgress};
use crate::config::background_of;

/// Where nobody has placed.
const VIRGIN: u8 = 255;

/// What the round's events say why.
const REASON: &str = "pxls board";

/// A board that is to become a round.
#[derive(Clone, Debug)]
pub struct PxlsBoard {
    /// `board.dat`.
    pub board: Source,
    /// `placemap.dat`, if there is one.
    pub placemap: Option<Source>,
    /// The board's size.
    pub size: Size,
    /// Its palette.
    pub palette: Palette,
    /// The round's cooldown.
    pub cooldown: CooldownRule,
    /// The round's title.
    pub title: String,
    /// When the round begins.
    pub at: UnixMs,
    /// Whether a round that runs may be ended by it.
    pub replaces_round: bool,
}

/// Why a board was not imported.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// A file could not be read. Nothing was appended.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file has not one byte for each cell. Nothing was appended.
    #[error("{source_name} has {found}, expected {expected} bytes for a board of that size")]
    Length {
        /// The file.
        source_name: String,
        /// How many bytes it has, as far as it was read.
        found: String,
        /// How many cells there are.
        expected: usize,
    },
    /// A cell has a colour that the palette does not have. Nothing was appended.
    #[error("cell {x},{y} has the colour {index}, and the palette has {colors}")]
    NotInPalette {
        /// The cell's column.
        x: u16,
        /// The cell's row.
        y: u16,
        /// Its palette index.
        index: u8,
        /// How many colours there are.
        colors: usize,
    },
    /// The events could not be kept or appended.
    #[error(transparent)]
    Events(#[from] EventImportError),
}

/// Opens a round that begins as a board. The same board, whenever it is imported, adds nothing the
/// second time; an import that was cut off goes on.
///
/// # Errors
/// [`BoardError`]
pub async fn import_board(
    store: Arc<dyn EventStore>,
    board: PxlsBoard,
    target: TargetLog,
    on_progress: OnProgress,
) -> Result<EventImportSummary, BoardError> {
    let replaces_round = board.replaces_round;
    let spooled = finished(spawn_blocking(move || spool(&board)).await)?;
    let meter = Meter::new(on_progress);
    let appended = append_spooled(store.as_ref(), spooled, target, replaces_round, &meter);
    Ok(appended.await?)
}

fn spool(board: &PxlsBoard) -> Result<Spooled, BoardError> {
    let kept = |error: io::Error| BoardError::Events(EventImportError::Spool(error));
    let cells = one_byte_a_cell(&board.board, board.size)?;
    let open: Option<Vec<bool>> = match &board.placemap {
        None => None,
        Some(placemap) => {
            let placemap = one_byte_a_cell(placemap, board.size)?;
            Some(placemap.iter().map(|kind| matches!(kind, 0 | 2)).collect())
        }
    };
    let background = background_of(&board.palette);
    let opened = Event::RoundOpened(RoundOpened {
        round: RoundId(1),
        size: board.size,
        palette: board.palette.clone(),
        background,
        cooldown: board.cooldown,
        mask: open.as_ref().map(|open| Mask::new(open.iter().copied())),
        title: board.title.clone(),
    });
    // Its time is that of the import, and may not make another board of it.
    let mut spool = Spool::untimed().map_err(kept)?;
    let mut version = Version(1);
    spool.push(version, board.at, &opened).map_err(kept)?;
    let mut restored = Vec::with_capacity(MAX_RESTORED_CELLS);
    for (index, color) in (0u32..).zip(&cells) {
        let is_open = open.as_ref().is_none_or(|open| open[index as usize]);
        let Some(cell) = board.size.cell_at(index).filter(|_| is_open) else {
            continue;
        };
        restored.extend(placed(board, cell, *color, background)?);
        if restored.len() == MAX_RESTORED_CELLS {
            version = version.next();
            let event = restoring(std::mem::take(&mut restored));
            spool.push(version, board.at, &event).map_err(kept)?;
        }
    }
    if !restored.is_empty() {
        let event = restoring(restored);
        spool.push(version.next(), board.at, &event).map_err(kept)?;
    }
    spool.finish().map_err(kept)
}

fn one_byte_a_cell(source: &Source, size: Size) -> Result<Vec<u8>, BoardError> {
    let expected = size.cells();
    let bytes = source.read_bytes(expected)?;
    match bytes.len() {
        found if found == expected => Ok(bytes),
        found => Err(BoardError::Length {
            source_name: source.to_string(),
            found: match found > expected {
                true => "more bytes".to_owned(),
                false => format!("{found} bytes"),
            },
            expected,
        }),
    }
}

/// A cell that differs from the round's background.
fn placed(
    board: &PxlsBoard,
    cell: Cell,
    index: u8,
    background: PaletteIndex,
) -> Result<Option<RestoredCell>, BoardError> {
    let color = PaletteIndex(index);
    if index == VIRGIN || color == background {
        return Ok(None);
    }
    if !board.palette.contains(color) {
        return Err(BoardError::NotInPalette {
            x: cell.x,
            y: cell.y,
            index,
            colors: board.palette.colors().len(),
        });
    }
    let content = CellContent {
        color,
        author: None,
        version: Version::ZERO,
    };
    Ok(Some(RestoredCell { cell, content }))
}

fn restoring(cells: Vec<RestoredCell>) -> Event {
    Event::CellsRestored(CellsRestored {
        round: RoundId(1),
        cells,
        by: None,
        reason: REASON.to_owned(),
    })
}
