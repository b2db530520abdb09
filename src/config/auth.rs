//! Who may sign in, and for how long a token holds.

use super::reader::{Choice, Reader};

/// Whether anybody may sign in with nothing but a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnonymousSignIn {
    /// Only when listening on loopback: `auto`.
    Auto,
    /// Yes: `on`.
    On,
    /// No: `off`.
    Off,
}

impl Choice for AnonymousSignIn {
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("on", Self::On), ("off", Self::Off)];
}

/// Who may sign in, and for how long a token holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// `auth.anonymous`, `PIXELWARS_AUTH__ANONYMOUS`: `auto` when not set.
    /// [`Config::allows_anonymous`](super::Config::allows_anonymous) gives the answer.
    pub anonymous: AnonymousSignIn,
    /// `auth.access_token_ttl_s`, `PIXELWARS_AUTH__ACCESS_TOKEN_TTL_S`: how long an access token
    /// holds, in seconds, 60 to 86 400; 900 when not set.
    pub access_token_ttl_s: u32,
}

impl Auth {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            anonymous: reader.choice("auth.anonymous", AnonymousSignIn::Auto),
            access_token_ttl_s: reader.number("auth.access_token_ttl_s", 900, 60..=86_400),
        }
    }
}
