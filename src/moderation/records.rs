//! What was done: the table of acts, on SQLite or Postgres.

use event_store::{CanvasSlug, UnixMs, Version};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

use super::error::unavailable;
use super::{Act, ActError, Actor, Identity, PreviewId};
use crate::players::{Connections, PlayerStore, from_column, to_column};

/// The most acts of one page.
pub const MAX_PAGE: u32 = 200;

/// The number of an act, from 1; later ones have greater numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(pub i64);

/// How far an act is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActState {
    /// Under way; or its process ended before it did.
    Begun,
    /// Done.
    Done,
    /// Not done, or not wholly: its outcome says why.
    Failed,
}

/// What came of an act. Everything is 0 or absent where it does not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// How many cells it changed.
    #[serde(default)]
    pub cells: u64,
    /// How many cells it left, because somebody had placed there meanwhile.
    #[serde(default)]
    pub kept_cells: u64,
    /// The round that it opened or closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
    /// What was so before, as the act that makes it so again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Act>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An act that is on the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRecord {
    /// Its number.
    pub id: ActId,
    /// What.
    pub act: Act,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub reason: String,
    /// When.
    pub at: UnixMs,
    /// The preview that was confirmed.
    pub preview: Option<PreviewId>,
    /// The act that it undoes.
    pub undoes: Option<ActId>,
    /// The act that undid it.
    pub undone_by: Option<ActId>,
    /// How far it is.
    pub state: ActState,
    /// The canvas's version before.
    pub before: Version,
    /// The first and last event that it led to.
    pub versions: Option<(Version, Version)>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What was done. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct ActStore {
    connections: Connections,
    canvas: String,
}

/// An act that begins.
pub(super) struct Beginning<'a> {
    pub(super) act: &'a Act,
    pub(super) actor: &'a Actor,
    pub(super) reason: &'a str,
    pub(super) at: UnixMs,
    pub(super) preview: Option<PreviewId>,
    pub(super) undoes: Option<ActId>,
    pub(super) before: Version,
}

/// The columns that [`read_row`] reads.
pub(super) const COLUMNS: &str = "id, act, actor, actor_role, actor_player, reason, at, preview, \
    undoes, state, version_before, first_version, last_version, outcome, \
    (select min(u.id) from acts u where u.undoes = acts.id and u.state <> 'failed') as undone_by";

impl ActStore {
    /// The acts on `canvas`, in the database of these players.
    pub fn of(players: &PlayerStore, canvas: &CanvasSlug) -> Self {
        Self {
            connections: players.connections().clone(),
            canvas: canvas.to_string(),
        }
    }

    /// The canvas's slug.
    pub(super) fn canvas(&self) -> &str {
        &self.canvas
    }

    /// The connections that read.
    pub(super) fn readers(&self) -> &sqlx::AnyPool {
        &self.connections.readers
    }

    /// Puts an act on the record before anything is done. A preview that was confirmed already, or
    /// an act that was undone already, is refused.
    pub(super) async fn begin(&self, beginning: &Beginning<'_>) -> Result<ActId, ActError> {
        const INSERT: &str = "insert into acts \
            (canvas, kind, act, actor, actor_role, actor_player, reason, at, preview, undoes, \
             state, version_before) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'begun', $11) returning id";
        let json = serde_json::to_string(beginning.act).expect("an act has a JSON form");
        let inserted = sqlx::query_scalar::<_, i64>(INSERT)
            .bind(&self.canvas)
            .bind(beginning.act.kind())
            .bind(json)
            .bind(beginning.actor.identity.to_string())
            .bind(beginning.actor.role.name())
            .bind(beginning.actor.player.map(to_column))
            .bind(beginning.reason)
            .bind(beginning.at.0)
            .bind(beginning.preview.map(|preview| preview.to_string()))
            .bind(beginning.undoes.map(|id| id.0))
            .bind(beginning.before.0 as i64)
            .fetch_one(&self.connections.writers)
            .await;
        let is_twice = |error: &sqlx::Error| {
            let error = error.as_database_error();
            error.is_some_and(sqlx::error::DatabaseError::is_unique_violation)
        };
        match (inserted, beginning.undoes) {
            (Ok(id), _) => Ok(ActId(id)),
            (Err(error), Some(id)) if is_twice(&error) => Err(ActError::NotUndoable {
                id,
                why: "it was undone already",
            }),
            (Err(error), None) if is_twice(&error) => Err(ActError::PreviewGone),
            (Err(error), _) => Err(unavailable("put the act on the record")(error)),
        }
    }

    /// Notes what came of an act.
    pub(super) async fn end(
        &self,
        id: ActId,
        versions: Option<(Version, Version)>,
        outcome: &Outcome,
        now: UnixMs,
    ) -> Result<(), ActError> {
        const UPDATE: &str = "update acts set state = $2, first_version = $3, last_version = $4, \
            outcome = $5, ended_at = $6 where id = $1";
        let state = match outcome.error {
            None => "done",
            Some(_) => "failed",
        };
        let (first, last) = versions.unzip();
        let json = serde_json::to_string(outcome).expect("an outcome has a JSON form");
        let updated = sqlx::query(UPDATE)
            .bind(id.0)
            .bind(state)
            .bind(first.map(|version| version.0 as i64))
            .bind(last.map(|version| version.0 as i64))
            .bind(json)
            .bind(now.0)
            .execute(&self.connections.writers)
            .await;
        let failed = unavailable("note what came of the act");
        updated.map(drop).map_err(failed)
    }

    /// One act.
    ///
    /// # Errors
    /// [`ActError::UnknownAct`], [`ActError::Store`].
    pub async fn get(&self, id: ActId) -> Result<ActRecord, ActError> {
        let select = format!("select {COLUMNS} from acts where canvas = $1 and id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(&self.canvas)
            .bind(id.0)
            .fetch_optional(&self.connections.readers)
            .await;
        let failed = unavailable("read the record of acts");
        let row = row.map_err(&failed)?.ok_or(ActError::UnknownAct { id })?;
        read_row(&row).map_err(failed)
    }

    /// The acts before the one numbered `before`, newest first, at most `limit` and at most
    /// [`MAX_PAGE`] of them; of all kinds when `kinds` is empty.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn page(
        &self,
        before: Option<ActId>,
        limit: u32,
    ) -> Result<Vec<ActRecord>, ActError> {
        let select = format!(
            "select {COLUMNS} from acts where canvas = $1 and id < $2 order by id desc limit $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(&self.canvas)
            .bind(before.map_or(i64::MAX, |before| before.0))
            .bind(i64::from(limit.min(MAX_PAGE)))
            .fetch_all(&self.connections.readers)
            .await;
        let failed = unavailable("read the record of acts");
        let rows = rows.map_err(&failed)?;
        let read: Result<_, sqlx::Error> = rows.iter().map(read_row).collect();
        read.map_err(failed)
    }
}

pub(super) fn read_row(row: &AnyRow) -> Result<ActRecord, sqlx::Error> {
    fn foreign(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
        sqlx::Error::Decode(Box::new(error))
    }
    let text = |name: &str| row.try_get::<String, _>(name);
    let number = |name: &str| row.try_get::<Option<i64>, _>(name);
    let version = |number: i64| Version(number.max(0).unsigned_abs());
    let identity: Identity = text("actor")?.parse().map_err(foreign)?;
    let outcome: Option<String> = row.try_get("outcome")?;
    let first = number("first_version")?.map(version);
    let preview: Option<String> = row.try_get("preview")?;
    Ok(ActRecord {
        id: ActId(row.try_get("id")?),
        act: serde_json::from_str(&text("act")?).map_err(foreign)?,
        actor: Actor {
            identity,
            role: text("actor_role")?.parse().map_err(foreign)?,
            player: number("actor_player")?.map(from_column),
        },
        reason: text("reason")?,
        at: UnixMs(row.try_get("at")?),
        preview: preview.and_then(|preview| preview.parse().ok()),
        undoes: number("undoes")?.map(ActId),
        undone_by: number("undone_by")?.map(ActId),
        state: match text("state")?.as_str() {
            "done" => ActState::Done,
            "failed" => ActState::Failed,
            _ => ActState::Begun,
        },
        before: version(row.try_get("version_before")?),
        versions: first.zip(number("last_version")?.map(version)),
        outcome: match outcome {
            Some(outcome) => serde_json::from_str(&outcome).map_err(foreign)?,
            None => Outcome::default(),
        },
    })
}
