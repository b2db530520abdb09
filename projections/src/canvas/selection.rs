//! Which of the canvas's cells hold somebody's work: what a roll-back takes away.

use std::collections::BTreeSet;
use std::ops::Range;

use event_store::event::CellContent;
use event_store::{Cell, PlayerId, Region, Version};

use super::Canvas;
use super::players::NOBODY;

/// Work to look for: all conditions have to hold. What moderators did is not anybody's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Set by one of these; by anybody when there is none.
    pub players: Option<BTreeSet<PlayerId>>,
    /// In this region; anywhere when there is none.
    pub region: Option<Region>,
    /// Set by this version or later.
    pub from: Version,
    /// Set by this version or earlier.
    pub to: Version,
}

impl Selection {
    /// Whether a cell that holds this holds selected work.
    pub fn has(&self, cell: Cell, content: CellContent) -> bool {
        let is_theirs = |author: PlayerId| {
            let players = self.players.as_ref();
            players.is_none_or(|players| players.contains(&author))
        };
        content.author.is_some_and(is_theirs)
            && self.region.is_none_or(|region| region.contains(cell))
            && (self.from..=self.to).contains(&content.version)
    }
}

/// A cell and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldCell {
    /// The cell.
    pub cell: Cell,
    /// What it holds.
    pub content: CellContent,
}

impl Canvas {
    /// The cells of these rows that hold selected work now. About a nanosecond for each cell of the
    /// rows: whoever holds a lock meanwhile asks for some rows at a time.
    pub fn held(&self, selection: &Selection, rows: Range<u16>) -> Vec<HeldCell> {
        let (Some(size), Some(round)) = (self.size(), self.round()) else {
            return Vec::new();
        };
        let slots = self.slots_of(selection);
        let offset = |version: Version| {
            u32::try_from(version.events_since(round.opened.version)).unwrap_or(u32::MAX)
        };
        let offsets = offset(selection.from).max(1)..=offset(selection.to);
        let rows = rows.start..rows.end.min(size.height);
        let mut held = Vec::new();
        for y in rows {
            let begin = usize::from(y) * usize::from(size.width);
            let row = self.origins.get(begin..begin + usize::from(size.width));
            for ([author, set_at], x) in row.into_iter().flatten().zip(0u16..) {
                let is_wanted = *author != NOBODY
                    && offsets.contains(set_at)
                    && slots.as_ref().is_none_or(|slots| slots.contains(author));
                if !is_wanted {
                    continue;
                }
                let cell = Cell::new(x, y);
                // Offsets of long rounds are not exact, so the whole condition is asked again.
                let content = self
                    .cell(cell)
                    .filter(|content| selection.has(cell, *content));
                held.extend(content.map(|content| HeldCell { cell, content }));
            }
        }
        held
    }

    /// The slots of the selected players; none for everybody.
    fn slots_of(&self, selection: &Selection) -> Option<BTreeSet<u32>> {
        let players = selection.players.as_ref()?;
        let slots = players
            .iter()
            .filter_map(|player| self.players.slot(*player));
        Some(slots.collect())
    }
}
