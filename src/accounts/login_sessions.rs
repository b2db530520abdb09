//! The table of login sessions: one row for each family of refresh tokens.

use event_store::{PlayerId, UnixMs};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::error::AccountsUnavailable;
use super::store::{AccountStore, unavailable};
use crate::players::{LoginSessionId, Player, PlayerName, SessionNumber, from_column, to_column};

/// The most login sessions of one account: one more ends the one that was used least recently.
pub const MAX_LOGIN_SESSIONS: usize = 20;

/// The most passes of [`AccountStore::purge_all`]: 200,000 login sessions of a kind at 1,000 each,
/// which every ten minutes is 330 a second, more than are opened for long.
const MAX_PURGE_PASSES: usize = 200;

/// What of a refresh token is kept. Comparing two takes equally long whether or not they are equal.
pub type TokenHash = blake3::Hash;

/// A login session to open.
#[derive(Clone, Copy, Debug)]
pub struct NewLoginSession {
    /// Its name, drawn at random.
    pub id: LoginSessionId,
    /// The hash of its first refresh token.
    pub token_hash: TokenHash,
    /// When that token ends.
    pub expires_at: UnixMs,
}

/// A login session, as it is kept.
#[derive(Clone, Debug)]
pub struct LoginSession {
    /// Whose it is.
    pub player: Player,
    /// The account's session number when the current token was issued.
    pub session: SessionNumber,
    /// The hash of the current refresh token.
    pub token_hash: TokenHash,
    /// The hash of the token before it, and the current token sealed for whoever holds that one.
    pub predecessor: Option<(TokenHash, Vec<u8>)>,
    /// When it was opened.
    pub created_at: UnixMs,
    /// When the current token was issued.
    pub rotated_at: UnixMs,
    /// When the current token ends.
    pub expires_at: UnixMs,
    /// Whether it was ended before its time.
    pub is_revoked: bool,
}

/// The exchange of a refresh token for its successor.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Of which login session.
    pub id: LoginSessionId,
    /// The hash of the token that is handed in.
    pub from: TokenHash,
    /// The hash of its successor.
    pub to: TokenHash,
    /// The successor, sealed for whoever holds the token that is handed in.
    pub sealed_successor: Vec<u8>,
    /// When the successor ends.
    pub expires_at: UnixMs,
}

/// A login session that was ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedSession {
    /// Which one.
    pub login_session: LoginSessionId,
    /// Whose it was.
    pub player: PlayerId,
    /// When it was ended, by the clock of the gateway that did it.
    pub revoked_at: UnixMs,
}

/// How far somebody has read the revocations, which have an order that all gateways agree on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevocationCursor {
    number: i64,
    id: String,
}

impl AccountStore {
    /// The login session; none when there is none, or none any more.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn login_session(
        &self,
        id: LoginSessionId,
    ) -> Result<Option<LoginSession>, AccountsUnavailable> {
        const SELECT: &str = "select s.player_id, p.name, s.session_number, s.token_hash, \
            s.predecessor_hash, s.sealed_successor, s.created_at, s.rotated_at, s.expires_at, \
            s.revoked_at \
            from login_sessions s join players p on p.id = s.player_id where s.id = $1";
        let failed = unavailable("read login session");
        let row = sqlx::query(SELECT).bind(id.to_string());
        let row = row
            .fetch_optional(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read = row.as_ref().map(login_session).transpose();
        read.map_err(&failed)
    }

    /// The login sessions of a player that hold at `now`: since when, and when each was refreshed
    /// last; the one refreshed last comes first. At most [`MAX_LOGIN_SESSIONS`].
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn devices_of(
        &self,
        player: PlayerId,
        now: UnixMs,
    ) -> Result<Vec<(UnixMs, UnixMs)>, AccountsUnavailable> {
        const SELECT: &str = "select created_at, rotated_at from login_sessions \
            where player_id = $1 and revoked_at is null and expires_at > $2 \
            order by rotated_at desc limit $3";
        let rows = sqlx::query_as::<_, (i64, i64)>(SELECT)
            .bind(to_column(player))
            .bind(now.0)
            .bind(MAX_LOGIN_SESSIONS as i64)
            .fetch_all(&self.connections.readers)
            .await;
        let rows = rows.map_err(unavailable("read a player's login sessions"))?;
        let devices = rows.into_iter();
        Ok(devices
            .map(|(since, used)| (UnixMs(since), UnixMs(used)))
            .collect())
    }

    /// Exchanges the current token for its successor and counts the account's session number up;
    /// tells that number. `None` when the token is not the current one, or when the session has
    /// ended: of any number of calls with the same token, one succeeds.
    ///
    /// # Errors
    /// [`AccountsUnavailable`]; the exchange may have been made.
    pub async fn rotate(
        &self,
        rotation: &Rotation,
        now: UnixMs,
    ) -> Result<Option<SessionNumber>, AccountsUnavailable> {
        const COUNT: &str = "update accounts set session_number = session_number + 1 \
            where player_id = (select player_id from login_sessions \
                where id = $1 and token_hash = $2 and revoked_at is null and expires_at > $3) \
            returning session_number";
        const EXCHANGE: &str = "update login_sessions set token_hash = $3, \
            predecessor_hash = token_hash, sealed_successor = $4, session_number = $5, \
            rotated_at = $6, expires_at = $7 \
            where id = $1 and token_hash = $2 and revoked_at is null and expires_at > $6";
        let failed = unavailable("rotate refresh token");
        let (id, from) = (rotation.id.to_string(), rotation.from.as_bytes().to_vec());
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let counted = sqlx::query_scalar::<_, i64>(COUNT)
            .bind(&id)
            .bind(&from)
            .bind(now.0)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(&failed)?;
        let Some(number) = counted else {
            transaction.rollback().await.map_err(&failed)?;
            return Ok(None);
        };
        let exchanged = sqlx::query(EXCHANGE)
            .bind(&id)
            .bind(&from)
            .bind(rotation.to.as_bytes().to_vec())
            .bind(&rotation.sealed_successor)
            .bind(number)
            .bind(now.0)
            .bind(rotation.expires_at.0)
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        if exchanged.rows_affected() == 0 {
            transaction.rollback().await.map_err(&failed)?;
            return Ok(None);
        }
        transaction.commit().await.map_err(&failed)?;
        Ok(Some(session_number(number)))
    }

    /// Ends a login session. `None` when there is no such one or it was ended already.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn revoke(
        &self,
        id: LoginSessionId,
        now: UnixMs,
    ) -> Result<Option<RevokedSession>, AccountsUnavailable> {
        let failed = unavailable("end login session");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let ended = revoke_one(&mut transaction, id, now).await;
        let ended = ended.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(ended)
    }

    /// Ends every login session of a player.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn revoke_all(
        &self,
        player: PlayerId,
        now: UnixMs,
    ) -> Result<Vec<RevokedSession>, AccountsUnavailable> {
        const END: &str = "update login_sessions \
            set revoked_at = $1, revocation_number = $2, sealed_successor = null \
            where player_id = $3 and revoked_at is null returning id";
        let failed = unavailable("end login sessions");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let number = next_revocation(&mut transaction).await.map_err(&failed)?;
        let ended = sqlx::query_scalar::<_, String>(END)
            .bind(now.0)
            .bind(number)
            .bind(to_column(player))
            .fetch_all(&mut *transaction)
            .await
            .map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        let read = ended.iter().map(|id| revoked(id, player, now));
        read.collect::<Result<_, _>>().map_err(&failed)
    }

    /// The revocations after `cursor`, at most `limit` of them, and how far they go. When there
    /// are fewer than `limit`, these are all that have been committed.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn revocations_after(
        &self,
        cursor: &RevocationCursor,
        limit: u32,
    ) -> Result<(Vec<RevokedSession>, RevocationCursor), AccountsUnavailable> {
        const SELECT: &str = "select id, player_id, revoked_at, revocation_number \
            from login_sessions \
            where revocation_number >= $1 and (revocation_number > $1 or id > $2) \
            order by revocation_number, id limit $3";
        let failed = unavailable("read revocations");
        let rows = sqlx::query(SELECT)
            .bind(cursor.number)
            .bind(&cursor.id)
            .bind(i64::from(limit))
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let mut cursor = cursor.clone();
        let mut ended = Vec::with_capacity(rows.len());
        for row in &rows {
            let (session, at) = revocation(row).map_err(&failed)?;
            ended.push(session);
            cursor = at;
        }
        Ok((ended, cursor))
    }

    /// [`purge`](Self::purge) again and again until nothing is left, at most
    /// `MAX_PURGE_PASSES` times; tells how many were deleted. Others write in between.
    ///
    /// # Errors
    /// [`AccountsUnavailable`]; some may have been deleted.
    pub async fn purge_all(
        &self,
        expired_before: UnixMs,
        revoked_before: UnixMs,
        limit: u32,
    ) -> Result<u64, AccountsUnavailable> {
        let mut deleted = 0;
        for _ in 0..MAX_PURGE_PASSES {
            let pass = self.purge(expired_before, revoked_before, limit).await?;
            deleted += pass;
            // Less than the limit of one kind: there is none left of either.
            if pass < u64::from(limit) {
                break;
            }
        }
        Ok(deleted)
    }

    /// Deletes up to `limit` login sessions that ended before `expired_before` by themselves, and
    /// as many that were ended before `revoked_before`; tells how many.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn purge(
        &self,
        expired_before: UnixMs,
        revoked_before: UnixMs,
        limit: u32,
    ) -> Result<u64, AccountsUnavailable> {
        const EXPIRED: &str = "delete from login_sessions where id in \
            (select id from login_sessions where expires_at < $1 order by expires_at limit $2)";
        const REVOKED: &str = "delete from login_sessions where id in \
            (select id from login_sessions \
            where revocation_number is not null and revoked_at < $1 \
            order by revocation_number limit $2)";
        let failed = unavailable("delete login sessions");
        let mut deleted = 0;
        for (statement, before) in [(EXPIRED, expired_before), (REVOKED, revoked_before)] {
            let done = sqlx::query(statement).bind(before.0).bind(i64::from(limit));
            let done = done
                .execute(&self.connections.writers)
                .await
                .map_err(&failed)?;
            deleted += done.rows_affected();
        }
        Ok(deleted)
    }
}

/// Opens a login session and counts the account's session number up, which it tells.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    player: PlayerId,
    new: &NewLoginSession,
    now: UnixMs,
) -> Result<SessionNumber, sqlx::Error> {
    const COUNT: &str = "update accounts set session_number = session_number + 1 \
        where player_id = $1 returning session_number";
    const INSERT: &str = "insert into login_sessions \
        (id, player_id, session_number, token_hash, created_at, rotated_at, expires_at) \
        values ($1, $2, $3, $4, $5, $5, $6)";
    let number = sqlx::query_scalar::<_, i64>(COUNT)
        .bind(to_column(player))
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query(INSERT)
        .bind(new.id.to_string())
        .bind(to_column(player))
        .bind(number)
        .bind(new.token_hash.as_bytes().to_vec())
        .bind(now.0)
        .bind(new.expires_at.0)
        .execute(connection)
        .await?;
    Ok(session_number(number))
}

/// Ends what an account has above [`MAX_LOGIN_SESSIONS`], the least recently used first.
pub(super) async fn end_oldest(
    connection: &mut AnyConnection,
    player: PlayerId,
    now: UnixMs,
) -> Result<Vec<RevokedSession>, sqlx::Error> {
    // As many as were opened at once by sign-ins that did not see each other.
    const MOST_AT_ONCE: i64 = 100;
    const SELECT: &str = "select id from login_sessions \
        where player_id = $1 and revoked_at is null and expires_at > $2 \
        order by session_number desc limit $3 offset $4";
    let above = sqlx::query_scalar::<_, String>(SELECT)
        .bind(to_column(player))
        .bind(now.0)
        .bind(MOST_AT_ONCE)
        .bind(i64::try_from(MAX_LOGIN_SESSIONS).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?;
    let mut ended = Vec::new();
    for id in above {
        let id = parsed(&id)?;
        ended.extend(revoke_one(connection, id, now).await?);
    }
    Ok(ended)
}

async fn revoke_one(
    connection: &mut AnyConnection,
    id: LoginSessionId,
    now: UnixMs,
) -> Result<Option<RevokedSession>, sqlx::Error> {
    const END: &str = "update login_sessions \
        set revoked_at = $1, revocation_number = $2, sealed_successor = null \
        where id = $3 and revoked_at is null returning player_id";
    let number = next_revocation(connection).await?;
    let player = sqlx::query_scalar::<_, i64>(END)
        .bind(now.0)
        .bind(number)
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(player.map(|player| RevokedSession {
        login_session: id,
        player: from_column(player),
        revoked_at: now,
    }))
}

/// The next number, and the right to be the only one who has it until the transaction ends.
async fn next_revocation(connection: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    const NEXT: &str = "update revocation_count set last_number = last_number + 1 \
        where id = 1 returning last_number";
    sqlx::query_scalar(NEXT).fetch_one(connection).await
}

fn login_session(row: &AnyRow) -> Result<LoginSession, sqlx::Error> {
    let predecessor: Option<Vec<u8>> = row.try_get(4)?;
    let sealed: Option<Vec<u8>> = row.try_get(5)?;
    let predecessor = match predecessor.zip(sealed) {
        Some((predecessor, sealed)) => Some((hash(&predecessor)?, sealed)),
        None => None,
    };
    let revoked_at: Option<i64> = row.try_get(9)?;
    Ok(LoginSession {
        player: Player {
            id: from_column(row.try_get(0)?),
            name: PlayerName::nearest(row.try_get(1)?),
        },
        session: session_number(row.try_get(2)?),
        token_hash: hash(&row.try_get::<Vec<u8>, _>(3)?)?,
        predecessor,
        created_at: UnixMs(row.try_get(6)?),
        rotated_at: UnixMs(row.try_get(7)?),
        expires_at: UnixMs(row.try_get(8)?),
        is_revoked: revoked_at.is_some(),
    })
}

fn revocation(row: &AnyRow) -> Result<(RevokedSession, RevocationCursor), sqlx::Error> {
    let id: String = row.try_get(0)?;
    let player = from_column(row.try_get(1)?);
    let session = revoked(&id, player, UnixMs(row.try_get(2)?))?;
    let number = row.try_get(3)?;
    Ok((session, RevocationCursor { number, id }))
}

fn revoked(id: &str, player: PlayerId, at: UnixMs) -> Result<RevokedSession, sqlx::Error> {
    Ok(RevokedSession {
        login_session: parsed(id)?,
        player,
        revoked_at: at,
    })
}

fn parsed(id: &str) -> Result<LoginSessionId, sqlx::Error> {
    id.parse()
        .map_err(|wrong| sqlx::Error::Decode(Box::new(wrong)))
}

fn hash(bytes: &[u8]) -> Result<TokenHash, sqlx::Error> {
    TokenHash::from_slice(bytes).map_err(|wrong| sqlx::Error::Decode(Box::new(wrong)))
}

/// The number of a column that a check keeps from being negative.
fn session_number(number: i64) -> SessionNumber {
    SessionNumber(number.unsigned_abs())
}
