//! Sign-in from a Telegram Mini App: each launch opens one login session, and renews it.

use event_store::UnixMs;
use tracing::Instrument as _;

use super::refresh_token::RefreshToken;
use super::sign_in::{SignIn, SignedIn};
use super::sign_in_error::{RefreshError, SignInError};
use super::telegram_init_data::{InitDataError, InitDataVerifier, Launch};
use crate::accounts::{AccountsUnavailable, Identity, Provider};

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
    /// The task that did it did not come to its end: the server is stopping, or a bug.
    #[error("the sign-in was cut off")]
    CutOff(#[from] tokio::task::JoinError),
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
        let (sign_in, token) = (self.sign_in.clone(), refresh_token.map(str::to_owned));
        // In a task of its own: the request ends when its client hangs up, and a launch that is
        // claimed but has opened nothing would be lost.
        let whole = async move { by_launch(&sign_in, &launch, token.as_deref(), now).await };
        tokio::spawn(whole.in_current_span()).await?
    }
}

/// Opens the login session of a launch that comes for the first time, or renews the one that it has
/// opened.
async fn by_launch(
    sign_in: &SignIn,
    launch: &Launch,
    refresh_token: Option<&str>,
    now: UnixMs,
) -> Result<SignedIn, MiniAppError> {
    let forget_at = launch.made_at.plus_ms(REMEMBERED_MS);
    let (accounts, fingerprint) = (sign_in.accounts(), &launch.fingerprint);
    if accounts.claim_launch(fingerprint, forget_at, now).await? {
        let opened = open(sign_in, launch, now).await;
        if opened.is_err() {
            // Nobody got anything for it, so it may be handed in again.
            accounts.release_launch(fingerprint).await?;
        }
        return opened;
    }
    let opened = accounts.session_of_launch(fingerprint).await?;
    let token = refresh_token.ok_or(MiniAppError::Replayed)?;
    let own = token.parse::<RefreshToken>();
    let is_own = own.is_ok_and(|own| Some(own.login_session()) == opened);
    match is_own {
        true => Ok(sign_in.refresh(token, now).await?),
        false => Err(MiniAppError::Replayed),
    }
}

/// Opens the login session of a launch that is claimed, and notes which one it is; a session that
/// could not be noted is ended.
async fn open(sign_in: &SignIn, launch: &Launch, now: UnixMs) -> Result<SignedIn, MiniAppError> {
    let identity = Identity {
        provider: Provider::Telegram,
        issuer: String::new(),
        subject: launch.subject.clone(),
        name: launch.name.clone(),
    };
    let signed_in = sign_in.with_identity(&identity, now).await?;
    let opened = signed_in.login_session;
    let bound = sign_in.accounts().bind_launch(&launch.fingerprint, opened);
    if let Err(error) = bound.await {
        let token = signed_in.refresh_token.expose();
        if let Err(error) = sign_in.logout(&token, now).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "could not end the login session of a launch; it will expire"
            );
        }
        return Err(error.into());
    }
    Ok(signed_in)
}
