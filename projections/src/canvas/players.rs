//! The players that a log names, in order of first appearance.

use std::collections::HashMap;

use event_store::{CooldownRule, PlayerId, UnixMs, Version};

use super::cooldown::ChargeBucket;

/// What the fold knows of a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Player {
    /// Who.
    pub id: PlayerId,
    /// The last version on the player's own subject; [`Version::ZERO`] when only others named them.
    pub last: Version,
    /// Their charges in this round.
    pub bucket: ChargeBucket,
}

/// A player's place in the table plus 1, so that 0 stands for nobody and fits a zeroed page of
/// memory.
pub(super) type Slot = u32;

/// Nobody: the author of the background.
pub(super) const NOBODY: Slot = 0;

/// The players, each with a small number that cells can hold.
///
/// Looked up with the standard library's keyed hash: a name from an imported log chooses its
/// player's id, so ids cannot be trusted to be spread.
#[derive(Clone, Debug, Default)]
pub(super) struct Players {
    slots: HashMap<PlayerId, Slot>,
    players: Vec<Player>,
}

impl PartialEq for Players {
    fn eq(&self, other: &Self) -> bool {
        self.players == other.players
    }
}

impl Players {
    /// The table of players in their order; `None` when one is there twice, or there are too many.
    pub(super) fn from_list(players: Vec<Player>) -> Option<Self> {
        let mut slots = HashMap::with_capacity(players.len());
        for (index, player) in players.iter().enumerate() {
            let slot = Slot::try_from(index + 1).ok()?;
            if slots.insert(player.id, slot).is_some() {
                return None;
            }
        }
        Some(Self { slots, players })
    }

    /// The slot of a player who has one.
    pub(super) fn slot(&self, id: PlayerId) -> Option<Slot> {
        self.slots.get(&id).copied()
    }

    pub(super) fn list(&self) -> &[Player] {
        &self.players
    }

    /// The player's slot, given on first sight. A log of 2^32 players would make the rest nobody.
    pub(super) fn slot_of(&mut self, id: PlayerId) -> Slot {
        if let Some(slot) = self.slots.get(&id) {
            return *slot;
        }
        let Ok(slot) = Slot::try_from(self.players.len() + 1) else {
            return NOBODY;
        };
        self.slots.insert(id, slot);
        self.players.push(Player {
            id,
            last: Version::ZERO,
            bucket: ChargeBucket::FULL,
        });
        slot
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Player> {
        self.players.get((slot as usize).checked_sub(1)?)
    }

    pub(super) fn at_mut(&mut self, slot: Slot) -> Option<&mut Player> {
        self.players.get_mut((slot as usize).checked_sub(1)?)
    }

    pub(super) fn get(&self, id: PlayerId) -> Option<&Player> {
        self.at(*self.slots.get(&id)?)
    }

    pub(super) fn fill_buckets(&mut self) {
        for player in &mut self.players {
            player.bucket = ChargeBucket::FULL;
        }
    }

    pub(super) fn rescale_buckets(&mut self, from: CooldownRule, to: CooldownRule, at: UnixMs) {
        for player in &mut self.players {
            player.bucket = player.bucket.rescaled(from, to, at);
        }
    }
}
