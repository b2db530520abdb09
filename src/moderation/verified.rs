//! Who is known to be no script.

use event_store::PlayerId;
use sqlx::Row as _;

use super::ActError;
use super::error::unavailable;
use super::standing::StandingStore;
use crate::players::from_column;

/// What changes whenever somebody is verified, or is not any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerifiedState {
    count: i64,
    newest: i64,
}

impl StandingStore {
    /// What [`StandingStore::verified`] would read: cheap to ask for again and again.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn verified_state(&self) -> Result<VerifiedState, ActError> {
        const SELECT: &str = "select count(*) as verified, coalesce(max(verified_at), 0) as newest \
            from standings where verified_at is not null";
        let failed = unavailable("look whether others were verified");
        let row = sqlx::query(SELECT).fetch_one(self.readers()).await;
        let row = row.map_err(&failed)?;
        let read = || -> Result<VerifiedState, sqlx::Error> {
            Ok(VerifiedState {
                count: row.try_get("verified")?,
                newest: row.try_get("newest")?,
            })
        };
        read().map_err(failed)
    }

    /// Who is known to be no script, at most `limit`, the last ones first.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn verified(&self, limit: u32) -> Result<Vec<PlayerId>, ActError> {
        const SELECT: &str = "select player_id from standings where verified_at is not null \
            order by verified_at desc limit $1";
        let players = sqlx::query_scalar::<_, i64>(SELECT)
            .bind(i64::from(limit))
            .fetch_all(self.readers())
            .await;
        let players = players.map_err(unavailable("look who is verified"))?;
        Ok(players.into_iter().map(from_column).collect())
    }
}
