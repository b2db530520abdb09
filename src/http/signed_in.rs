//! The answer to whoever has signed in, by whichever way.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cookies::REFRESH;
use super::routes::cells::PlayerJson;
use crate::app::App;
use crate::auth::SignedIn;

/// How a refresh token travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In a cookie that scripts cannot read: for browsers.
    #[default]
    Cookie,
    /// In the body, and back in `authorization: Bearer …`: for programs, and for pages inside of
    /// others, where cookies get lost.
    Bearer,
}

/// A player who is signed in.
#[derive(Serialize, ToSchema)]
pub struct SignedInJson {
    /// Goes into `authorization: Bearer …` of every request that needs it.
    pub access_token: String,
    /// Seconds until the token expires.
    pub expires_in: u32,
    /// Who.
    pub player: PlayerJson,
    /// The account's session number: the newest session holds the seat.
    pub session: u64,
    /// What the next access token is fetched with, once; only with `"refresh": "bearer"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refresh_token: Option<String>,
    /// Seconds until the refresh token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub refresh_expires_in: Option<u32>,
}

/// The answer to somebody who is signed in: the tokens, the refresh token as `transport` says.
pub fn signed_in(app: &App, signed_in: SignedIn, transport: Transport) -> Response {
    let mut body = SignedInJson {
        access_token: signed_in.access_token.token.clone(),
        expires_in: signed_in.access_token.expires_in_s,
        player: PlayerJson {
            id: signed_in.player.id.to_string(),
            name: signed_in.player.name.to_string(),
        },
        session: signed_in.session.0,
        refresh_token: None,
        refresh_expires_in: None,
    };
    let mut cookie = None;
    match transport {
        Transport::Cookie => cookie = Some(refresh_cookie(app, &signed_in)),
        Transport::Bearer => {
            body.refresh_token = Some(signed_in.refresh_token.expose());
            body.refresh_expires_in = Some(signed_in.refresh_expires_in_s);
        }
    }
    let mut response = Json(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// The header value that gives a browser the refresh token.
pub fn refresh_cookie(app: &App, signed_in: &SignedIn) -> HeaderValue {
    let (token, max_age_s) = (&signed_in.refresh_token, signed_in.refresh_expires_in_s);
    REFRESH.set(&app.config, token.expose(), max_age_s.into())
}
