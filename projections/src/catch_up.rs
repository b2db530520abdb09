//! What a reader who comes back needs: "I have version V of round R".

use event_store::{RoundId, Version};

use crate::canvas::Canvas;
use crate::delta::Delta;
use crate::pool::Pool;

/// So many missed events are always looked at, 1 ms of work.
const ALWAYS_WORTH_EVENTS: u64 = 10_000;

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The newest version that it has.
    pub version: Version,
    /// The round that this version belongs to.
    pub round: RoundId,
}

/// A kept snapshot that readers can load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSnapshot {
    /// Its version.
    pub version: Version,
    /// Its size as it is sent, in bytes.
    pub bytes: usize,
}

/// A snapshot to load and what to apply to it; then the reader is at the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The snapshot's version.
    pub snapshot: Version,
    /// Whether that snapshot is kept. When not, no kept one is near enough: the caller takes one of
    /// the head, which `snapshot` is then.
    pub is_kept: bool,
    /// From the snapshot to the head.
    pub delta: Delta,
}

/// What brings a reader to the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// The changed cells since its version.
    Delta(Delta),
    /// A snapshot of its round: the delta is not to be had, or is larger than the snapshot. The
    /// round's size and palette may be others than the reader knows.
    Snapshot {
        /// The round, which is the reader's.
        round: RoundId,
        /// What to load.
        load: Load,
    },
    /// Another round began.
    NewRound {
        /// The newest round.
        round: RoundId,
        /// The version that opened it.
        opened: Version,
        /// What to load.
        load: Load,
    },
}

/// A position that no reader of this canvas can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatchUpError {
    /// No round was opened yet: there is nothing to catch up with.
    #[error("canvas has no round yet")]
    NoRound,
    /// The version is newer than the newest event that this process knows. It may be one that
    /// another process told the reader of: ask again.
    #[error("version {version} is yet to come, the newest is {head}")]
    Future {
        /// The reader's version.
        version: Version,
        /// The newest one.
        head: Version,
    },
    /// The canvas has no such round.
    #[error("canvas has no round {round}")]
    UnknownRound {
        /// The reader's round.
        round: RoundId,
    },
}

/// What brings the reader at `position` to the head of `canvas`. `pool` must be at the same head;
/// `newest` is the newest kept snapshot that is known to be loadable.
///
/// # Errors
/// [`CatchUpError`].
pub fn catch_up(
    position: Position,
    canvas: &Canvas,
    pool: &Pool,
    newest: Option<KeptSnapshot>,
) -> Result<CatchUp, CatchUpError> {
    let head = canvas.version();
    let current = canvas.round().ok_or(CatchUpError::NoRound)?;
    let Position { version, round } = position;
    if !canvas.rounds().iter().any(|known| known.round == round) {
        return Err(CatchUpError::UnknownRound { round });
    }
    if version > head {
        return Err(CatchUpError::Future { version, head });
    }
    let opened = current.opened.version;
    let newest = newest.filter(|kept| kept.version >= opened);
    if round != current.round {
        return Ok(CatchUp::NewRound {
            round: current.round,
            opened,
            load: load(head, pool, newest),
        });
    }
    let missed = head.events_since(version);
    let is_worth_it = newest.is_none_or(|kept| missed <= most_events_for(kept));
    let since = is_worth_it.then(|| delta(version, head, pool)).flatten();
    match since {
        Some(delta) if newest.is_none_or(|kept| delta.bin.len() <= kept.bytes) => {
            Ok(CatchUp::Delta(delta))
        }
        Some(_) | None => Ok(CatchUp::Snapshot {
            round,
            load: load(head, pool, newest),
        }),
    }
}

/// How many missed events are looked at before the snapshot is taken instead: so many that, each on
/// a cell of its own, their delta is as large (a changed cell takes 2 bytes and more). It keeps the
/// work for a reader who was away for long in proportion to what the reader is sent.
fn most_events_for(kept: KeptSnapshot) -> u64 {
    (kept.bytes as u64 / 2).max(ALWAYS_WORTH_EVENTS)
}

fn delta(after: Version, to: Version, pool: &Pool) -> Option<Delta> {
    if after == to {
        return Some(Delta::nothing_after(to));
    }
    let changes = pool.changes_after(after).filter(|_| pool.head() == to)?;
    let bin = changes.encode();
    Some(Delta { after, to, bin })
}

fn load(head: Version, pool: &Pool, newest: Option<KeptSnapshot>) -> Load {
    let kept = newest.and_then(|kept| {
        Some(Load {
            snapshot: kept.version,
            is_kept: true,
            delta: delta(kept.version, head, pool)?,
        })
    });
    kept.unwrap_or_else(|| Load {
        snapshot: head,
        is_kept: false,
        delta: Delta::nothing_after(head),
    })
}
