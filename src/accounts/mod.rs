//! Who can sign in: the accounts of players, the identities that are linked to them, and their
//! login sessions, as the relational store keeps them.
//!
//! Every function takes the time as an argument; only [`Revocations::follow`] reads a clock.

mod error;
mod identity;
mod launches;
mod login_sessions;
mod revocations;
mod store;
mod unlink;

pub use error::{AccountsUnavailable, LinkError, OpenSessionError, UnlinkError};
pub use identity::{
    Identity, InvalidSubject, LinkedIdentity, MAX_IDENTITIES, MAX_SUBJECT_BYTES, Provider,
};
pub use login_sessions::{
    LoginSession, MAX_LOGIN_SESSIONS, NewLoginSession, RevocationCursor, RevokedSession, Rotation,
    TokenHash,
};
pub use revocations::{
    MAX_REVOCATIONS, MAX_UNREAD_REVOCATIONS, RevocationState, Revocations, RevocationsOptions,
};
pub use store::{AccountStore, OpenedSession};
