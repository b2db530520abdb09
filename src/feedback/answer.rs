//! The staff answers what people told the operator.

use event_store::{PlayerId, UnixMs};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::error::{AnswerError, FeedbackUnavailable};
use super::read::{COLUMNS, Feedback, read_row};
use super::store::{FeedbackId, FeedbackStore, unavailable};
use super::text::tidied;
use crate::players::to_column;

/// The longest answer, in Unicode scalar values.
pub const MAX_ANSWER_CHARS: usize = 1_000;

/// The most messages of a page that somebody reads over HTTP.
const MAX_PAGE: u32 = 100;

/// An answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What.
    pub text: String,
    /// Who, as an identity of the table of acts.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// A message, and the answer if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The message.
    pub feedback: Feedback,
    /// The answer.
    pub answer: Option<Answer>,
}

impl FeedbackStore {
    /// The messages before the one numbered `before` that are answered, or that are not, newest
    /// first, at most `limit` and at most 100.
    ///
    /// # Errors
    /// [`FeedbackUnavailable`].
    pub async fn waiting(
        &self,
        is_answered: bool,
        before: Option<FeedbackId>,
        limit: u32,
    ) -> Result<Vec<Answered>, FeedbackUnavailable> {
        let condition = match is_answered {
            true => "answered_at is not null",
            false => "answered_at is null",
        };
        let select = format!(
            "select {COLUMNS}, answer, answered_by, answered_at from feedback \
             where {condition} and id < $1 order by id desc limit $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(before.map_or(i64::MAX, |before| before.0))
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(&self.connections.readers)
            .await;
        read_all(&rows.map_err(unavailable("read feedback"))?)
    }

    /// What a player told before the message numbered `before`, newest first, at most `limit` and
    /// at most 100.
    ///
    /// # Errors
    /// [`FeedbackUnavailable`].
    pub async fn told_by(
        &self,
        player: PlayerId,
        before: Option<FeedbackId>,
        limit: u32,
    ) -> Result<Vec<Answered>, FeedbackUnavailable> {
        let select = format!(
            "select {COLUMNS}, answer, answered_by, answered_at from feedback \
             where player_id = $1 and id < $2 order by id desc limit $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(to_column(player))
            .bind(before.map_or(i64::MAX, |before| before.0))
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(&self.connections.readers)
            .await;
        read_all(&rows.map_err(unavailable("read a player's feedback"))?)
    }

    /// Answers a message, once. `by` is an identity of the table of acts.
    ///
    /// # Errors
    /// [`AnswerError`] by cause.
    pub async fn answer(
        &self,
        id: FeedbackId,
        text: &str,
        by: &str,
        now: UnixMs,
    ) -> Result<Answered, AnswerError> {
        const ANSWER: &str = "update feedback set answer = $2, answered_by = $3, answered_at = $4 \
            where id = $1 and answered_at is null";
        let text = tidied(text, MAX_ANSWER_CHARS)?;
        let answered = sqlx::query(ANSWER)
            .bind(id.0)
            .bind(text)
            .bind(by)
            .bind(now.0)
            .execute(&self.connections.writers)
            .await;
        let answered = answered.map_err(unavailable("answer feedback"))?;
        let found = self.find(id).await?.ok_or(AnswerError::Unknown(id))?;
        match (answered.rows_affected(), found.answer) {
            (0, Some(Answer { by, at, .. })) => Err(AnswerError::Overtaken { by, at }),
            (_, answer) => Ok(Answered { answer, ..found }),
        }
    }

    async fn find(&self, id: FeedbackId) -> Result<Option<Answered>, FeedbackUnavailable> {
        let select = format!(
            "select {COLUMNS}, answer, answered_by, answered_at from feedback where id = $1"
        );
        let failed = unavailable("look for feedback");
        let row = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(id.0)
            .fetch_optional(&self.connections.readers)
            .await
            .map_err(&failed)?;
        row.as_ref().map(read_answered).transpose().map_err(failed)
    }
}

fn read_all(rows: &[AnyRow]) -> Result<Vec<Answered>, FeedbackUnavailable> {
    let read: Result<_, sqlx::Error> = rows.iter().map(read_answered).collect();
    read.map_err(unavailable("read feedback"))
}

fn read_answered(row: &AnyRow) -> Result<Answered, sqlx::Error> {
    let text: Option<String> = row.try_get("answer")?;
    let by: Option<String> = row.try_get("answered_by")?;
    let at: Option<i64> = row.try_get("answered_at")?;
    Ok(Answered {
        feedback: read_row(row)?,
        answer: at.map(|at| Answer {
            text: text.unwrap_or_default(),
            by: by.unwrap_or_default(),
            at: UnixMs(at),
        }),
    })
}
