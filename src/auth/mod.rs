//! Who a request comes from: access tokens and the ways to get one.
//!
//! Every function takes the time as an argument; none reads a clock.

mod access_token;
mod anonymous;
mod feed_ticket;
mod signing_key;
mod ticket_exchange;
mod verified_cache;

pub use access_token::{
    AccessTokenError, LEEWAY_S, MAX_TOKEN_BYTES, SignTokenError, SignedToken, TokenRules,
    TokenSigner, TokenVerifier, VerifiedToken,
};
pub use anonymous::{AnonymousSignIn, AnonymousSignInError, SignedIn};
pub use feed_ticket::{
    FeedTicket, FeedTickets, IssueTicketError, MAX_TICKETS, RedeemTicketError, TICKET_TTL_MS,
    TicketHolder,
};
pub use signing_key::{SigningKey, SigningKeyError};
pub use ticket_exchange::TicketExchange;
pub use verified_cache::MAX_VERIFIED_TOKENS;
