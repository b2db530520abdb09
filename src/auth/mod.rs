//! Who a request comes from: access tokens, refresh tokens, and the ways to get them.
//!
//! Every function takes the time as an argument; only [`KeyRing::follow`] reads a clock.

mod access_token;
mod feed_ticket;
mod key_ring;
mod mini_app;
pub mod oidc;
mod providers;
mod refresh_token;
mod return_path;
mod sign_in;
mod sign_in_attempt;
mod sign_in_error;
mod signing_key;
mod telegram_init_data;
mod ticket_exchange;
mod verified_cache;

pub use access_token::{
    AccessTokenError, LEEWAY_S, MAX_TOKEN_BYTES, SignTokenError, SignedToken, TokenRules,
    TokenSession, TokenSigner, TokenVerifier, VerifiedToken,
};
pub use feed_ticket::{
    FeedTicket, FeedTickets, IssueTicketError, MAX_TICKETS, RedeemTicketError, TICKET_TTL_MS,
    TicketHolder,
};
pub use key_ring::{KeyRing, LIVE_KEYS};
pub use mini_app::{MiniApp, MiniAppError};
pub use providers::OidcProviders;
pub use refresh_token::{MalformedRefreshToken, RefreshToken, SealError};
pub use return_path::{InvalidReturnPath, MAX_RETURN_PATH_BYTES, ReturnPath};
pub use sign_in::{GRACE_MS, SessionRules, SignIn, SignedIn};
pub use sign_in_attempt::{ATTEMPT_TTL_MS, AttemptSealer, LinkTo, SealAttemptError, SignInAttempt};
pub use sign_in_error::{LogoutError, RefreshError, SignInError};
pub use signing_key::{SigningKey, SigningKeyError};
pub use telegram_init_data::{InitDataError, InitDataVerifier, Launch, MAX_INIT_DATA_BYTES};
pub use ticket_exchange::TicketExchange;
pub use verified_cache::MAX_VERIFIED_TOKENS;
