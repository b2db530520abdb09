//! Somebody tells of a cell or of a player.

use event_store::{Cell, PlayerId, Region, UnixMs, Version};
use sqlx::{AnyConnection, Row as _};

use super::Reports;
use super::error::SubmitError;
use super::report::{About, Category, Draft, Kind, MAX_TEXT_CHARS, picture_region};
use super::store::{EntryId, MAX_OPEN, MAX_OPEN_OF_PLAYER, ReportId, ReportStore, unavailable};
use crate::feedback::tidied;
use crate::players::{PlayerStore, to_column};

/// A report that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub id: ReportId,
    /// When it came.
    pub at: UnixMs,
    /// Whether it is new, and not what the same player told before.
    pub is_new: bool,
}

/// A report that may be kept.
pub(super) struct Telling<'a> {
    pub(super) kind: Kind,
    pub(super) subject: &'a str,
    /// Whom it concerns.
    pub(super) player: Option<PlayerId>,
    pub(super) place: Option<(Cell, Region)>,
    pub(super) appealed_act: Option<i64>,
    pub(super) reporter: PlayerId,
    pub(super) category: Category,
    pub(super) version: Version,
    pub(super) text: Option<&'a str>,
}

impl Reports {
    /// Keeps a report. What the same player told of the same subject, and nobody has looked at yet,
    /// is the same report. An entry that is done is opened again.
    ///
    /// # Errors
    /// [`SubmitError`]
    pub async fn submit(
        &self,
        draft: &Draft,
        players: &PlayerStore,
        now: UnixMs,
    ) -> Result<Kept, SubmitError> {
        let written = draft.text.as_deref().unwrap_or_default();
        let text = match written.trim() {
            "" => None,
            written => Some(tidied(written, MAX_TEXT_CHARS)?),
        };
        if let About::Player(player) = draft.about {
            if player == draft.reporter {
                return Err(SubmitError::Oneself);
            }
            if players.name_of(player).await?.is_none() {
                return Err(SubmitError::UnknownPlayer);
            }
        }
        let standing = self.moderation.standings().standing(draft.reporter).await;
        standing.map_err(SubmitError::Standing)?.refuse_muted(now)?;
        let place = match draft.about {
            About::Cell { cell, size, .. } => Some((cell, picture_region(cell, size))),
            About::Player(_) => None,
        };
        let subject = draft.about.subject();
        let telling = Telling {
            kind: draft.about.kind(),
            subject: &subject,
            player: draft.about.player(),
            place,
            appealed_act: None,
            reporter: draft.reporter,
            category: draft.category,
            version: draft.version,
            text: text.as_deref(),
        };
        let kept = self.store.submit(&telling, now).await?;
        if kept.is_new {
            let category = draft.category.name();
            metrics::counter!("canvas_reports_total", "category" => category).increment(1);
        }
        Ok(kept)
    }
}

impl ReportStore {
    /// Keeps a report. Several processes on Postgres that submit at once may keep a few more than
    /// [`MAX_OPEN`].
    async fn submit(&self, telling: &Telling<'_>, now: UnixMs) -> Result<Kept, SubmitError> {
        const SAME: &str = "select id, at from reports \
            where entry_id = $1 and player_id = $2 and answered_at is null";
        const OPEN_OF_PLAYER: &str =
            "select count(*) from reports where player_id = $1 and answered_at is null";
        let failed = unavailable("keep a report");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let entry = self.entry_of(&mut transaction, telling, now).await;
        let entry = entry.map_err(&failed)?;
        let same = sqlx::query(SAME)
            .bind(entry.0)
            .bind(to_column(telling.reporter))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(&failed)?;
        if let Some(same) = same {
            transaction.rollback().await.map_err(&failed)?;
            let read = || -> Result<Kept, sqlx::Error> {
                Ok(Kept {
                    id: ReportId(same.try_get(0)?),
                    at: UnixMs(same.try_get(1)?),
                    is_new: false,
                })
            };
            return Ok(read().map_err(&failed)?);
        }
        let open: i64 = sqlx::query_scalar(OPEN_OF_PLAYER)
            .bind(to_column(telling.reporter))
            .fetch_one(&mut *transaction)
            .await
            .map_err(&failed)?;
        if open >= MAX_OPEN_OF_PLAYER {
            return Err(SubmitError::TooMany);
        }
        if is_full(&mut transaction).await.map_err(&failed)? {
            return Err(SubmitError::Full);
        }
        let id = add(&mut transaction, entry, telling, now).await;
        let id = id.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(Kept {
            id,
            at: now,
            is_new: true,
        })
    }

    /// The entry of a subject, made when there is none. It is the caller's until the transaction
    /// ends.
    async fn entry_of(
        &self,
        transaction: &mut AnyConnection,
        telling: &Telling<'_>,
        now: UnixMs,
    ) -> Result<EntryId, sqlx::Error> {
        const FIND_OR_MAKE: &str = "insert into report_entries \
            (canvas, kind, subject, player_id, x, y, version, region, appealed_act, state, \
             newest_report, opened_at, reopened_count) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', 0, $10, 0) \
            on conflict (canvas, subject) do update set \
             version = excluded.version, region = excluded.region \
            returning id";
        let id = self.making(FIND_OR_MAKE, telling, now);
        id.fetch_one(transaction).await.map(EntryId)
    }

    /// A statement that makes an entry.
    pub(super) fn making<'q>(
        &self,
        statement: &'static str,
        telling: &Telling<'_>,
        now: UnixMs,
    ) -> sqlx::query::QueryScalar<'q, sqlx::Any, i64, sqlx::any::AnyArguments> {
        let (cell, region) = telling.place.unzip();
        let region = region.map(|region| {
            let Region {
                x,
                y,
                width,
                height,
            } = region;
            format!("{x},{y},{width},{height}")
        });
        sqlx::query_scalar(statement)
            .bind(self.canvas.clone())
            .bind(telling.kind.name())
            .bind(telling.subject.to_owned())
            .bind(telling.player.map(to_column))
            .bind(cell.map(|cell| i32::from(cell.x)))
            .bind(cell.map(|cell| i32::from(cell.y)))
            .bind(telling.version.0.cast_signed())
            .bind(region)
            .bind(telling.appealed_act)
            .bind(now.0)
    }
}

/// Whether as many reports wait as may, on all canvases.
pub(super) async fn is_full(transaction: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    const OPEN: &str = "select count(*) from reports where answered_at is null";
    let open: i64 = sqlx::query_scalar(OPEN).fetch_one(transaction).await?;
    Ok(open >= MAX_OPEN)
}

/// Adds a report to an entry, which is open then.
pub(super) async fn add(
    transaction: &mut AnyConnection,
    entry: EntryId,
    telling: &Telling<'_>,
    now: UnixMs,
) -> Result<ReportId, sqlx::Error> {
    const INSERT: &str = "insert into reports \
        (entry_id, player_id, category, text, version, at) \
        values ($1, $2, $3, $4, $5, $6) returning id";
    const OPEN: &str = "update report_entries set newest_report = $2, \
        opened_at = case when state = 'done' then $3 else opened_at end, \
        reopened_count = reopened_count + case when state = 'done' then 1 else 0 end, \
        state = 'open', outcome = null, answer = null, act = null, \
        resolved_by = null, resolved_at = null where id = $1";
    let id: i64 = sqlx::query_scalar(INSERT)
        .bind(entry.0)
        .bind(to_column(telling.reporter))
        .bind(telling.category.name())
        .bind(telling.text)
        .bind(telling.version.0.cast_signed())
        .bind(now.0)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query(OPEN)
        .bind(entry.0)
        .bind(id)
        .bind(now.0)
        .execute(transaction)
        .await?;
    Ok(ReportId(id))
}
