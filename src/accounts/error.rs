//! The errors of the store, by operation. `Display` speaks for its own layer only.

use super::identity::{InvalidSubject, MAX_IDENTITIES};
use crate::players::CreatePlayerError;

/// The database could not be reached, or refused; may work later. Of a write it is not known
/// whether it was done.
#[derive(Debug, thiserror::Error)]
#[error("could not {what}")]
pub struct AccountsUnavailable {
    /// What was tried.
    pub what: &'static str,
    /// The cause.
    #[source]
    pub source: sqlx::Error,
}

/// Why no login session was opened. Nothing is there then: no player, no account.
#[derive(Debug, thiserror::Error)]
pub enum OpenSessionError {
    /// The player could not be created.
    #[error("could not open login session")]
    Create(#[source] CreatePlayerError),
    /// The provider's id cannot be kept.
    #[error(transparent)]
    Subject(#[from] InvalidSubject),
    /// Somebody else opens the same account at the same moment, again and again.
    #[error("could not open login session: the same identity signs in at once {tries} times")]
    Raced {
        /// How often it was tried.
        tries: usize,
    },
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] AccountsUnavailable),
}

/// Why an identity was not linked. The texts of the first four are safe to show.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It belongs to another account already.
    #[error("this sign-in belongs to another player already")]
    IdentityTaken,
    /// The account has as many as it can have.
    #[error("a player can have {MAX_IDENTITIES} sign-ins at most")]
    TooManyIdentities,
    /// The player has no account to link to.
    #[error("this player has no account")]
    NoAccount,
    /// The provider's id cannot be kept.
    #[error(transparent)]
    Subject(#[from] InvalidSubject),
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] AccountsUnavailable),
}

/// Why an identity was not taken from an account. The texts of the first two are safe to show.
#[derive(Debug, thiserror::Error)]
pub enum UnlinkError {
    /// The account has none of this provider.
    #[error("this player has no such sign-in")]
    NotLinked,
    /// Without it nobody could sign in to the account.
    #[error("this is the player's last way to sign in: link another one first")]
    LastIdentity,
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] AccountsUnavailable),
}
