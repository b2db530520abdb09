//! The names of the players of an export, looked up page by page and kept for the next pages.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use event_store::{BoxError, PlayerId, Recorded};

use super::form::MODERATOR;
use super::row::Actor;
use crate::exchange::names::{MAX_NAMES, NameLookup};

/// Names are kept until there are more than this many; with Reddit's names, about 16 MiB.
const MAX_KEPT_NAMES: usize = 100_000;

/// Names could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("could not look up names of players")]
pub struct NamesError(#[source] BoxError);

/// Names known so far.
pub(super) struct Names<'a> {
    lookup: &'a dyn NameLookup,
    /// `None` for players of whom it is known that they have no name.
    known: HashMap<PlayerId, Option<String>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(lookup: &'a dyn NameLookup) -> Self {
        Self {
            lookup,
            known: HashMap::new(),
        }
    }

    /// Looks up those who act in `page` and are not known yet.
    pub(super) async fn learn(&mut self, page: &[Recorded]) -> Result<(), NamesError> {
        if self.known.len() > MAX_KEPT_NAMES {
            self.known.clear();
        }
        let acting = page.iter().filter_map(|recorded| recorded.event.painter());
        let is_unknown = |player: &PlayerId| !self.known.contains_key(player);
        let unknown: HashSet<PlayerId> = acting.filter(is_unknown).collect();
        let unknown: Vec<PlayerId> = unknown.into_iter().collect();
        for players in unknown.chunks(MAX_NAMES) {
            let found = self.lookup.names_of(players).await.map_err(NamesError)?;
            self.known
                .extend(players.iter().map(|player| (*player, None)));
            self.known
                .extend(found.into_iter().map(|(player, name)| (player, Some(name))));
        }
        Ok(())
    }

    /// What to call somebody: the name, the id where there is none, [`MODERATOR`] for nobody.
    pub(super) fn of(&self, actor: Actor) -> Cow<'_, str> {
        match actor {
            Actor::Moderator => MODERATOR.into(),
            Actor::Player(player) => match self.known.get(&player) {
                Some(Some(name)) => name.into(),
                Some(None) | None => player.to_string().into(),
            },
        }
    }
}
