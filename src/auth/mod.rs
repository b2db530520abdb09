//! Who a request comes from: access tokens and the ways to get one.
//!
//! Every function takes the time as an argument; none reads a clock.

mod access_token;
mod anonymous;
mod feed_ticket;
pub mod oidc;
mod return_path;
mod signing_key;
mod telegram_init_data;
mod verified_cache;

pub use access_token::{
    AccessTokenError, LEEWAY_S, MAX_TOKEN_BYTES, SignTokenError, SignedToken, TokenRules,
    TokenSigner, TokenVerifier, VerifiedToken,
};
pub use anonymous::{AnonymousSignIn, AnonymousSignInError, SignedIn};
pub use feed_ticket::{
    FeedTicket, FeedTickets, IssueTicketError, MAX_TICKETS, RedeemTicketError, TICKET_TTL_MS,
};
pub use return_path::{InvalidReturnPath, MAX_RETURN_PATH_BYTES, ReturnPath};
pub use signing_key::{SigningKey, SigningKeyError};
pub use telegram_init_data::{InitDataError, InitDataVerifier, Launch, MAX_INIT_DATA_BYTES};
pub use verified_cache::MAX_VERIFIED_TOKENS;
