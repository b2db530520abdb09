//! Who placed, told by whose turn it is on a tile (`docs/FORMATS.md`, "Segment").

use std::collections::HashMap;

use event_store::Cell;
use event_store::event::MAX_SIDE;
use foldhash::fast::RandomState;

use super::leb128::{self, Numbers};
use super::{Pseudonym, SegmentError, key_of};

/// The most players in a tile's list.
const MAX_LISTED: usize = 64;

/// Cells along a tile's side, as a shift.
const TILE_SHIFT: u16 = 5;

const FAULT: SegmentError = SegmentError::Section { section: "players" };

/// The players who placed on a tile, those who did last at the end.
struct List {
    players: [Pseudonym; MAX_LISTED],
    length: usize,
    turn: usize,
}

impl List {
    const EMPTY: Self = Self {
        players: [Pseudonym(0); MAX_LISTED],
        length: 0,
        turn: 0,
    };

    /// How far a player's place is from the one whose turn it is.
    fn distance_to(&self, player: Pseudonym) -> Option<usize> {
        let listed = &self.players[..self.length];
        let place = listed.iter().position(|listed| *listed == player)?;
        Some((place + self.length - self.turn) % self.length)
    }

    /// The player at a distance below the length, who moves to the end.
    fn take_turn(&mut self, distance: usize) -> Option<Pseudonym> {
        if distance >= self.length {
            return None;
        }
        let place = self.turn + distance;
        let place = if place >= self.length {
            place - self.length
        } else {
            place
        };
        let player = self.players[place];
        self.players.copy_within(place + 1..self.length, place);
        self.players[self.length - 1] = player;
        self.turn = place;
        Some(player)
    }

    fn add(&mut self, player: Pseudonym) {
        if self.length == MAX_LISTED {
            self.players.copy_within(1.., 0);
            self.length -= 1;
            self.turn = self.turn.saturating_sub(1);
        }
        self.players[self.length] = player;
        self.length += 1;
    }
}

/// Tiles of the largest canvas.
const TILES: usize = (MAX_SIDE as usize >> TILE_SHIFT).pow(2);

/// The places of placements, sorted by tile and then by version.
struct ByTile {
    places: Vec<u32>,
    /// For each tile where its placements end in `places`.
    ends: Vec<u32>,
}

impl ByTile {
    fn of(cells: impl Iterator<Item = Cell> + Clone) -> Self {
        let tiles = cells.map(tile_of);
        let mut ends = vec![0u32; TILES];
        for tile in tiles.clone() {
            ends[tile] += 1;
        }
        let mut count = 0;
        for end in &mut ends {
            (*end, count) = (count, count + *end);
        }
        let mut places = vec![0; count as usize];
        for (tile, place) in tiles.zip(0u32..) {
            places[ends[tile] as usize] = place;
            ends[tile] += 1;
        }
        Self { places, ends }
    }

    /// The places of one tile after the other, without those that nobody placed on.
    fn tiles(&self) -> impl Iterator<Item = &[u32]> {
        let mut begin = 0;
        let tiles = self.ends.iter().map(move |end| {
            let tile = &self.places[begin as usize..*end as usize];
            begin = *end;
            tile
        });
        tiles.filter(|tile| !tile.is_empty())
    }
}

/// A tile's number, in the order of keys.
fn tile_of(cell: Cell) -> usize {
    (key_of(cell) >> (2 * TILE_SHIFT)) as usize % TILES
}

/// The sections that tell who placed.
pub(super) struct Who {
    pub(super) turns: Vec<u8>,
    pub(super) numbers_low: Vec<u8>,
    pub(super) numbers_high: Vec<u8>,
}

/// Tells the players of placements, which come in the order of versions. `given` is how many
/// pseudonyms are given out before.
pub(super) fn encode(placements: &[(Cell, Pseudonym)], mut given: u32) -> Who {
    let by_tile = ByTile::of(placements.iter().map(|(cell, _)| *cell));
    let mut who = Who {
        turns: Vec::with_capacity(placements.len()),
        numbers_low: Vec::new(),
        numbers_high: Vec::new(),
    };
    let mut last_known = 0;
    for tile in by_tile.tiles() {
        let mut list = List::EMPTY;
        for place in tile {
            let (_, player) = placements[*place as usize];
            if let Some(distance) = list.distance_to(player) {
                who.turns.push(distance as u8 + 1);
                list.take_turn(distance);
                continue;
            }
            who.turns.push(0);
            list.add(player);
            if player.0 > given {
                given = player.0;
                who.numbers_high.push(0);
            } else {
                let distance = folded(i64::from(player.0) - i64::from(last_known));
                last_known = player.0;
                who.numbers_low.push(distance as u8);
                leb128::write(&mut who.numbers_high, (distance >> 8) + 1);
            }
        }
    }
    who
}

/// A signed number as an unsigned one: 0, −1, 1, −2, 2, … as 0, 1, 2, 3, 4, ….
fn folded(distance: i64) -> u64 {
    (distance << 1 ^ distance >> 63) as u64
}

fn unfolded(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

/// The players in the order of versions, of what [`encode`] made. `numbers` are the low and the
/// high parts.
pub(super) fn decode(
    cells: impl ExactSizeIterator<Item = Cell> + Clone,
    turns: &[u8],
    numbers: (&[u8], &[u8]),
    given: u32,
) -> Result<Vec<Pseudonym>, SegmentError> {
    if cells.len() != turns.len() {
        return Err(FAULT);
    }
    let by_tile = ByTile::of(cells);
    let mut newcomers = Newcomers {
        low: numbers.0.iter(),
        high: Numbers::new("numbers_high", numbers.1),
        given,
        last_known: 0,
    };
    let mut players = vec![Pseudonym(0); turns.len()];
    let mut turns = turns.iter();
    for tile in by_tile.tiles() {
        let mut list = List::EMPTY;
        for (place, turn) in tile.iter().zip(&mut turns) {
            let player = match turn.checked_sub(1) {
                Some(distance) => list.take_turn(distance.into()).ok_or(FAULT)?,
                None => newcomers.next()?,
            };
            if *turn == 0 {
                list.add(player);
            }
            players[*place as usize] = player;
        }
    }
    newcomers.end()?;
    Ok(players)
}

/// Reads who is not on a tile's list yet.
struct Newcomers<'a> {
    low: std::slice::Iter<'a, u8>,
    high: Numbers<'a>,
    given: u32,
    last_known: i64,
}

impl Newcomers<'_> {
    fn next(&mut self) -> Result<Pseudonym, SegmentError> {
        let Some(high) = self.high.next_u32()?.checked_sub(1) else {
            self.given = self.given.checked_add(1).ok_or(FAULT)?;
            return Ok(Pseudonym(self.given));
        };
        let low = self.low.next().ok_or(FAULT)?;
        let distance = u64::from(high) << 8 | u64::from(*low);
        let known = u32::try_from(self.last_known + unfolded(distance)).ok();
        let known = known.filter(|known| (1..=self.given).contains(known));
        let known = known.ok_or(FAULT)?;
        self.last_known = known.into();
        Ok(Pseudonym(known))
    }

    fn end(mut self) -> Result<(), SegmentError> {
        self.high.end()?;
        self.low.next().is_none().then_some(()).ok_or(FAULT)
    }
}

/// Who placed, by tiles, and on a tile by version; everybody once, where they come first. In this
/// order those who are new to a round get their pseudonyms.
pub fn order_of_players<T: Copy + Eq + std::hash::Hash>(
    placements: impl Iterator<Item = (Cell, T)>,
) -> Vec<T> {
    let mut first: HashMap<T, u64, RandomState> = HashMap::default();
    for ((cell, player), order) in placements.zip(0u64..) {
        let place = (tile_of(cell) as u64) << 32 | order;
        let known = first.entry(player).or_insert(place);
        *known = place.min(*known);
    }
    let mut players: Vec<(u64, T)> = first.into_iter().map(|(player, at)| (at, player)).collect();
    players.sort_unstable_by_key(|(at, _)| *at);
    players.into_iter().map(|(_, player)| player).collect()
}
