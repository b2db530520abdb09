//! Numbers in place of players: what public files say of who did something.

use std::collections::{HashMap, HashSet};

use event_store::{Event, PlayerId};
use foldhash::fast::RandomState;

use super::segment::Pseudonym;

/// By player, with a quick hash: an imported log can choose its players' ids, but not guess the
/// seed.
type Numbers = HashMap<PlayerId, u32, RandomState>;

/// The players of one round, each with a number that says nothing about the account. Some 24 bytes
/// a player.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pseudonyms {
    numbers: Numbers,
}

impl Pseudonyms {
    /// How many numbers are given out.
    pub fn given(&self) -> u32 {
        self.numbers.len() as u32
    }

    /// The player's number.
    pub fn of(&self, player: PlayerId) -> Option<Pseudonym> {
        self.numbers.get(&player).copied().map(Pseudonym)
    }

    /// The players behind some numbers; numbers that nobody has are left out.
    pub fn players(&self, numbers: &HashSet<Pseudonym>) -> HashMap<Pseudonym, PlayerId> {
        let all = self.numbers.iter();
        let all = all.map(|(player, number)| (Pseudonym(*number), *player));
        all.filter(|(number, _)| numbers.contains(number)).collect()
    }

    /// Gives numbers to those of `players` that have none, in their order.
    pub fn give(&mut self, players: impl IntoIterator<Item = PlayerId>) {
        for player in players {
            let next = self.given() + 1;
            self.numbers.entry(player).or_insert(next);
        }
    }
}

/// The pseudonyms of a round together with those that a segment adds.
pub(super) struct WithNewcomers<'a> {
    given: &'a Pseudonyms,
    newcomers: Vec<PlayerId>,
    added: Numbers,
}

impl<'a> WithNewcomers<'a> {
    /// Gives numbers to those of `players` that have none yet, in their order.
    pub(super) fn of(given: &'a Pseudonyms, players: impl IntoIterator<Item = PlayerId>) -> Self {
        let mut with = Self {
            given,
            newcomers: Vec::new(),
            added: Numbers::default(),
        };
        for player in players {
            if given.of(player).is_none() {
                let next = given.given() + with.added.len() as u32 + 1;
                with.added.entry(player).or_insert_with(|| {
                    with.newcomers.push(player);
                    next
                });
            }
        }
        with
    }

    /// The player's number; 0 for one that the segment does not name.
    pub(super) fn of_player(&self, player: PlayerId) -> Pseudonym {
        let added = || self.added.get(&player).copied().map(Pseudonym);
        self.given.of(player).or_else(added).unwrap_or_default()
    }

    /// The event with numbers in place of players.
    pub(super) fn hide(&self, event: &Event) -> Event {
        let mut hidden = event.clone();
        hidden.rename_players(|player| PlayerId::from_bits(self.of_player(player).0.into()));
        hidden
    }

    /// Who was added, in the order of their numbers.
    pub(super) fn into_newcomers(self) -> Vec<PlayerId> {
        self.newcomers
    }
}

/// The players that an event names, in the order of its fields.
pub fn named_players(event: &Event) -> Vec<PlayerId> {
    let mut players = Vec::new();
    event.clone().rename_players(|player| {
        players.push(player);
        player
    });
    players
}
