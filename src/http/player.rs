//! Who a request comes from.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use event_store::{PlayerId, UnixMs};

use super::Shared;
use super::error::{ApiError, ErrorCode};
use super::rate_limit::check_account;
use crate::accounts::RevocationState;
use crate::auth::AccessTokenError;
use crate::players::{LoginSessionId, PlaySession, SessionNumber};

/// The player whose valid access token a request carries. Taking it out of a request counts against
/// the account's limits of rate.
#[derive(Clone, Debug)]
pub struct Player {
    /// Who.
    pub id: PlayerId,
    /// The name in the token.
    pub name: String,
    /// The sign-in that the token was issued for.
    pub login_session: LoginSessionId,
    /// The account's session number when the token was issued.
    pub session: SessionNumber,
    /// When the token was issued.
    pub issued_at: UnixMs,
}

/// What follows `Bearer` in the header `authorization`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let credentials = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = credentials.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Player {
    /// The session that a seat is taken by.
    pub fn play_session(&self) -> PlaySession {
        PlaySession {
            number: self.session,
            login_session: self.login_session,
        }
    }
}

impl FromRequestParts<Shared> for Player {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers);
        let token = token.ok_or_else(|| {
            let message = "sign in first, then send `authorization: Bearer <access_token>`";
            ApiError::new(ErrorCode::Unauthorized, message)
        })?;
        let claims = app.tokens.verify(token, UnixMs::now()).map_err(refused)?;
        let revocations = app.sign_in.revocations();
        match revocations.state_of(claims.login_session, claims.issued_at) {
            RevocationState::Live => {
                let client = app.addresses.client(&parts.extensions, &parts.headers);
                check_account(app, &parts.method, client, claims.player)?;
                Ok(Self {
                    id: claims.player,
                    name: claims.name.clone(),
                    login_session: claims.login_session,
                    session: claims.session,
                    issued_at: claims.issued_at,
                })
            }
            RevocationState::Revoked => Err(session_revoked()),
            // A refresh tells whether the session goes on.
            RevocationState::Unknown => Err(refused(AccessTokenError::Expired)),
        }
    }
}

/// Nobody when the request has no header `authorization`; what stands there has to be good.
impl OptionalFromRequestParts<Shared> for Player {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Option<Self>, ApiError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        let player = <Self as FromRequestParts<Shared>>::from_request_parts(parts, app);
        player.await.map(Some)
    }
}

/// The answer to whoever comes with something of a sign-in that was ended.
pub(super) fn session_revoked() -> ApiError {
    let message = "this sign-in was ended; sign in again";
    ApiError::new(ErrorCode::SessionRevoked, message)
}

fn refused(error: AccessTokenError) -> ApiError {
    if error == AccessTokenError::Expired {
        let message = "the access token has expired; refresh it, or sign in again";
        return ApiError::new(ErrorCode::TokenExpired, message);
    }
    // Why a token is not valid helps nobody but its forger.
    tracing::debug!(reason = %error, "refused an access token");
    let message = "the access token is not valid; sign in again";
    ApiError::new(ErrorCode::Unauthorized, message)
}
