//! What cells would hold without somebody's work: the part of a roll-back that looks back.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use event_store::event::{CellContent, Size};
use event_store::{Cell, Event, PaletteIndex, PlayerId, RoundId, Version};
use projections::canvas::{HeldCell, Round, Selection};
use projections::history::segment::{Other, Placed, Pseudonym, SegmentFile, Step, steps};
use projections::history::{Entry, HistoryStoreError, Pseudonyms};
use tokio::task::JoinHandle;

use super::{History, HistoryError};

/// How many segments are opened at a time.
const MAX_OPENED: usize = 2;

/// A segment's placements and all else, of one that touches cells that are looked for.
type Columns = (Vec<Placed>, Vec<Other>);

type Opening = JoinHandle<Result<Option<Columns>, HistoryStoreError>>;

impl History {
    /// What each of `held` held before, the newest first that is not selected itself; the round's
    /// background where there is nothing else. Every content is older than what is held now.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub async fn without(
        &self,
        held: &[HeldCell],
        selection: &Selection,
        round: &Round,
    ) -> Result<Vec<CellContent>, HistoryError> {
        let newest = held.iter().map(|held| held.content.version).max();
        self.wait_for(newest.unwrap_or_default()).await?;
        let mut search = Search::new(held, selection.clone(), round);
        let (index, closing, is_running) = self.read(|state| {
            let (packer, open) = (&state.packer, state.packer.open());
            let is_running = packer.round() == round.round;
            if is_running {
                search.look_at(open.first, steps(&open.placements, &open.others));
            }
            let closing = state.closing().map(|closing| Arc::clone(&closing.closed));
            let closing: Vec<_> = closing
                .filter(|closed| closed.segment.round == round.round)
                .collect();
            if is_running {
                search.hide_players(packer.pseudonyms());
            }
            (Arc::clone(&state.index), closing, is_running)
        })?;
        if !is_running {
            let entries = index.entries();
            let players = self.players_of_round(round.round.0, entries).await?;
            search.hide_players(&players);
        }
        for closed in closing {
            let segment = &closed.segment;
            let hidden = steps(&segment.placements, &segment.others);
            search.look_at_hidden(segment.first, hidden);
        }
        let of_round = index.entries().iter().rev();
        let of_round = of_round.filter(|entry| entry.round == round.round);
        self.look_through(&mut search, of_round).await?;
        let numbers = search.numbers();
        let named = self.read(|state| {
            let packer = &state.packer;
            let is_running = packer.round() == round.round;
            is_running.then(|| packer.pseudonyms().players(&numbers))
        })?;
        let named = match named {
            Some(named) => named,
            None => {
                let entries = index.entries();
                let players = self.players_of_round(round.round.0, entries).await?;
                players.players(&numbers)
            }
        };
        Ok(search.found(&named))
    }

    /// Looks through closed segments, newest first, until everything is found.
    async fn look_through(
        &self,
        search: &mut Search<'_>,
        mut entries: impl Iterator<Item = &Entry>,
    ) -> Result<(), HistoryError> {
        let mut opening: VecDeque<(&Entry, Opening)> = VecDeque::new();
        loop {
            while opening.len() < MAX_OPENED
                && let Some(entry) = entries.next()
                && search.missing > 0
            {
                let bytes = self.stored_segment(entry).await?;
                let (of, cells) = (entry.clone(), search.cells());
                let open = move || open(&of, &bytes, &cells);
                opening.push_back((entry, tokio::task::spawn_blocking(open)));
            }
            let Some((entry, opened)) = opening.pop_front() else {
                return Ok(());
            };
            let opened = opened.await.map_err(HistoryError::Work)??;
            if let Some((placements, others)) = opened {
                search.look_at_hidden(entry.first, steps(&placements, &others));
            }
        }
    }
}

/// Opens a segment, and decodes it if it touches one of the cells.
fn open(
    entry: &Entry,
    bytes: &Bytes,
    cells: &CellSet,
) -> Result<Option<Columns>, HistoryStoreError> {
    let damaged = |source| HistoryStoreError::damaged_segment(entry, source);
    let segment = SegmentFile::read(bytes).map_err(damaged)?;
    let others = segment.others().map_err(damaged)?;
    let touched = segment.touched_cells().map_err(damaged)?;
    if others.is_empty() && !touched.iter().any(|cell| cells.has(*cell)) {
        return Ok(None);
    }
    let mut placements = segment.placements().map_err(damaged)?;
    segment.name_players(&mut placements).map_err(damaged)?;
    Ok(Some((placements, others)))
}

/// A player as a content names it, or the number that stands for one in a file.
trait Author: Copy {
    fn author(self) -> PlayerId;
}

impl Author for PlayerId {
    fn author(self) -> PlayerId {
        self
    }
}

impl Author for Pseudonym {
    /// As the events of a file name players.
    fn author(self) -> PlayerId {
        PlayerId::from_bits(self.0.into())
    }
}

/// Cells that are looked for, and what was found; the log is looked at from its end.
struct Search<'a> {
    held: &'a [HeldCell],
    round: RoundId,
    opened: Version,
    background: PaletteIndex,
    selection: Selection,
    size: Size,
    /// For each cell by rows its place in `held` plus 1; 0 for one that is not wanted, or found.
    places: Vec<u32>,
    /// How many are not found yet.
    missing: usize,
    cells: Arc<CellSet>,
    found: Vec<Option<Found>>,
}

/// Cells of a canvas: a bit for each, by rows.
struct CellSet {
    size: Size,
    bits: Vec<u64>,
    count: usize,
}

impl CellSet {
    fn of(size: Size, places: &[u32]) -> Self {
        let mut set = Self {
            size,
            bits: vec![0; places.len().div_ceil(64)],
            count: 0,
        };
        for (index, _) in places.iter().enumerate().filter(|(_, place)| **place > 0) {
            set.bits[index / 64] |= 1 << (index % 64);
            set.count += 1;
        }
        set
    }

    fn has(&self, cell: Cell) -> bool {
        let index = self.size.index_of(cell).map(|index| index as usize);
        let word = index.and_then(|index| Some((index, self.bits.get(index / 64)?)));
        word.is_some_and(|(index, word)| word >> (index % 64) & 1 == 1)
    }
}

#[derive(Clone, Copy)]
struct Found {
    content: CellContent,
    /// Whether the author is a number of the round's pseudonyms.
    is_hidden: bool,
}

impl<'a> Search<'a> {
    fn new(held: &'a [HeldCell], selection: Selection, round: &Round) -> Self {
        let size = round.size;
        let mut places = vec![0; size.cells()];
        for (held, place) in held.iter().zip(1u32..) {
            if let Some(index) = size.index_of(held.cell) {
                places[index as usize] = place;
            }
        }
        let cells = CellSet::of(size, &places);
        Self {
            held,
            round: round.round,
            opened: round.opened.version,
            background: round.background,
            selection,
            size,
            places,
            missing: cells.count,
            cells: Arc::new(cells),
            found: vec![None; held.len()],
        }
    }

    /// From now on players are told by their pseudonyms.
    fn hide_players(&mut self, pseudonyms: &Pseudonyms) {
        let Some(players) = &self.selection.players else {
            return;
        };
        let numbers = players.iter().filter_map(|player| pseudonyms.of(*player));
        let hidden: BTreeSet<PlayerId> = numbers.map(Author::author).collect();
        self.selection.players = Some(hidden);
    }

    /// The cells that are looked for, and perhaps some that are found already.
    fn cells(&mut self) -> Arc<CellSet> {
        if self.missing * 2 < self.cells.count {
            self.cells = Arc::new(CellSet::of(self.size, &self.places));
        }
        Arc::clone(&self.cells)
    }

    fn look_at<'s, Player: Author + 's>(
        &mut self,
        first: Version,
        steps: impl Iterator<Item = (u32, Step<'s, Player>)>,
    ) {
        self.look(first, steps, false);
    }

    fn look_at_hidden<'s, Player: Author + 's>(
        &mut self,
        first: Version,
        steps: impl Iterator<Item = (u32, Step<'s, Player>)>,
    ) {
        self.look(first, steps, true);
    }

    fn look<'s, Player: Author + 's>(
        &mut self,
        first: Version,
        steps: impl Iterator<Item = (u32, Step<'s, Player>)>,
        is_hidden: bool,
    ) {
        let steps: Vec<_> = steps.collect();
        for (offset, step) in steps.into_iter().rev() {
            if self.missing == 0 {
                return;
            }
            let version = first.plus(offset.into());
            match step {
                Step::Placed(placed) => {
                    let content = CellContent {
                        color: placed.color,
                        author: Some(placed.player.author()),
                        version,
                    };
                    self.take(version, placed.cell, content, is_hidden);
                }
                Step::Other(event) if event.round() == Some(self.round) => {
                    self.look_at_other(version, event, is_hidden);
                }
                Step::Other(_) => {}
            }
        }
    }

    fn look_at_other(&mut self, version: Version, event: &Event, is_hidden: bool) {
        match event {
            Event::PlacementUndone(undone) => {
                let restored = self.restored(version, undone.restored);
                self.take(version, undone.cell, restored, is_hidden);
            }
            Event::CellsRestored(event) => {
                // The last one counts when a cell is named twice.
                for restored in event.cells.iter().rev() {
                    let content = self.restored(version, restored.content);
                    self.take(version, restored.cell, content, is_hidden);
                }
            }
            Event::RegionErased(erased) => {
                let content = CellContent {
                    color: erased.color,
                    author: None,
                    version,
                };
                for cell in erased.region.clipped_to(self.size).cells() {
                    self.take(version, cell, content, is_hidden);
                }
            }
            // A placement here is one that changed nothing.
            Event::PlacementMade(_)
            | Event::RoundOpened(_)
            | Event::RoundClosed(_)
            | Event::CanvasExpanded(_)
            | Event::PaletteExtended(_)
            | Event::CooldownChanged(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_) => {}
        }
    }

    /// Content that an event names, as the fold takes it (`docs/FORMATS.md`, "What events do").
    fn restored(&self, version: Version, content: CellContent) -> CellContent {
        if content.version > self.opened && content.version <= version {
            return content;
        }
        CellContent {
            author: None,
            version: Version::ZERO,
            ..content
        }
    }

    /// An event of `version` gave a cell this content.
    fn take(&mut self, version: Version, cell: Cell, content: CellContent, is_hidden: bool) {
        let Some(index) = self.size.index_of(cell) else {
            return;
        };
        let Some(place) = (self.places[index as usize] as usize).checked_sub(1) else {
            return;
        };
        let is_older = version < self.held[place].content.version;
        if is_older && !self.selection.has(cell, content) {
            self.found[place] = Some(Found { content, is_hidden });
            self.places[index as usize] = 0;
            self.missing -= 1;
        }
    }

    /// The numbers that stand for players in what was found.
    fn numbers(&self) -> HashSet<Pseudonym> {
        let hidden = self.found.iter().flatten().filter(|found| found.is_hidden);
        hidden
            .filter_map(|found| found.content.author)
            .filter_map(|author| u32::try_from(author.bits()).ok().map(Pseudonym))
            .collect()
    }

    /// What was found, with the players themselves.
    fn found(self, players: &HashMap<Pseudonym, PlayerId>) -> Vec<CellContent> {
        let background = CellContent {
            color: self.background,
            author: None,
            version: Version::ZERO,
        };
        let named = |found: Found| {
            let author = found
                .content
                .author
                .and_then(|author| match found.is_hidden {
                    false => Some(author),
                    true => {
                        let number = u32::try_from(author.bits()).ok().map(Pseudonym)?;
                        players.get(&number).copied()
                    }
                });
            CellContent {
                author,
                ..found.content
            }
        };
        let found = self.found.into_iter();
        found.map(|found| found.map_or(background, named)).collect()
    }
}
