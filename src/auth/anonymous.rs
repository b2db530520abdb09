//! Sign-in with nothing but a name.

use event_store::UnixMs;

use super::access_token::{SignTokenError, SignedToken, TokenSigner};
use crate::players::{CreatePlayerError, InvalidPlayerName, Player, PlayerStore};

/// A player with a token to play with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who it is.
    pub player: Player,
    /// The access token.
    pub access_token: SignedToken,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum AnonymousSignInError {
    /// This server does not allow it.
    #[error(
        "sign-in by name alone is off; whoever runs this server can set auth.anonymous = \"on\", \
        or listen on 127.0.0.1"
    )]
    AnonymousOff,
    /// The name breaks the rule.
    #[error(transparent)]
    Name(#[from] InvalidPlayerName),
    /// The player could not be created.
    #[error("could not sign in")]
    Create(#[source] CreatePlayerError),
    /// The token could not be signed.
    #[error("could not sign in")]
    Sign(#[source] SignTokenError),
}

/// The sign-in with nothing but a name: everybody who asks is a new player.
#[derive(Clone, Debug)]
pub struct AnonymousSignIn {
    is_allowed: bool,
    players: PlayerStore,
    signer: TokenSigner,
}

impl AnonymousSignIn {
    /// The sign-in, if `is_allowed`; see
    /// [`Config::allows_anonymous`](crate::config::Config::allows_anonymous).
    pub fn new(is_allowed: bool, players: PlayerStore, signer: TokenSigner) -> Self {
        Self {
            is_allowed,
            players,
            signer,
        }
    }

    /// Creates a player of this name and signs a token.
    ///
    /// # Errors
    /// [`AnonymousSignInError`] by cause.
    pub async fn sign_in(&self, name: &str, now: UnixMs) -> Result<SignedIn, AnonymousSignInError> {
        if !self.is_allowed {
            return Err(AnonymousSignInError::AnonymousOff);
        }
        let player = self
            .players
            .create_anonymous(name.parse()?, now)
            .await
            .map_err(AnonymousSignInError::Create)?;
        let signed = self.signer.sign(&player, now);
        Ok(SignedIn {
            access_token: signed.map_err(AnonymousSignInError::Sign)?,
            player,
        })
    }
}
