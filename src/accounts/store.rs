//! The tables of accounts and identities, on SQLite or Postgres.

use event_store::{PlayerId, UnixMs};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::error::{AccountsUnavailable, LinkError, OpenSessionError};
use super::identity::{Identity, LinkedIdentity, MAX_IDENTITIES, Provider};
use super::login_sessions::{self, NewLoginSession, RevokedSession};
use crate::players::{
    Connections, Origin, Player, PlayerName, PlayerStore, SessionNumber, create_player,
    from_column, to_column,
};

/// How often a sign-in is tried that another one of the same new identity overtakes: the second try
/// finds the account that the other one made.
const MAX_TRIES: usize = 3;

/// A login session that was just opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedSession {
    /// Whose it is.
    pub player: Player,
    /// The account's newest session number: this one's.
    pub session: SessionNumber,
    /// What was ended so that the account does not have too many.
    pub ended: Vec<RevokedSession>,
}

/// The accounts, their identities and their login sessions. Clones share the same connections.
///
/// Every transaction begins with a write, because SQLite refuses to turn one that has read into one
/// that writes while another writes; and takes its rows in the order identities, accounts, count of
/// revocations, login sessions, so that on Postgres none waits for another in a circle.
#[derive(Clone, Debug)]
pub struct AccountStore {
    pub(super) connections: Connections,
}

/// Names what was tried, for the error.
pub(super) fn unavailable(what: &'static str) -> impl Fn(sqlx::Error) -> AccountsUnavailable {
    move |source| AccountsUnavailable { what, source }
}

impl AccountStore {
    /// The accounts beside these players, in the same database.
    pub fn of(players: &PlayerStore) -> Self {
        Self {
            connections: players.connections().clone(),
        }
    }

    /// Creates a player who gave nothing but a name, with an account and its first login session.
    ///
    /// # Errors
    /// [`OpenSessionError`] by cause.
    pub async fn open_anonymous(
        &self,
        name: PlayerName,
        new: &NewLoginSession,
        now: UnixMs,
    ) -> Result<OpenedSession, OpenSessionError> {
        let failed = unavailable("open login session");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let player = create_account(&mut transaction, name, Origin::Anonymous, now).await?;
        let opened = open_session(&mut transaction, player, new, now).await;
        let opened = opened.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(opened)
    }

    /// Opens a login session of the account that `identity` belongs to; of a new one when it
    /// belongs to none.
    ///
    /// # Errors
    /// [`OpenSessionError`] by cause.
    pub async fn open_with_identity(
        &self,
        identity: &Identity,
        new: &NewLoginSession,
        now: UnixMs,
    ) -> Result<OpenedSession, OpenSessionError> {
        identity.check()?;
        let failed = unavailable("open login session");
        for _ in 0..MAX_TRIES {
            let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
            let known = use_identity(&mut transaction, identity, now).await;
            let player = match known.map_err(&failed)? {
                Some(player) => player,
                None => {
                    let name = PlayerName::nearest(&identity.name);
                    let origin = Origin::Identity;
                    let player = create_account(&mut transaction, name, origin, now).await?;
                    let linked = insert_identity(&mut transaction, player.id, identity, now).await;
                    if !linked.map_err(&failed)? {
                        transaction.rollback().await.map_err(&failed)?;
                        continue;
                    }
                    player
                }
            };
            let opened = open_session(&mut transaction, player, new, now).await;
            let opened = opened.map_err(&failed)?;
            transaction.commit().await.map_err(&failed)?;
            return Ok(opened);
        }
        Err(OpenSessionError::Raced { tries: MAX_TRIES })
    }

    /// Links `identity` to the account of `player`. Nothing happens when it is linked already.
    ///
    /// # Errors
    /// [`LinkError`] by cause.
    pub async fn link(
        &self,
        player: PlayerId,
        identity: &Identity,
        now: UnixMs,
    ) -> Result<(), LinkError> {
        // A write that changes nothing: it keeps two links of one account apart.
        const HOLD: &str =
            "update accounts set session_number = session_number where player_id = $1";
        const OWNER: &str = "select player_id from identities \
            where provider = $1 and issuer = $2 and subject = $3";
        const COUNT: &str = "select count(*) from identities where player_id = $1";
        identity.check()?;
        let failed = unavailable("link identity");
        let mut transaction = self.connections.writers.begin().await.map_err(&failed)?;
        let held = sqlx::query(HOLD).bind(to_column(player));
        let held = held.execute(&mut *transaction).await.map_err(&failed)?;
        if held.rows_affected() == 0 {
            return Err(LinkError::NoAccount);
        }
        if insert_identity(&mut transaction, player, identity, now)
            .await
            .map_err(&failed)?
        {
            let count = sqlx::query_scalar::<_, i64>(COUNT).bind(to_column(player));
            let count = count.fetch_one(&mut *transaction).await.map_err(&failed)?;
            if usize::try_from(count).is_ok_and(|count| count > MAX_IDENTITIES) {
                return Err(LinkError::TooManyIdentities);
            }
            transaction.commit().await.map_err(&failed)?;
            return Ok(());
        }
        let owner = sqlx::query_scalar::<_, i64>(OWNER)
            .bind(identity.provider.as_str())
            .bind(&identity.issuer)
            .bind(&identity.subject);
        let owner = owner.fetch_one(&mut *transaction).await.map_err(&failed)?;
        match from_column(owner) == player {
            true => Ok(()),
            false => Err(LinkError::IdentityTaken),
        }
    }

    /// The player of an identity, which is `issuer` of `provider` and its `subject`; none when
    /// nobody has signed in by it.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn player_of(
        &self,
        provider: Provider,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<PlayerId>, AccountsUnavailable> {
        const SELECT: &str = "select player_id from identities \
            where provider = $1 and issuer = $2 and subject = $3";
        let found = sqlx::query_scalar::<_, i64>(SELECT)
            .bind(provider.as_str())
            .bind(issuer)
            .bind(subject)
            .fetch_optional(&self.connections.readers)
            .await;
        let found = found.map_err(unavailable("look for an identity"))?;
        Ok(found.map(from_column))
    }

    /// The identities of the account of `player`, oldest first; none when it has none.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn identities_of(
        &self,
        player: PlayerId,
    ) -> Result<Vec<LinkedIdentity>, AccountsUnavailable> {
        const SELECT: &str = "select provider, linked_at from identities where player_id = $1 \
            order by linked_at, provider, issuer, subject";
        let failed = unavailable("read identities");
        let rows = sqlx::query(SELECT).bind(to_column(player));
        let rows = rows
            .fetch_all(&self.connections.readers)
            .await
            .map_err(&failed)?;
        let read = |row: &AnyRow| -> Result<Option<LinkedIdentity>, sqlx::Error> {
            let linked_at = UnixMs(row.try_get(1)?);
            // One of a later program's providers is not this one's to show.
            let provider = Provider::of_name(row.try_get(0)?);
            Ok(provider.map(|provider| LinkedIdentity {
                provider,
                linked_at,
            }))
        };
        let read = rows.iter().filter_map(|row| read(row).transpose());
        read.collect::<Result<_, _>>().map_err(&failed)
    }
}

async fn create_account(
    connection: &mut AnyConnection,
    name: PlayerName,
    origin: Origin,
    now: UnixMs,
) -> Result<Player, OpenSessionError> {
    // The number counts sessions, and the caller opens the first.
    const INSERT: &str =
        "insert into accounts (player_id, session_number, created_at) values ($1, 0, $2)";
    let player = create_player(connection, name, origin, now)
        .await
        .map_err(OpenSessionError::Create)?;
    let inserted = sqlx::query(INSERT).bind(to_column(player.id)).bind(now.0);
    let failed = unavailable("create account");
    inserted.execute(connection).await.map_err(failed)?;
    Ok(player)
}

/// Whose identity it is; none when it is new.
async fn use_identity(
    connection: &mut AnyConnection,
    identity: &Identity,
    now: UnixMs,
) -> Result<Option<Player>, sqlx::Error> {
    const UPDATE: &str = "update identities set last_used_at = $1 \
        where provider = $2 and issuer = $3 and subject = $4 returning player_id";
    let used = sqlx::query_scalar::<_, i64>(UPDATE)
        .bind(now.0)
        .bind(identity.provider.as_str())
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(id) = used else {
        return Ok(None);
    };
    let name = sqlx::query_scalar::<_, String>("select name from players where id = $1");
    let name = name.bind(id).fetch_one(&mut *connection).await?;
    Ok(Some(Player {
        id: from_column(id),
        name: PlayerName::nearest(&name),
    }))
}

/// Whether the identity was free, and is the account's now.
async fn insert_identity(
    connection: &mut AnyConnection,
    player: PlayerId,
    identity: &Identity,
    now: UnixMs,
) -> Result<bool, sqlx::Error> {
    const INSERT: &str = "insert into identities \
        (provider, issuer, subject, player_id, linked_at, last_used_at) \
        values ($1, $2, $3, $4, $5, $5) on conflict (provider, issuer, subject) do nothing";
    let inserted = sqlx::query(INSERT)
        .bind(identity.provider.as_str())
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(to_column(player))
        .bind(now.0)
        .execute(connection)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

async fn open_session(
    connection: &mut AnyConnection,
    player: Player,
    new: &NewLoginSession,
    now: UnixMs,
) -> Result<OpenedSession, sqlx::Error> {
    let session = login_sessions::insert(connection, player.id, new, now).await?;
    let ended = login_sessions::end_oldest(connection, player.id, now).await?;
    Ok(OpenedSession {
        player,
        session,
        ended,
    })
}
