//! Who a request comes from.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use event_store::{PlayerId, UnixMs};

use super::Shared;
use super::error::{ApiError, ErrorCode};
use super::rate_limit::check_account;
use crate::auth::AccessTokenError;
use crate::players::SessionNumber;

/// The player whose valid access token a request carries. Taking it out of a request that changes
/// something counts against the account's limit of rate.
#[derive(Clone, Debug)]
pub struct Player {
    /// Who.
    pub id: PlayerId,
    /// The name in the token.
    pub name: String,
    /// The session of the account that the token belongs to.
    pub session: SessionNumber,
}

impl FromRequestParts<Shared> for Player {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let credentials = parts.headers.get(header::AUTHORIZATION);
        let token = credentials
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let token = token.ok_or_else(|| {
            let message = "sign in first, then send `authorization: Bearer <access_token>`";
            ApiError::new(ErrorCode::Unauthorized, message)
        })?;
        let claims = app.tokens.verify(token, UnixMs::now()).map_err(refused)?;
        let client = app.addresses.client(&parts.extensions, &parts.headers);
        check_account(app, &parts.method, client, claims.player)?;
        Ok(Self {
            id: claims.player,
            name: claims.name.clone(),
            session: SessionNumber::default(),
        })
    }
}

fn refused(error: AccessTokenError) -> ApiError {
    if error == AccessTokenError::Expired {
        let message = "the access token has expired; sign in again";
        return ApiError::new(ErrorCode::TokenExpired, message);
    }
    // Why a token is not valid helps nobody but its forger.
    tracing::debug!(reason = %error, "refused an access token");
    let message = "the access token is not valid; sign in again";
    ApiError::new(ErrorCode::Unauthorized, message)
}
