//! Sign-in with an account that somebody else keeps: an OpenID Connect client (Core 1.0, the code
//! flow with PKCE), one for each provider, all alike but for their settings.
//!
//! What a provider publishes (its discovery document, its keys) is kept as long as it says. What it
//! says about a person is believed only over TLS, signed, for us, now, and for the sign-in that was
//! begun in the same browser.

mod cached;
mod discovery;
mod error;
mod fetch;
mod id_token;
mod key_set;
mod provider;
mod secrets;

pub use error::{FetchError, OidcError};
pub use id_token::{IdTokenError, LEEWAY_S as ID_TOKEN_LEEWAY_S, MAX_ID_TOKEN_BYTES};
pub use provider::{Callback, OidcProvider, ProvenPerson};
pub use secrets::FlowSecrets;
