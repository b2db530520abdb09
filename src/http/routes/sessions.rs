//! Staying signed in, and signing out.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event_store::UnixMs;

use crate::app::App;
use crate::auth::{LogoutError, RefreshError};
use crate::http::Shared;
use crate::http::cookies::REFRESH;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::player::{Player, bearer};
use crate::http::signed_in::{SignedInJson, Transport, signed_in};

/// Exchange a refresh token for fresh tokens
///
/// The refresh token comes from the cookie, or from `authorization: Bearer …`, which wins.
#[utoipa::path(
    post, path = "/auth/refresh",
    operation_id = "refresh", tag = "sign-in",
    security(("refresh_cookie" = []), ("refresh_token" = [])),
    responses(
        (status = 200, body = SignedInJson),
        (status = 401, body = ErrorBody, description = "refresh_token_missing, \
            refresh_token_invalid, refresh_token_expired, refresh_token_reused, session_revoked"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn refresh(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, ApiError> {
    let (token, transport) = refresh_token(&app, &headers)?;
    match app.sign_in.refresh(&token, UnixMs::now()).await {
        Ok(done) => Ok(signed_in(&app, done, transport)),
        Err(error) => {
            let error = ApiError::from(error);
            let is_over = error.code().status() == StatusCode::UNAUTHORIZED;
            let mut response = error.into_response();
            if is_over && transport == Transport::Cookie {
                take_cookie(&app, &mut response);
            }
            Ok(response)
        }
    }
}

/// Sign out here
///
/// The refresh token comes as in `refresh`. Its access tokens are refused within a second. The same
/// answer when nobody is signed in by it any more.
#[utoipa::path(
    post, path = "/auth/logout",
    operation_id = "logout", tag = "sign-in",
    security(("refresh_cookie" = []), ("refresh_token" = [])),
    responses(
        (status = 204),
        (status = 401, body = ErrorBody,
            description = "refresh_token_missing, refresh_token_invalid"),
        (status = 403, body = ErrorBody, description = "cross_site"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn logout(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, ApiError> {
    let (token, _) = refresh_token(&app, &headers)?;
    app.sign_in.logout(&token, UnixMs::now()).await?;
    Ok(signed_out(&app))
}

/// Sign out on every device
#[utoipa::path(
    post, path = "/auth/logout-everywhere",
    operation_id = "logout_everywhere", tag = "sign-in",
    security(("access_token" = [])),
    responses(
        (status = 204),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn logout_everywhere(
    State(app): State<Shared>,
    player: Player,
) -> Result<Response, ApiError> {
    let done = app.sign_in.logout_everywhere(player.id, UnixMs::now());
    done.await
        .map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
    Ok(signed_out(&app))
}

/// The refresh token of a request, and how it came.
fn refresh_token(app: &App, headers: &HeaderMap) -> Result<(String, Transport), ApiError> {
    if let Some(token) = bearer(headers) {
        return Ok((token.to_owned(), Transport::Bearer));
    }
    let token = REFRESH.read(&app.config, headers);
    let token = token.ok_or_else(|| {
        let message = "nobody is signed in: send the refresh token as the cookie that sign-in set, \
            or as `authorization: Bearer <refresh_token>`";
        ApiError::new(ErrorCode::RefreshTokenMissing, message)
    })?;
    Ok((token, Transport::Cookie))
}

fn signed_out(app: &App) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    take_cookie(app, &mut response);
    // W3C "Clear Site Data", section 3.1. Not "cookies": that takes the cookies of every other
    // site under the same registrable domain as well.
    let name = HeaderName::from_static("clear-site-data");
    let cache = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert(name, cache);
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

fn take_cookie(app: &App, response: &mut Response) {
    let cleared = REFRESH.clear(&app.config);
    response.headers_mut().append(header::SET_COOKIE, cleared);
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        let code = match &error {
            RefreshError::Malformed(_) | RefreshError::Unknown => ErrorCode::RefreshTokenInvalid,
            RefreshError::Expired => ErrorCode::RefreshTokenExpired,
            RefreshError::Reused => ErrorCode::RefreshTokenReused,
            RefreshError::Revoked => ErrorCode::SessionRevoked,
            RefreshError::Raced { .. } | RefreshError::Unavailable(_) => {
                return Self::fault(ErrorCode::Unavailable, &error);
            }
            RefreshError::Random(_) | RefreshError::Seal(_) | RefreshError::Sign(_) => {
                return Self::fault(ErrorCode::Internal, &error);
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<LogoutError> for ApiError {
    fn from(error: LogoutError) -> Self {
        match &error {
            LogoutError::Malformed(_) => {
                Self::new(ErrorCode::RefreshTokenInvalid, error.to_string())
            }
            LogoutError::Unavailable(_) => Self::fault(ErrorCode::Unavailable, &error),
        }
    }
}
