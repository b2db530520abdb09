//! Sign-in from a Telegram Mini App: each launch opens one login session, and renews it.

use event_store::UnixMs;

use super::refresh_token::RefreshToken;
use super::sign_in::{SignIn, SignedIn};
use super::sign_in_error::{RefreshError, SignInError};
use super::telegram_init_data::{InitDataError, InitDataVerifier, Launch};
use crate::accounts::{AccountStore, AccountsUnavailable, Identity, Provider};

/// How long a launch is remembered after it was made, in milliseconds: longer than any setting lets
/// its data be taken (a day), and the leeway of clocks.
const REMEMBERED_MS: i64 = 25 * 60 * 60 * 1_000;

/// Why nobody was signed in from the Mini App.
#[derive(Debug, thiserror::Error)]
pub enum MiniAppError {
    /// The launch data proves nothing.
    #[error(transparent)]
    InitData(#[from] InitDataError),
    /// The launch has opened a login session already, and the request is not of that one.
    #[error("the launch data was used before: open the app anew")]
    Replayed,
    /// The login session that the launch has opened was not renewed.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// No login session was opened.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] AccountsUnavailable),
}

/// Sign-in from one bot's Mini App.
#[derive(Debug)]
pub struct MiniApp {
    verifier: InitDataVerifier,
    sign_in: SignIn,
}

impl MiniApp {
    /// Sign-in with launch data that `verifier` takes.
    pub fn new(verifier: InitDataVerifier, sign_in: SignIn) -> Self {
        Self { verifier, sign_in }
    }

    /// Signs in who has opened the app. Data that was handed in before signs nobody in again: with
    /// the refresh token of the login session that it has opened, that session is renewed.
    ///
    /// # Errors
    /// [`MiniAppError`] by cause.
    pub async fn sign_in(
        &self,
        init_data: &str,
        refresh_token: Option<&str>,
        now: UnixMs,
    ) -> Result<SignedIn, MiniAppError> {
        let launch = self.verifier.verify(init_data, now)?;
        let forget_at = launch.made_at.plus_ms(REMEMBERED_MS);
        let accounts = self.sign_in.accounts();
        if accounts
            .claim_launch(&launch.fingerprint, forget_at, now)
            .await?
        {
            return self.open(accounts, &launch, now).await;
        }
        let opened = accounts.session_of_launch(&launch.fingerprint).await?;
        let token = refresh_token.ok_or(MiniAppError::Replayed)?;
        let own = token.parse::<RefreshToken>();
        let is_own = own.is_ok_and(|own| Some(own.login_session()) == opened);
        match is_own {
            true => Ok(self.sign_in.refresh(token, now).await?),
            false => Err(MiniAppError::Replayed),
        }
    }

    /// Opens the login session of a launch that has opened none.
    async fn open(
        &self,
        accounts: &AccountStore,
        launch: &Launch,
        now: UnixMs,
    ) -> Result<SignedIn, MiniAppError> {
        let identity = Identity {
            provider: Provider::Telegram,
            subject: launch.subject.clone(),
            name: launch.name.clone(),
        };
        let fingerprint = &launch.fingerprint;
        match self.sign_in.with_identity(&identity, now).await {
            Ok(signed_in) => {
                let opened = signed_in.login_session;
                accounts.bind_launch(fingerprint, opened).await?;
                Ok(signed_in)
            }
            Err(error) => {
                // Nobody got anything for it, so it may be handed in again.
                accounts.release_launch(fingerprint).await?;
                Err(error.into())
            }
        }
    }
}
