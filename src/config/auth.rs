//! Who may sign in, and for how long a token holds.

use super::reader::{Choice, Reader};

/// Whether anybody may sign in with nothing but a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnonymousSignIn {
    /// Only when listening on loopback, without a `public_url` or with a local one: `auto`.
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
    /// `auth.refresh_token_ttl_s`, `PIXELWARS_AUTH__REFRESH_TOKEN_TTL_S`: how long a refresh token
    /// can wait for its use, in seconds, 60 to 31 536 000 (a year); 604 800 (a week) when not set.
    pub refresh_token_ttl_s: u32,
    /// `auth.login_session_max_s`, `PIXELWARS_AUTH__LOGIN_SESSION_MAX_S`: how long one sign-in
    /// lasts at most, however often its tokens are refreshed, in seconds, 60 to 31 536 000;
    /// 2 592 000 (30 days) when not set.
    pub login_session_max_s: u32,
    /// `auth.anonymous_per_device`, `PIXELWARS_AUTH__ANONYMOUS_PER_DEVICE`: how many new players
    /// one browser may become in a day by name alone, 1 to 1 000 000; 5 when not set. Clients
    /// inside of `limits.exempt` may become as many as they like.
    pub anonymous_per_device: u32,
    /// `auth.anonymous_per_prefix`, `PIXELWARS_AUTH__ANONYMOUS_PER_PREFIX`: the same for an IPv4
    /// address or an IPv6 subnet (/64), with twice as many for a /56 and four times as many for a
    /// /48; 30 when not set.
    pub anonymous_per_prefix: u32,
}

/// The longest that a refresh token or a login session can last, in seconds: a year.
const LONGEST_S: u32 = 31_536_000;

impl Auth {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            anonymous: reader.choice("auth.anonymous", AnonymousSignIn::Auto),
            access_token_ttl_s: reader.number("auth.access_token_ttl_s", 900, 60..=86_400),
            refresh_token_ttl_s: reader.number("auth.refresh_token_ttl_s", 604_800, 60..=LONGEST_S),
            login_session_max_s: reader.number(
                "auth.login_session_max_s",
                2_592_000,
                60..=LONGEST_S,
            ),
            anonymous_per_device: reader.number("auth.anonymous_per_device", 5, 1..=1_000_000),
            anonymous_per_prefix: reader.number("auth.anonymous_per_prefix", 30, 1..=1_000_000),
        }
    }
}
