//! What happened to cells, or by a player, without reading the log: newest first, page by page.

use std::sync::Arc;

use event_store::{Cell, Event, PlayerId, Region, RoundId, Version};
use projections::history::segment::{Other, Placed, Pseudonym, SegmentFile, Step, steps};
use projections::history::{Entry, HistoryStoreError};

use super::load::in_background;
use super::state::State;
use super::{History, HistoryError};

/// The most closed segments that one page looks through, some milliseconds each. Whoever wants more
/// asks for the next page.
pub const MAX_SCANNED_SEGMENTS: usize = 128;

/// What to look for: all conditions have to hold.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In this round.
    pub round: RoundId,
    /// What set a cell of this region; anywhere when there is none.
    pub region: Option<Region>,
    /// By this player; by anybody when there is none.
    pub player: Option<PlayerId>,
    /// Before this version.
    pub before: Version,
    /// At most so many.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookPage {
    /// The versions, newest first.
    pub versions: Vec<Version>,
    /// What to ask for next; none when everything was looked through.
    pub next_before: Option<Version>,
}

/// What to look for in one segment, where players are of type `Player`.
#[derive(Clone, Copy)]
struct Wanted<Player> {
    region: Option<Region>,
    player: Option<Player>,
    before: Version,
}

impl History {
    /// Looks through the events that set cells: placements, undos, erasures and roll-backs. An
    /// erasure counts for every cell of its region. What came after the end of the round is found
    /// too, although it changed nothing: `before` is to leave it out.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub async fn look(&self, look: Look) -> Result<LookPage, HistoryError> {
        let mut page = LookPage::default();
        let (here, index) = self.read(|state| (look.here(state), Arc::clone(&state.index)))?;
        page.add(here.found, look.limit);
        let number = match (look.player, here.number) {
            (None, _) => None,
            (Some(_), Some(number)) => Some(number),
            (Some(_), None) if here.is_running => return Ok(page),
            (Some(player), None) => {
                let entries = index.entries();
                let players = self.players_of_round(look.round.0, entries).await?;
                let Some(number) = players.of(player) else {
                    return Ok(page);
                };
                Some(number)
            }
        };
        let entries = index.entries();
        let of_round = |entry: &&Entry| entry.round == look.round && entry.first < look.before;
        let wanted = look.wanted(number);
        for (scanned, entry) in entries.iter().rev().filter(of_round).enumerate() {
            if page.next_before.is_some() {
                break;
            }
            if scanned == MAX_SCANNED_SEGMENTS {
                page.next_before = Some(entry.last.next());
                break;
            }
            let bytes = self.stored_segment(entry).await?;
            let of = entry.clone();
            let found = in_background(move || scan(&of, &bytes, wanted)).await??;
            page.add(found, look.limit);
        }
        Ok(page)
    }
}

/// What memory knows of a look.
struct Here {
    found: Vec<Version>,
    /// The player's number in a round that still runs, once it has one.
    number: Option<Pseudonym>,
    is_running: bool,
}

impl Look {
    /// What is in the open segment and in those that are being closed.
    fn here(&self, state: &State) -> Here {
        let mut found = Vec::new();
        let packer = &state.packer;
        let is_running = packer.round() == self.round;
        let number = self.player.filter(|_| is_running);
        let number = number.and_then(|player| packer.pseudonyms().of(player));
        if is_running {
            let open = packer.open();
            let columns = (&open.placements[..], &open.others[..]);
            found = self.wanted(self.player).newest_first(open.first, columns);
        }
        let is_known = self.player.is_none() || number.is_some();
        let closing = state.closing().map(|closing| &closing.closed.segment);
        for segment in closing.filter(|segment| is_known && segment.round == self.round) {
            let columns = (&segment.placements[..], &segment.others[..]);
            found.extend(self.wanted(number).newest_first(segment.first, columns));
        }
        Here {
            found,
            number,
            is_running,
        }
    }

    fn wanted<Player>(&self, player: Option<Player>) -> Wanted<Player> {
        Wanted {
            region: self.region,
            player,
            before: self.before,
        }
    }
}

impl LookPage {
    /// Adds what a segment has, as far as there is room.
    fn add(&mut self, found: impl IntoIterator<Item = Version>, limit: usize) {
        for version in found {
            if self.versions.len() == limit {
                self.next_before = self.versions.last().copied();
                return;
            }
            self.versions.push(version);
        }
    }
}

/// A player as a segment names it: what an event's ids are compared with.
trait Named: Copy + PartialEq {
    fn is(self, player: PlayerId) -> bool;
}

impl Named for PlayerId {
    fn is(self, player: PlayerId) -> bool {
        self == player
    }
}

impl Named for Pseudonym {
    fn is(self, player: PlayerId) -> bool {
        u64::from(self.0) == player.bits()
    }
}

impl<Player: Named> Wanted<Player> {
    fn newest_first(
        &self,
        first: Version,
        (placements, others): (&[Placed<Player>], &[Other]),
    ) -> Vec<Version> {
        let mut found: Vec<Version> = steps(placements, others)
            .filter(|(_, step)| match step {
                Step::Placed(placed) => self.is_placed(placed),
                Step::Other(event) => self.is_other(event),
            })
            .map(|(offset, _)| first.plus(offset.into()))
            .take_while(|version| *version < self.before)
            .collect();
        found.reverse();
        found
    }

    fn is_placed(&self, placed: &Placed<Player>) -> bool {
        self.is_inside(placed.cell) && self.player.is_none_or(|player| player == placed.player)
    }

    fn is_inside(&self, cell: Cell) -> bool {
        self.region.is_none_or(|region| region.contains(cell))
    }

    fn is_other(&self, event: &Event) -> bool {
        let is_theirs = |by: Option<PlayerId>| {
            self.player
                .is_none_or(|player| by.is_some_and(|by| player.is(by)))
        };
        match event {
            Event::PlacementUndone(undone) => {
                self.is_inside(undone.cell) && is_theirs(Some(undone.player))
            }
            Event::RegionErased(erased) => {
                let overlaps = |region| overlap(region, erased.region);
                self.region.is_none_or(overlaps) && is_theirs(erased.by)
            }
            Event::CellsRestored(restored) => {
                let mut cells = restored.cells.iter();
                cells.any(|restored| self.is_inside(restored.cell)) && is_theirs(restored.by)
            }
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
            | Event::Announced(_) => false,
        }
    }
}

/// Whether two regions have a cell in common.
fn overlap(one: Region, other: Region) -> bool {
    let along = |from: u16, length: u16, other_from: u16, other_length: u16| {
        let end = u32::from(from) + u32::from(length);
        let other_end = u32::from(other_from) + u32::from(other_length);
        u32::from(from.max(other_from)) < end.min(other_end)
    };
    along(one.x, one.width, other.x, other.width) && along(one.y, one.height, other.y, other.height)
}

/// Looks through a closed segment, and decodes no more of it than that takes.
fn scan(
    entry: &Entry,
    bytes: &[u8],
    wanted: Wanted<Pseudonym>,
) -> Result<Vec<Version>, HistoryStoreError> {
    let damaged = |source| HistoryStoreError::damaged_segment(entry, source);
    let segment = SegmentFile::read(bytes).map_err(damaged)?;
    let others = segment.others().map_err(damaged)?;
    if wanted.region.is_some() {
        let cells = segment.touched_cells().map_err(damaged)?;
        let is_touched = cells.iter().any(|cell| wanted.is_inside(*cell))
            || others.iter().any(|other| wanted.is_other(&other.event));
        if !is_touched {
            return Ok(Vec::new());
        }
    }
    let mut placements = segment.placements().map_err(damaged)?;
    if wanted.player.is_some() {
        segment.name_players(&mut placements).map_err(damaged)?;
    }
    Ok(wanted.newest_first(entry.first, (&placements, &others)))
}
