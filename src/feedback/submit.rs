//! Somebody tells the operator something.

use event_store::UnixMs;

use super::error::SubmitError;
use super::message::Message;
use super::store::{FeedbackId, FeedbackStore, MAX_KEPT, unavailable};
use crate::players::to_column;

impl FeedbackStore {
    /// Keeps a message. How many there are is told by the first and the last number, which costs
    /// the same however many there are: messages are only ever deleted from the oldest on. Several
    /// processes on Postgres that submit at once may keep a few more than [`MAX_KEPT`].
    ///
    /// # Errors
    /// [`SubmitError`] by cause.
    pub async fn submit(&self, message: &Message, now: UnixMs) -> Result<FeedbackId, SubmitError> {
        self.submit_within(MAX_KEPT, message, now).await
    }

    /// The same with another bound.
    ///
    /// # Errors
    /// [`SubmitError`] by cause.
    pub async fn submit_within(
        &self,
        max_kept: i64,
        message: &Message,
        now: UnixMs,
    ) -> Result<FeedbackId, SubmitError> {
        const INSERT: &str = "insert into feedback \
            (at, category, text, contact, player_id, canvas, version, x, y) \
            select $1, $2, $3, $4, $5, $6, $7, $8, $9 \
            where coalesce( \
                (select max(id) from feedback) - (select min(id) from feedback) + 1, 0 \
            ) < $10 \
            returning id";
        let place = &message.place;
        let version = place
            .version
            .and_then(|version| i64::try_from(version).ok());
        let (x, y) = place.cell.unzip();
        let inserted = sqlx::query_scalar::<_, i64>(INSERT)
            .bind(now.0)
            .bind(message.category.as_str())
            .bind(&message.text)
            .bind(message.contact.as_deref())
            .bind(message.player.map(to_column))
            .bind(place.canvas.as_deref())
            .bind(version)
            .bind(x.map(i32::from))
            .bind(y.map(i32::from))
            .bind(max_kept)
            .fetch_optional(&self.connections.writers)
            .await;
        let id = inserted.map_err(unavailable("keep feedback"))?;
        id.map(FeedbackId).ok_or(SubmitError::Full)
    }
}
