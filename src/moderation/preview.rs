//! What an act would do, looked at before it is done.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;

use event_store::{PlayerId, Region, UnixMs, Version};
use parking_lot::Mutex;

use super::plan::Plan;
use super::{Act, ActError, Actor, Identity};

/// How long a preview can be confirmed, in milliseconds.
pub const PREVIEW_MS: i64 = 60_000;

/// The most previews that wait to be confirmed; the oldest goes when there is one more.
const MAX_PREVIEWS: usize = 256;

/// How many of the players whose work goes are named.
pub const MAX_NAMED_PLAYERS: usize = 20;

/// The number that confirms a preview, once: 128 random bits, 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PreviewId(u128);

/// A text that is no preview's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a preview's number has 32 hexadecimal digits")]
pub struct InvalidPreviewId;

impl PreviewId {
    fn draw() -> Result<Self, ActError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(ActError::Random)?;
        Ok(Self(u128::from_le_bytes(bytes)))
    }
}

impl fmt::Display for PreviewId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

impl FromStr for PreviewId {
    type Err = InvalidPreviewId;

    fn from_str(text: &str) -> Result<Self, InvalidPreviewId> {
        let is_hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok();
        number
            .filter(|_| is_hexadecimal)
            .map(Self)
            .ok_or(InvalidPreviewId)
    }
}

/// What an act would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What confirms it, once.
    pub id: PreviewId,
    /// The act.
    pub act: Act,
    /// Until when it can be confirmed.
    pub until: UnixMs,
    /// The version that it was made of.
    pub version: Version,
    /// How many cells would change.
    pub cells: u64,
    /// How many of them would hold the round's background.
    pub to_background: u64,
    /// The least region that holds all of them.
    pub bounds: Option<Region>,
    /// Whose work would go, by how many cells, most first; at most [`MAX_NAMED_PLAYERS`] of them.
    pub removed: Vec<(PlayerId, u64)>,
    /// How many players' work would go.
    pub removed_players: u64,
    /// Whose work would come back, in the same way.
    pub restored: Vec<(PlayerId, u64)>,
}

/// A preview that waits to be confirmed.
struct Waiting {
    preview: Preview,
    by: Identity,
    /// The newest event of the admin subject when it was made.
    last_admin: Version,
    plan: Plan,
}

/// The previews that wait to be confirmed at this process.
#[derive(Default)]
pub(super) struct Previews {
    waiting: Mutex<VecDeque<Waiting>>,
}

impl Previews {
    /// Keeps a plan until it is confirmed.
    pub(super) fn keep(
        &self,
        actor: &Actor,
        act: Act,
        plan: Plan,
        last_admin: Version,
        now: UnixMs,
    ) -> Result<Preview, ActError> {
        let preview = describe(PreviewId::draw()?, act, &plan, now);
        let mut waiting = self.waiting.lock();
        waiting.retain(|waiting| now < waiting.preview.until);
        if waiting.len() == MAX_PREVIEWS {
            waiting.pop_front();
        }
        waiting.push_back(Waiting {
            preview: preview.clone(),
            by: actor.identity,
            last_admin,
            plan,
        });
        Ok(preview)
    }

    /// Looks at a preview of `actor` without confirming it.
    pub(super) fn look<T>(
        &self,
        id: PreviewId,
        actor: &Actor,
        now: UnixMs,
        look: impl FnOnce(&Preview, &Plan) -> T,
    ) -> Result<T, ActError> {
        let waiting = self.waiting.lock();
        let found = waiting.iter().find(|waiting| waiting.is(id, actor, now));
        let found = found.map(|waiting| look(&waiting.preview, &waiting.plan));
        found.ok_or(ActError::PreviewGone)
    }

    /// Takes a preview out: the act that it is of, and the newest admin event then.
    pub(super) fn confirm(
        &self,
        id: PreviewId,
        actor: &Actor,
        now: UnixMs,
    ) -> Result<(Act, Version), ActError> {
        let mut waiting = self.waiting.lock();
        let place = waiting
            .iter()
            .position(|waiting| waiting.is(id, actor, now));
        let taken = place.and_then(|place| waiting.remove(place));
        let taken = taken.ok_or(ActError::PreviewGone)?;
        Ok((taken.preview.act, taken.last_admin))
    }
}

impl Waiting {
    fn is(&self, id: PreviewId, actor: &Actor, now: UnixMs) -> bool {
        self.preview.id == id && self.by == actor.identity && now < self.preview.until
    }
}

fn describe(id: PreviewId, act: Act, plan: &Plan, now: UnixMs) -> Preview {
    let tally = &plan.tally;
    Preview {
        id,
        act,
        until: now.plus_ms(PREVIEW_MS),
        version: plan.version,
        cells: tally.cells,
        to_background: tally.to_background,
        bounds: tally.bounds(),
        removed_players: tally.removed.len() as u64,
        removed: most(&tally.removed),
        restored: most(&tally.restored),
    }
}

/// The greatest counts first.
fn most(counts: &BTreeMap<PlayerId, u64>) -> Vec<(PlayerId, u64)> {
    let counts = counts.iter().map(|(player, count)| (*player, *count));
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by_key(|(player, count)| (std::cmp::Reverse(*count), *player));
    counts.truncate(MAX_NAMED_PLAYERS);
    counts
}
