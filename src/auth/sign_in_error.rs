//! Why somebody was not signed in, stayed so or was signed out.

use super::access_token::SignTokenError;
use super::refresh_token::{MalformedRefreshToken, SealError};
use crate::accounts::{AccountsUnavailable, OpenSessionError};
use crate::players::InvalidPlayerName;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// This server does not allow it.
    #[error(
        "sign-in by name alone is off; whoever runs this server can set auth.anonymous = \"on\", \
        or use it on this machine alone"
    )]
    AnonymousOff,
    /// The name breaks the rule.
    #[error(transparent)]
    Name(#[from] InvalidPlayerName),
    /// No login session was opened.
    #[error(transparent)]
    Open(#[from] OpenSessionError),
    /// The operating system gave no random numbers.
    #[error("could not draw refresh token")]
    Random(#[source] getrandom::Error),
    /// The access token could not be signed.
    #[error(transparent)]
    Sign(#[from] SignTokenError),
}

/// Why a refresh token gave no successor. The texts of the first five are safe to show.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// No refresh token at all.
    #[error(transparent)]
    Malformed(#[from] MalformedRefreshToken),
    /// Of no login session that is known, or known any more.
    #[error("the refresh token is not known; sign in again")]
    Unknown,
    /// Not used in time, or of a login session that has lasted as long as one can.
    #[error("the refresh token has expired; sign in again")]
    Expired,
    /// Its login session was ended before.
    #[error("this sign-in was ended; sign in again")]
    Revoked,
    /// Used before, which ends its login session: either its holder or somebody else has a copy.
    #[error("the refresh token was used before, so this sign-in was ended; sign in again")]
    Reused,
    /// Others who hold the same token are faster, again and again.
    #[error("could not refresh: the same token is handed in at once {tries} times")]
    Raced {
        /// How often it was tried.
        tries: usize,
    },
    /// The operating system gave no random numbers.
    #[error("could not draw refresh token")]
    Random(#[source] getrandom::Error),
    /// What was sealed for the token cannot be opened, or could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The access token could not be signed.
    #[error(transparent)]
    Sign(#[from] SignTokenError),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] AccountsUnavailable),
}

impl RefreshError {
    /// The outcome as a label of metrics.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Unknown => "invalid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Reused => "reused",
            Self::Raced { .. }
            | Self::Random(_)
            | Self::Seal(_)
            | Self::Sign(_)
            | Self::Unavailable(_) => "failed",
        }
    }
}

/// Why nobody was signed out.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// No refresh token at all.
    #[error(transparent)]
    Malformed(#[from] MalformedRefreshToken),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] AccountsUnavailable),
}
