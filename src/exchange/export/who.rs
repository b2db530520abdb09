//! What an export calls players: by pseudonyms, or by their names, which are looked up page by page
//! and kept for the next pages.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use event_store::{BoxError, Event, PlayerId, Recorded, RoundId};
use projections::PseudonymKey;

use super::form::MODERATOR;
use super::row::Actor;
use crate::exchange::names::{MAX_NAMES, NameLookup};

/// Names are kept until there are more than this many; with Reddit's names, about 16 MiB.
const MAX_KEPT_NAMES: usize = 100_000;

/// Names could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("could not look up names of players")]
pub struct NamesError(#[source] BoxError);

/// What players are called.
#[derive(Clone, Copy)]
pub enum Who<'a> {
    /// By a pseudonym for each round: what may be published.
    Pseudonyms(&'a PseudonymKey),
    /// By their names in row forms, and by their ids among events: for the operator alone.
    Names(&'a dyn NameLookup),
}

/// Calls players what they are to be called.
pub(super) struct Callers<'a> {
    who: Who<'a>,
    /// `None` for players of whom it is known that they have no name.
    known: HashMap<PlayerId, Option<String>>,
}

impl<'a> Callers<'a> {
    pub(super) fn new(who: Who<'a>) -> Self {
        Self {
            who,
            known: HashMap::new(),
        }
    }

    /// Looks up those who act in `page` and are not known yet.
    pub(super) async fn learn(&mut self, page: &[Recorded]) -> Result<(), NamesError> {
        let Who::Names(lookup) = self.who else {
            return Ok(());
        };
        if self.known.len() > MAX_KEPT_NAMES {
            self.known.clear();
        }
        let acting = page.iter().filter_map(|recorded| recorded.event.painter());
        let is_unknown = |player: &PlayerId| !self.known.contains_key(player);
        let unknown: HashSet<PlayerId> = acting.filter(is_unknown).collect();
        let unknown: Vec<PlayerId> = unknown.into_iter().collect();
        for players in unknown.chunks(MAX_NAMES) {
            let found = lookup.names_of(players).await.map_err(NamesError)?;
            self.known
                .extend(players.iter().map(|player| (*player, None)));
            self.known
                .extend(found.into_iter().map(|(player, name)| (player, Some(name))));
        }
        Ok(())
    }

    /// What to call somebody: the pseudonym, or the name, or the id where there is none;
    /// [`MODERATOR`] for nobody.
    pub(super) fn of(&self, round: RoundId, actor: Actor) -> Cow<'_, str> {
        match (actor, self.who) {
            (Actor::Moderator, _) => MODERATOR.into(),
            (Actor::Player(player), Who::Pseudonyms(key)) => {
                key.of_player(round, player).to_string().into()
            }
            (Actor::Player(player), Who::Names(_)) => match self.known.get(&player) {
                Some(Some(name)) => name.into(),
                Some(None) | None => player.to_string().into(),
            },
        }
    }

    /// Puts pseudonyms into an event, unless names are wanted.
    pub(super) fn disguise(&self, round: RoundId, event: &mut Event) {
        match self.who {
            Who::Pseudonyms(key) => key.disguise(round, event),
            Who::Names(_) => {}
        }
    }
}
