//! Players who are known to be no scripts, as moderators say: none of them is asked for a proof.

use std::collections::HashSet;
use std::time::Duration;

use event_store::PlayerId;
use parking_lot::RwLock;
use tokio_util::sync::CancellationToken;

use super::HumanChecks;
use crate::moderation::StandingStore;

/// How often it is looked for who was verified: what moderators say holds within a second.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The most players that are remembered, some 1 MB; of more, those who were verified last.
const MAX_VERIFIED: u32 = 1 << 16;

/// Who is known to be no script.
#[derive(Debug, Default)]
pub(super) struct Verified(RwLock<HashSet<PlayerId>>);

impl Verified {
    pub(super) fn has(&self, player: PlayerId) -> bool {
        self.0.read().contains(&player)
    }

    pub(super) fn replace(&self, players: impl IntoIterator<Item = PlayerId>) {
        let players = players.into_iter().collect();
        *self.0.write() = players;
    }
}

impl HumanChecks {
    /// Follows who is verified, until cancelled. While the database cannot be read, what was known
    /// holds. Nothing is read where no proof is asked for.
    pub async fn follow_verified(&self, standings: &StandingStore, cancelled: CancellationToken) {
        if self.kind().is_none() {
            return;
        }
        let mut due = tokio::time::interval(LOOK_EVERY);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut known = None;
        while cancelled.run_until_cancelled(due.tick()).await.is_some() {
            let read = async {
                let state = standings.verified_state().await?;
                if known != Some(state) {
                    let players = standings.verified(MAX_VERIFIED).await?;
                    self.verified.replace(players);
                    known = Some(state);
                }
                Ok::<_, crate::moderation::ActError>(())
            };
            if let Err(error) = read.await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "could not look who is verified; trying again");
            }
        }
    }
}
