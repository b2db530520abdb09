//! The table of Mini App launches: which data has been handed in, and what it has opened.

use event_store::UnixMs;

use super::error::AccountsUnavailable;
use super::store::{AccountStore, unavailable};
use crate::players::LoginSessionId;

impl AccountStore {
    /// Notes that the launch of this fingerprint was handed in, until `forget_at`; tells whether it
    /// is the first time. Of any number of calls with one launch, one is the first. What is to be
    /// forgotten by now is forgotten.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn claim_launch(
        &self,
        fingerprint: &str,
        forget_at: UnixMs,
        now: UnixMs,
    ) -> Result<bool, AccountsUnavailable> {
        const FORGET: &str = "delete from telegram_launches where forget_at <= $1";
        const CLAIM: &str = "insert into telegram_launches (fingerprint, forget_at) \
            values ($1, $2) on conflict (fingerprint) do nothing";
        let failed = unavailable("note launch");
        let forget = sqlx::query(FORGET)
            .bind(now.0)
            .execute(&self.connections.writers);
        forget.await.map_err(&failed)?;
        let claim = sqlx::query(CLAIM).bind(fingerprint).bind(forget_at.0);
        let claimed = claim
            .execute(&self.connections.writers)
            .await
            .map_err(&failed)?;
        Ok(claimed.rows_affected() == 1)
    }

    /// Notes which login session a launch has opened.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn bind_launch(
        &self,
        fingerprint: &str,
        opened: LoginSessionId,
    ) -> Result<(), AccountsUnavailable> {
        const BIND: &str =
            "update telegram_launches set login_session_id = $1 where fingerprint = $2";
        let bind = sqlx::query(BIND).bind(opened.to_string()).bind(fingerprint);
        let bound = bind.execute(&self.connections.writers).await;
        bound.map_err(unavailable("bind launch")).map(drop)
    }

    /// Forgets a launch that has opened no login session.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn release_launch(&self, fingerprint: &str) -> Result<(), AccountsUnavailable> {
        const RELEASE: &str =
            "delete from telegram_launches where fingerprint = $1 and login_session_id is null";
        let release = sqlx::query(RELEASE).bind(fingerprint);
        let released = release.execute(&self.connections.writers).await;
        released.map_err(unavailable("release launch")).map(drop)
    }

    /// The login session that a launch has opened; none when it has opened none.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn session_of_launch(
        &self,
        fingerprint: &str,
    ) -> Result<Option<LoginSessionId>, AccountsUnavailable> {
        const SELECT: &str =
            "select login_session_id from telegram_launches where fingerprint = $1";
        let select = sqlx::query_scalar::<_, Option<String>>(SELECT).bind(fingerprint);
        let found = select.fetch_optional(&self.connections.readers).await;
        let found = found.map_err(unavailable("read launch"))?.flatten();
        Ok(found.and_then(|id| id.parse().ok()))
    }
}
