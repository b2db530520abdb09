//! Taking an identity from an account.

use event_store::PlayerId;

use super::error::UnlinkError;
use super::identity::Provider;
use super::store::{AccountStore, unavailable};
use crate::players::to_column;

impl AccountStore {
    /// Takes every identity of `provider` from the account of `player`, unless none would be left.
    ///
    /// # Errors
    /// [`UnlinkError`] by cause; nothing was taken then.
    pub async fn unlink(&self, player: PlayerId, provider: Provider) -> Result<(), UnlinkError> {
        // A write that changes nothing: it keeps two of one account apart.
        const HOLD: &str = "update identities set last_used_at = last_used_at where player_id = $1";
        const DELETE: &str = "delete from identities where player_id = $1 and provider = $2";
        let failed = unavailable("unlink identity");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let hold = sqlx::query(HOLD).bind(to_column(player));
        let held = hold.execute(&mut *transaction).await.map_err(&failed)?;
        let delete = sqlx::query(DELETE)
            .bind(to_column(player))
            .bind(provider.as_str());
        let deleted = delete.execute(&mut *transaction).await.map_err(&failed)?;
        // Dropped without a commit, the transaction is rolled back.
        if deleted.rows_affected() == 0 {
            return Err(UnlinkError::NotLinked);
        }
        if deleted.rows_affected() == held.rows_affected() {
            return Err(UnlinkError::LastIdentity);
        }
        let committed = transaction.commit().await;
        Ok(committed.map_err(&failed)?)
    }
}
