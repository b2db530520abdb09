//! The operator reads what people told.

use event_store::UnixMs;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::error::FeedbackUnavailable;
use super::message::{Category, Message, Place};
use super::store::{FeedbackId, FeedbackStore, unavailable};
use crate::players::from_column;

/// The most messages of one page.
pub const MAX_PAGE: u32 = 1_000;

/// The columns that [`read_row`] reads, in its order.
pub(super) const COLUMNS: &str =
    "id, at, category, text, contact, player_id, canvas, version, x, y";

/// A message that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Its number.
    pub id: FeedbackId,
    /// When it came.
    pub at: UnixMs,
    /// What it says.
    pub message: Message,
}

impl FeedbackStore {
    /// The messages after the one numbered `after`, oldest first, at most `limit` and at most
    /// [`MAX_PAGE`] of them.
    ///
    /// # Errors
    /// [`FeedbackUnavailable`].
    pub async fn page(
        &self,
        after: FeedbackId,
        limit: u32,
    ) -> Result<Vec<Feedback>, FeedbackUnavailable> {
        let select = format!("select {COLUMNS} from feedback where id > $1 order by id limit $2");
        let failed = unavailable("read feedback");
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(after.0)
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_row).collect();
        read.map_err(&failed)
    }
}

pub(super) fn read_row(row: &AnyRow) -> Result<Feedback, sqlx::Error> {
    let side = |index: usize| -> Result<Option<u16>, sqlx::Error> {
        let side: Option<i32> = row.try_get(index)?;
        Ok(side.and_then(|side| u16::try_from(side).ok()))
    };
    let version: Option<i64> = row.try_get(7)?;
    let player: Option<i64> = row.try_get(5)?;
    Ok(Feedback {
        id: FeedbackId(row.try_get(0)?),
        at: UnixMs(row.try_get(1)?),
        message: Message {
            // A later program's category is still something that was said.
            category: Category::of_name(row.try_get(2)?).unwrap_or(Category::Other),
            text: row.try_get(3)?,
            contact: row.try_get(4)?,
            player: player.map(from_column),
            place: Place {
                canvas: row.try_get(6)?,
                version: version.and_then(|version| u64::try_from(version).ok()),
                cell: side(8)?.zip(side(9)?),
            },
        },
    })
}
