//! Who may do what, and what moderators know of a player beside the log.

use event_store::{PlayerId, UnixMs};
use sqlx::Row as _;

use super::error::unavailable;
use super::{ActError, Identity, Role};
use crate::exchange::moment::rfc3339;
use crate::players::{Connections, PlayerStore, from_column, to_column};

/// The most players of one page.
const MAX_PAGE: i64 = 1_000;

/// What moderators know of a player beside the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Until when reports and feedback are not taken, and why.
    pub muted: Option<(UnixMs, String)>,
    /// Since when the player is known to be no script.
    pub verified_at: Option<UnixMs>,
}

impl Standing {
    /// Whether the player's reports and feedback are not taken at `now`.
    pub fn is_muted(&self, now: UnixMs) -> bool {
        let muted = self.muted.as_ref();
        muted.is_some_and(|(until, _)| now < *until)
    }

    /// Refuses what is not taken of a muted player.
    ///
    /// # Errors
    /// [`Muted`]
    pub fn refuse_muted(&self, now: UnixMs) -> Result<(), Muted> {
        match &self.muted {
            Some((until, reason)) if now < *until => Err(Muted {
                until: *until,
                reason: reason.clone(),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Somebody's reports and feedback are not taken. Safe to show them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "reports and feedback of yours are not taken until {}{}",
    rfc3339(*.until),
    because(.reason)
)]
pub struct Muted {
    /// Until when.
    pub until: UnixMs,
    /// Why.
    pub reason: String,
}

fn because(reason: &str) -> String {
    match reason {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}

/// Roles and standings. Clones share the same connections.
#[derive(Clone, Debug)]
pub struct StandingStore {
    connections: Connections,
}

impl StandingStore {
    /// Those of these players.
    pub fn of(players: &PlayerStore) -> Self {
        Self {
            connections: players.connections().clone(),
        }
    }

    /// The connections that read.
    pub(super) fn readers(&self) -> &sqlx::AnyPool {
        &self.connections.readers
    }

    /// A player's role.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn role(&self, player: PlayerId) -> Result<Role, ActError> {
        const SELECT: &str = "select role from roles where player_id = $1";
        let role = sqlx::query_scalar::<_, String>(SELECT)
            .bind(to_column(player))
            .fetch_optional(&self.connections.readers)
            .await;
        let role = role.map_err(unavailable("look for a role"))?;
        Ok(role.and_then(|role| role.parse().ok()).unwrap_or_default())
    }

    /// Everybody who has a role, at most 1,000.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn roles(&self) -> Result<Vec<(PlayerId, Role)>, ActError> {
        const SELECT: &str = "select player_id, role from roles order by given_at limit $1";
        let failed = unavailable("look for roles");
        let rows = sqlx::query(SELECT)
            .bind(MAX_PAGE)
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read = rows.iter().map(|row| {
            let role: String = row.try_get("role")?;
            let player = from_column(row.try_get("player_id")?);
            Ok((player, role.parse().unwrap_or_default()))
        });
        let read: Result<_, sqlx::Error> = read.collect();
        read.map_err(failed)
    }

    /// Gives a player a role, and says which one they had.
    ///
    /// # Errors
    /// [`ActError::Invalid`] for nobody's id, [`ActError::Store`].
    pub(super) async fn set_role(
        &self,
        player: PlayerId,
        role: Role,
        by: Identity,
        now: UnixMs,
    ) -> Result<(), ActError> {
        const DELETE: &str = "delete from roles where player_id = $1";
        const UPSERT: &str = "insert into roles (player_id, role, given_by, given_at) \
            values ($1, $2, $3, $4) on conflict (player_id) do update set \
            role = excluded.role, given_by = excluded.given_by, given_at = excluded.given_at";
        let query = match role {
            Role::Player => sqlx::query(DELETE).bind(to_column(player)),
            Role::Helper | Role::Moderator | Role::Admin => sqlx::query(UPSERT)
                .bind(to_column(player))
                .bind(role.name())
                .bind(by.to_string())
                .bind(now.0),
        };
        let written = query.execute(&self.connections.writers).await;
        written
            .map(drop)
            .map_err(|error| nobody(error, "give a role"))
    }

    /// What moderators know of a player.
    ///
    /// # Errors
    /// [`ActError::Store`]
    pub async fn standing(&self, player: PlayerId) -> Result<Standing, ActError> {
        const SELECT: &str =
            "select muted_until, mute_reason, verified_at from standings where player_id = $1";
        let failed = unavailable("look for what is known of a player");
        let row = sqlx::query(SELECT)
            .bind(to_column(player))
            .fetch_optional(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let Some(row) = row else {
            return Ok(Standing::default());
        };
        let read = || -> Result<Standing, sqlx::Error> {
            let until: Option<i64> = row.try_get("muted_until")?;
            let reason: Option<String> = row.try_get("mute_reason")?;
            let verified_at: Option<i64> = row.try_get("verified_at")?;
            Ok(Standing {
                muted: until.map(|until| (UnixMs(until), reason.unwrap_or_default())),
                verified_at: verified_at.map(UnixMs),
            })
        };
        read().map_err(failed)
    }

    /// Notes until when a player is muted; none for no longer.
    pub(super) async fn set_muted(
        &self,
        player: PlayerId,
        muted: Option<(UnixMs, &str)>,
    ) -> Result<(), ActError> {
        const UPSERT: &str = "insert into standings (player_id, muted_until, mute_reason) \
            values ($1, $2, $3) on conflict (player_id) do update set \
            muted_until = excluded.muted_until, mute_reason = excluded.mute_reason";
        let (until, reason) = muted.unzip();
        let written = sqlx::query(UPSERT)
            .bind(to_column(player))
            .bind(until.map(|until| until.0))
            .bind(reason)
            .execute(&self.connections.writers)
            .await;
        written
            .map(drop)
            .map_err(|error| nobody(error, "mute a player"))
    }

    /// Notes since when a player is known to be no script; none for not any more.
    pub(super) async fn set_verified(
        &self,
        player: PlayerId,
        at: Option<UnixMs>,
    ) -> Result<(), ActError> {
        const UPSERT: &str = "insert into standings (player_id, verified_at) values ($1, $2) \
            on conflict (player_id) do update set verified_at = excluded.verified_at";
        let written = sqlx::query(UPSERT)
            .bind(to_column(player))
            .bind(at.map(|at| at.0))
            .execute(&self.connections.writers)
            .await;
        written
            .map(drop)
            .map_err(|error| nobody(error, "verify a player"))
    }
}

/// A player whom the database does not know is the caller's mistake.
fn nobody(error: sqlx::Error, what: &'static str) -> ActError {
    let is_unknown = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation);
    match is_unknown {
        true => ActError::invalid("there is no such player"),
        false => unavailable(what)(error),
    }
}
