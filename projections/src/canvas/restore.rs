//! The canvas taken apart and put together again, for checkpoints.

use std::borrow::Cow;
use std::collections::BTreeMap;

use event_store::{PaletteIndex, PlayerId, UnixMs, Version};
use serde::{Deserialize, Serialize};

use super::cooldown::ChargeBucket;
use super::players::{Player, Players};
use super::{Announcement, Ban, Canvas, Lock, MAX_PROTECTIONS, Protection, Round};
use crate::grid::{Field, Grid};

/// The newest version that a checkpoint can have; the embedded log numbers events with an `i64`.
const MAX_VERSION: u64 = i64::MAX as u64;

/// Parts of a canvas that do not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("canvas state is inconsistent: {what}")]
pub(crate) struct Inconsistent {
    what: &'static str,
}

/// The whole state of a [`Canvas`], flat: each column is one string of little-endian numbers, so
/// that millions of them are read and written as fast as memory is copied.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CanvasParts<'a> {
    version: Version,
    at: UnixMs,
    last_admin: Version,
    rounds: Cow<'a, [Round]>,
    bans: Cow<'a, BTreeMap<PlayerId, Ban>>,
    lock: Cow<'a, Option<Lock>>,
    protections: Cow<'a, [Protection]>,
    announcement: Cow<'a, Option<Announcement>>,
    /// The newest round's palette indexes by rows.
    #[serde(borrow, with = "serde_bytes")]
    cells: Cow<'a, [u8]>,
    /// For each cell by rows the author's slot (u32) and the version's offset (u32).
    #[serde(with = "serde_bytes")]
    origins: Vec<u8>,
    /// For each player the id (u64), the last version (u64) and the moment of the full bucket
    /// (i64).
    #[serde(with = "serde_bytes")]
    players: Vec<u8>,
}

const ORIGIN_BYTES: usize = 8;
const PLAYER_BYTES: usize = 24;

impl Canvas {
    pub(crate) fn to_parts(&self) -> CanvasParts<'_> {
        let mut players = Vec::with_capacity(self.players.list().len() * PLAYER_BYTES);
        for player in self.players.list() {
            players.extend_from_slice(&player.id.bits().to_le_bytes());
            players.extend_from_slice(&player.last.0.to_le_bytes());
            players.extend_from_slice(&player.bucket.when_full().0.to_le_bytes());
        }
        let mut origins = Vec::with_capacity(self.origins.len() * ORIGIN_BYTES);
        for [author, offset] in &self.origins {
            origins.extend_from_slice(&author.to_le_bytes());
            origins.extend_from_slice(&offset.to_le_bytes());
        }
        CanvasParts {
            version: self.version,
            at: self.at,
            last_admin: self.last_admin,
            rounds: Cow::Borrowed(&self.rounds),
            bans: Cow::Borrowed(&self.bans),
            lock: Cow::Borrowed(&self.lock),
            protections: Cow::Borrowed(&self.protections),
            announcement: Cow::Borrowed(&self.announcement),
            cells: Cow::Borrowed(self.grid().map_or(&[], Grid::cells)),
            origins,
            players,
        }
    }

    /// The canvas of its parts.
    pub(crate) fn from_parts(parts: CanvasParts<'_>) -> Result<Self, Inconsistent> {
        let require = |holds: bool, what| holds.then_some(()).ok_or(Inconsistent { what });
        require(
            parts.version.0 <= MAX_VERSION,
            "version is not one of a log",
        )?;
        let list = read_players(&parts.players);
        require(
            list.len() * PLAYER_BYTES == parts.players.len(),
            "players are cut off",
        )?;
        let players = Players::from_list(list).ok_or(Inconsistent {
            what: "a player is there twice",
        })?;
        let rounds = parts.rounds.into_owned();
        let field = match rounds.last() {
            None => {
                require(parts.cells.is_empty(), "there are cells without a round")?;
                None
            }
            Some(round) => Some(field_of(round, parts.cells.into_owned())?),
        };
        let origins = read_origins(&parts.origins);
        require(
            parts.origins.len()
                == ORIGIN_BYTES * field.as_ref().map_or(0, |field| field.grid.cells().len()),
            "authors are not those of the cells",
        )?;
        let opened = rounds
            .last()
            .map_or(Version::ZERO, |round| round.opened.version);
        let since_opened = parts.version.events_since(opened);
        let are_known = origins.iter().all(|[author, offset]| {
            *author as usize <= players.list().len() && u64::from(*offset) <= since_opened
        });
        require(
            are_known,
            "a cell has an unknown author or a version to come",
        )?;
        require(
            parts.protections.len() <= MAX_PROTECTIONS,
            "there are too many protections",
        )?;
        require(opened <= parts.version, "the round opens after the version")?;
        Ok(Self {
            version: parts.version,
            at: parts.at,
            rounds,
            field,
            origins,
            players,
            last_admin: parts.last_admin,
            bans: parts.bans.into_owned(),
            lock: parts.lock.into_owned(),
            protections: parts.protections.into_owned(),
            announcement: parts.announcement.into_owned(),
        })
    }
}

fn field_of(round: &Round, cells: Vec<u8>) -> Result<Field, Inconsistent> {
    let is_placeable = |cell: &u8| {
        let color = PaletteIndex(*cell);
        color == PaletteIndex::NOT_OPEN || round.palette.contains(color)
    };
    if !cells.iter().all(is_placeable) {
        return Err(Inconsistent {
            what: "a cell's colour is not in the palette",
        });
    }
    Ok(Field {
        round: round.round,
        palette: round.palette.clone(),
        background: round.background,
        is_open: round.is_open(),
        grid: Grid::from_cells(round.size, cells).ok_or(Inconsistent {
            what: "cells are not those of the size",
        })?,
    })
}

fn read_origins(bytes: &[u8]) -> Vec<[u32; 2]> {
    let (pairs, _) = bytes.as_chunks::<ORIGIN_BYTES>();
    let origin = |[a, b, c, d, e, f, g, h]: &[u8; ORIGIN_BYTES]| {
        [
            u32::from_le_bytes([*a, *b, *c, *d]),
            u32::from_le_bytes([*e, *f, *g, *h]),
        ]
    };
    pairs.iter().map(origin).collect()
}

fn read_players(bytes: &[u8]) -> Vec<Player> {
    let (numbers, _) = bytes.as_chunks::<8>();
    let (rows, _) = numbers.as_chunks::<3>();
    let player = |[id, last, full_at]: &[[u8; 8]; 3]| Player {
        id: PlayerId::from_bits(u64::from_le_bytes(*id)),
        last: Version(u64::from_le_bytes(*last)),
        bucket: ChargeBucket::full_at(UnixMs(i64::from_le_bytes(*full_at))),
    };
    rows.iter().map(player).collect()
}
