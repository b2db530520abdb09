//! The operator has done with what people told.

use super::error::FeedbackUnavailable;
use super::store::{FeedbackId, FeedbackStore, unavailable};

impl FeedbackStore {
    /// Deletes the messages up to and including the one numbered `last`; says how many there were.
    ///
    /// # Errors
    /// [`FeedbackUnavailable`].
    pub async fn forget_up_to(&self, last: FeedbackId) -> Result<u64, FeedbackUnavailable> {
        const DELETE: &str = "delete from feedback where id <= $1";
        let deleted = sqlx::query(DELETE).bind(last.0);
        let deleted = deleted.execute(&self.connections.writers).await;
        let deleted = deleted.map_err(unavailable("forget feedback"))?;
        Ok(deleted.rows_affected())
    }
}
