//! The placements that can still be taken back.

use std::collections::VecDeque;

use event_store::event::{CellContent, PlacementUndone};
use event_store::{Cell, Event, PlayerId, RoundId, UnixMs, Version};

use super::{Applied, Canvas};

/// The most placements that an [`UndoWindow`] holds, about 5 MiB: 13 000 a second for 5 seconds,
/// seven times Reddit's best five minutes of 2022. Beyond it the oldest can no longer be undone.
pub const MAX_UNDOABLE: usize = 65_536;

/// Why a placement cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoRefusal {
    /// No placement that was made inside the window has this version.
    Unknown,
    /// Somebody else made it.
    NotYours,
    /// The window for it is over.
    TooLate,
    /// The cell was set again since, or the placement was already taken back.
    Overwritten,
    /// Its round is over.
    RoundOver,
}

#[derive(Clone, Copy, Debug)]
struct Undoable {
    version: Version,
    at: UnixMs,
    player: PlayerId,
    round: RoundId,
    cell: Cell,
    previous: CellContent,
    is_undone: bool,
}

/// The recent placements with what their cells held before, oldest first.
///
/// It is fed beside the canvas and lost on restart: a placement can then no longer be taken back.
#[derive(Clone, Debug)]
pub struct UndoWindow {
    window_ms: i64,
    placements: VecDeque<Undoable>,
}

impl UndoWindow {
    /// An empty window: a placement can be taken back for `window_ms` after its own time.
    pub fn new(window_ms: u32) -> Self {
        Self {
            window_ms: window_ms.into(),
            placements: VecDeque::new(),
        }
    }

    /// Takes note of an event that was applied to the canvas. Versions must rise.
    pub fn record(&mut self, version: Version, at: UnixMs, event: &Event, applied: &Applied) {
        while self
            .placements
            .front()
            .is_some_and(|oldest| self.is_over(oldest, at))
        {
            self.placements.pop_front();
        }
        match applied {
            Applied::Placed { previous, .. } => {
                if let Event::PlacementMade(made) = event {
                    self.push(Undoable {
                        version,
                        at,
                        player: made.player,
                        round: made.round,
                        cell: made.cell,
                        previous: *previous,
                        is_undone: false,
                    });
                }
            }
            Applied::Undone { .. } => {
                if let Event::PlacementUndone(undone) = event {
                    self.mark_undone(undone.placement);
                }
            }
            Applied::RoundOpened => self.placements.clear(),
            Applied::Ignored
            | Applied::Repainted(_)
            | Applied::RoundClosed
            | Applied::Expanded
            | Applied::PaletteExtended
            | Applied::CooldownChanged
            | Applied::BanChanged
            | Applied::LockChanged
            | Applied::ProtectionChanged
            | Applied::Announced => {}
        }
    }

    /// The event that takes a placement back, when that is allowed at `now`. `canvas` must be the
    /// one that this window was fed beside.
    ///
    /// # Errors
    /// [`UndoRefusal`], a lawful no.
    pub fn undo(
        &self,
        canvas: &Canvas,
        player: PlayerId,
        placement: Version,
        now: UnixMs,
    ) -> Result<PlacementUndone, UndoRefusal> {
        let found = self.find(placement).ok_or(UndoRefusal::Unknown)?;
        if found.player != player {
            return Err(UndoRefusal::NotYours);
        }
        if self.is_over(&found, now) {
            return Err(UndoRefusal::TooLate);
        }
        if !canvas.field().is_some_and(|field| field.runs(found.round)) {
            return Err(UndoRefusal::RoundOver);
        }
        let holds = canvas.cell(found.cell).map(|content| content.version);
        if found.is_undone || holds != Some(placement) {
            return Err(UndoRefusal::Overwritten);
        }
        Ok(PlacementUndone {
            round: found.round,
            player,
            placement,
            cell: found.cell,
            restored: found.previous,
        })
    }

    /// How many placements are held, at most [`MAX_UNDOABLE`].
    pub fn len(&self) -> usize {
        self.placements.len()
    }

    /// Whether no placement is held.
    pub fn is_empty(&self) -> bool {
        self.placements.is_empty()
    }

    fn is_over(&self, placement: &Undoable, now: UnixMs) -> bool {
        now.ms_since(placement.at) > self.window_ms
    }

    fn push(&mut self, placement: Undoable) {
        if self.placements.len() == MAX_UNDOABLE {
            self.placements.pop_front();
        }
        self.placements.push_back(placement);
    }

    fn find(&self, version: Version) -> Option<Undoable> {
        let at = self.index_of(version)?;
        self.placements.get(at).copied()
    }

    /// A placement that was taken back stays so, even when a roll-back makes it the cell's content
    /// again: its charge was given back already.
    fn mark_undone(&mut self, version: Version) {
        let found = self
            .index_of(version)
            .and_then(|at| self.placements.get_mut(at));
        if let Some(placement) = found {
            placement.is_undone = true;
        }
    }

    fn index_of(&self, version: Version) -> Option<usize> {
        self.placements
            .binary_search_by_key(&version, |known| known.version)
            .ok()
    }
}
