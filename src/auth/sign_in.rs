//! Signing in, staying signed in, and signing out.

use std::sync::Arc;

use event_store::{PlayerId, UnixMs};
use metrics::counter;

use super::access_token::{LEEWAY_S, SignedToken, TokenSession, TokenSigner};
use super::refresh_token::RefreshToken;
use super::sign_in_error::{LogoutError, RefreshError, SignInError};
use crate::accounts::{
    AccountStore, AccountsUnavailable, Identity, LinkError, LinkedIdentity, LoginSession,
    MAX_REVOCATIONS, NewLoginSession, OpenedSession, Revocations, RevocationsOptions,
    RevokedSession, Rotation,
};
use crate::players::{LoginSessionId, Player, SessionNumber};

/// How long the immediate predecessor of a refresh token still gives that same token, in
/// milliseconds: two tabs, or an answer that was lost on the way.
pub const GRACE_MS: i64 = 10_000;

/// How often a refresh looks again when another one of the same token overtakes it: the second look
/// finds what the other one did.
const MAX_REFRESH_TRIES: usize = 3;

/// How long login sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// Whether anybody may sign in with nothing but a name.
    pub allows_anonymous: bool,
    /// How long a refresh token can wait for its use, in seconds.
    pub refresh_ttl_s: u32,
    /// How long a login session lasts at most, however often its tokens are refreshed, in seconds.
    pub login_session_max_s: u32,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it is.
    pub player: Player,
    /// What requests are made with.
    pub access_token: SignedToken,
    /// What the next access token is fetched with.
    pub refresh_token: RefreshToken,
    /// How long the refresh token holds, in seconds.
    pub refresh_expires_in_s: u32,
    /// Which sign-in it is.
    pub login_session: LoginSessionId,
    /// The account's session number: the newest when it was given.
    pub session: SessionNumber,
}

/// Every way to sign in, to stay signed in, and to sign out. Clones share everything.
#[derive(Clone, Debug)]
pub struct SignIn {
    accounts: AccountStore,
    signer: TokenSigner,
    rules: SessionRules,
    revocations: Arc<Revocations>,
}

impl SignIn {
    /// Sign-in to these accounts, with access tokens of `signer`.
    pub fn new(accounts: AccountStore, signer: TokenSigner, rules: SessionRules) -> Self {
        let skew_ms = i64::from(LEEWAY_S) * 1_000;
        let ttl_ms = i64::from(signer.rules().ttl_s) * 1_000;
        let revocations = Revocations::new(RevocationsOptions {
            // Issued by a clock that is ahead, accepted by one that is behind, and the leeway.
            token_life_ms: ttl_ms + 3 * skew_ms,
            clock_skew_ms: skew_ms,
            capacity: MAX_REVOCATIONS,
        });
        Self {
            accounts,
            signer,
            rules,
            revocations: Arc::new(revocations),
        }
    }

    /// The login sessions that were ended, here and at other gateways.
    pub fn revocations(&self) -> &Arc<Revocations> {
        &self.revocations
    }

    /// The accounts that one signs in to.
    pub fn accounts(&self) -> &AccountStore {
        &self.accounts
    }

    /// Creates a player of this name and signs them in.
    ///
    /// # Errors
    /// [`SignInError`] by cause.
    pub async fn anonymous(&self, name: &str, now: UnixMs) -> Result<SignedIn, SignInError> {
        if !self.rules.allows_anonymous {
            return Err(SignInError::AnonymousOff);
        }
        let name = name.parse()?;
        let token = RefreshToken::draw().map_err(SignInError::Random)?;
        let new = self.new_session(&token, now);
        let opened = self.accounts.open_anonymous(name, &new, now).await?;
        self.opened(opened, token, new.expires_at, "anonymous", now)
    }

    /// Signs in whom a provider has just vouched for: as the player whom the identity belongs to,
    /// or as a new one.
    ///
    /// # Errors
    /// [`SignInError`] by cause.
    pub async fn with_identity(
        &self,
        identity: &Identity,
        now: UnixMs,
    ) -> Result<SignedIn, SignInError> {
        let token = RefreshToken::draw().map_err(SignInError::Random)?;
        let new = self.new_session(&token, now);
        let opened = self
            .accounts
            .open_with_identity(identity, &new, now)
            .await?;
        let way = identity.provider.as_str();
        self.opened(opened, token, new.expires_at, way, now)
    }

    /// Links an identity that a provider has just vouched for to the account of `player`. Nothing
    /// happens when it is linked already.
    ///
    /// # Errors
    /// [`LinkError`] by cause.
    pub async fn link(
        &self,
        player: PlayerId,
        identity: &Identity,
        now: UnixMs,
    ) -> Result<(), LinkError> {
        self.accounts.link(player, identity, now).await
    }

    /// The identities of the account of `player`, oldest first.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn identities_of(
        &self,
        player: PlayerId,
    ) -> Result<Vec<LinkedIdentity>, AccountsUnavailable> {
        self.accounts.identities_of(player).await
    }

    /// Exchanges a refresh token for its successor and a fresh access token. The immediate
    /// predecessor of the current token gives the current one within [`GRACE_MS`], under the same
    /// session number; any other token of the family ends the login session.
    ///
    /// # Errors
    /// [`RefreshError`] by cause.
    pub async fn refresh(&self, token: &str, now: UnixMs) -> Result<SignedIn, RefreshError> {
        let refreshed = self.try_refresh(token, now).await;
        let outcome = match &refreshed {
            Ok((_, outcome)) => outcome,
            Err(error) => error.outcome(),
        };
        counter!("canvas_refreshes_total", "outcome" => outcome).increment(1);
        refreshed.map(|(signed_in, _)| signed_in)
    }

    /// Ends the login session that a refresh token is of, whether or not the token is current;
    /// nothing happens when there is no such session.
    ///
    /// # Errors
    /// [`LogoutError`] by cause.
    pub async fn logout(&self, token: &str, now: UnixMs) -> Result<(), LogoutError> {
        let token: RefreshToken = token.parse()?;
        let id = token.login_session();
        // Anybody can make up a well-formed token: only one of a session that goes on may write.
        let known = self.accounts.login_session(id).await?;
        if known.is_none_or(|known| known.is_revoked) {
            return Ok(());
        }
        let ended = self.accounts.revoke(id, now).await?;
        self.ended(ended, "logout", now);
        Ok(())
    }

    /// Ends every login session of a player.
    ///
    /// # Errors
    /// [`AccountsUnavailable`].
    pub async fn logout_everywhere(
        &self,
        player: PlayerId,
        now: UnixMs,
    ) -> Result<(), AccountsUnavailable> {
        let ended = self.accounts.revoke_all(player, now).await?;
        self.ended(ended, "logout_everywhere", now);
        Ok(())
    }

    async fn try_refresh(
        &self,
        token: &str,
        now: UnixMs,
    ) -> Result<(SignedIn, &'static str), RefreshError> {
        let token: RefreshToken = token.parse()?;
        let id = token.login_session();
        for _ in 0..MAX_REFRESH_TRIES {
            let known = self.accounts.login_session(id).await?;
            let known = known.ok_or(RefreshError::Unknown)?;
            if known.is_revoked {
                return Err(RefreshError::Revoked);
            }
            if now >= known.expires_at {
                return Err(RefreshError::Expired);
            }
            if known.token_hash == token.hash() {
                match self.rotate(&token, &known, now).await? {
                    Some(signed_in) => return Ok((signed_in, "rotated")),
                    // Another request has handed in the same token: look at what it made of it.
                    None => continue,
                }
            }
            return match known.predecessor {
                Some((hash, ref sealed)) if hash == token.hash() && is_in_grace(&known, now) => {
                    let successor = token.open(sealed)?;
                    let (expires_at, session) = (known.expires_at, known.session);
                    let player = known.player;
                    let signed_in = self.signed_in(player, successor, session, expires_at, now)?;
                    Ok((signed_in, "repeated"))
                }
                Some(_) | None => {
                    let ended = self.accounts.revoke(id, now).await?;
                    self.ended(ended, "reuse", now);
                    tracing::warn!(
                        player.id = %known.player.id,
                        "a refresh token of player {} was used again; its login session is ended",
                        known.player.id
                    );
                    Err(RefreshError::Reused)
                }
            };
        }
        Err(RefreshError::Raced {
            tries: MAX_REFRESH_TRIES,
        })
    }

    async fn rotate(
        &self,
        token: &RefreshToken,
        known: &LoginSession,
        now: UnixMs,
    ) -> Result<Option<SignedIn>, RefreshError> {
        let successor = token.draw_successor().map_err(RefreshError::Random)?;
        let expires_at = self.expires_at(known.created_at, now);
        let rotation = Rotation {
            id: token.login_session(),
            from: token.hash(),
            to: successor.hash(),
            sealed_successor: token.seal(&successor)?,
            expires_at,
        };
        let Some(session) = self.accounts.rotate(&rotation, now).await? else {
            return Ok(None);
        };
        let player = known.player.clone();
        let signed_in = self.signed_in(player, successor, session, expires_at, now)?;
        Ok(Some(signed_in))
    }

    fn new_session(&self, token: &RefreshToken, now: UnixMs) -> NewLoginSession {
        NewLoginSession {
            id: token.login_session(),
            token_hash: token.hash(),
            expires_at: self.expires_at(now, now),
        }
    }

    /// When a refresh token ends that is issued now in a login session of that time.
    fn expires_at(&self, created_at: UnixMs, now: UnixMs) -> UnixMs {
        let unused = now.plus_ms(i64::from(self.rules.refresh_ttl_s) * 1_000);
        let at_most = created_at.plus_ms(i64::from(self.rules.login_session_max_s) * 1_000);
        unused.min(at_most)
    }

    fn opened(
        &self,
        opened: OpenedSession,
        token: RefreshToken,
        expires_at: UnixMs,
        way: &'static str,
        now: UnixMs,
    ) -> Result<SignedIn, SignInError> {
        self.ended(opened.ended, "too_many", now);
        let signed_in = self.signed_in(opened.player, token, opened.session, expires_at, now)?;
        counter!("canvas_sign_ins_total", "way" => way).increment(1);
        Ok(signed_in)
    }

    fn signed_in(
        &self,
        player: Player,
        refresh_token: RefreshToken,
        session: SessionNumber,
        expires_at: UnixMs,
        now: UnixMs,
    ) -> Result<SignedIn, super::SignTokenError> {
        let login_session = refresh_token.login_session();
        let of = TokenSession {
            login_session,
            session,
        };
        let left_s = expires_at.ms_since(now).max(0) / 1_000;
        Ok(SignedIn {
            access_token: self.signer.sign(&player, of, now)?,
            refresh_expires_in_s: u32::try_from(left_s).unwrap_or(u32::MAX),
            refresh_token,
            login_session,
            player,
            session,
        })
    }

    fn ended(
        &self,
        ended: impl IntoIterator<Item = RevokedSession>,
        reason: &'static str,
        now: UnixMs,
    ) {
        for revoked in ended {
            counter!("canvas_login_sessions_ended_total", "reason" => reason).increment(1);
            self.revocations.note(revoked, now);
        }
    }
}

fn is_in_grace(known: &LoginSession, now: UnixMs) -> bool {
    now.ms_since(known.rotated_at) <= GRACE_MS
}
