//! What a provider vouches for.

use std::fmt;

use event_store::UnixMs;

/// The longest id that a provider may have for somebody, in bytes: the limit of a `sub` (OpenID
/// Connect Core 1.0, section 2).
pub const MAX_SUBJECT_BYTES: usize = 255;

/// The most identities that one account can have.
pub const MAX_IDENTITIES: usize = 16;

/// Who vouches for an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Google.
    Google,
    /// Telegram, whether by its web login or by a Mini App: the subject is the same.
    Telegram,
    /// The OpenID Connect provider that the operator has chosen.
    Oidc,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Self; 3] = [Self::Google, Self::Telegram, Self::Oidc];

    /// Its name in addresses, in JSON, in the database and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Telegram => "telegram",
            Self::Oidc => "oidc",
        }
    }

    /// The provider of this name; none when there is no such.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.as_str() == name)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Somebody, as a provider has just vouched for them. `Debug` shows the provider only.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who vouches.
    pub provider: Provider,
    /// Of [`Provider::Oidc`] its issuer identifier, since a server can be set to another one with
    /// other people. Empty of the others, whose name says who issues.
    pub issuer: String,
    /// The provider's own, unchanging id: 1 to [`MAX_SUBJECT_BYTES`] bytes without control
    /// characters. With the provider and the issuer it is the key of the account; nothing else is.
    pub subject: String,
    /// What the provider calls them. A new player gets the nearest lawful name; of a known one the
    /// name stays.
    pub name: String,
}

/// A subject that breaks the rule of [`Identity::subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider's id has to be 1 to {MAX_SUBJECT_BYTES} bytes without control characters")]
pub struct InvalidSubject;

impl Identity {
    pub(super) fn check(&self) -> Result<(), InvalidSubject> {
        let is_lawful = !self.subject.is_empty()
            && self.subject.len() <= MAX_SUBJECT_BYTES
            && !self.subject.chars().any(char::is_control);
        is_lawful.then_some(()).ok_or(InvalidSubject)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// An identity of an account, as shown to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkedIdentity {
    /// Who vouches.
    pub provider: Provider,
    /// Since when it belongs to the account.
    pub linked_at: UnixMs,
}
