//! Signing in, and who one is.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cells::PlayerJson;
use crate::auth::AnonymousSignInError;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::JsonBody;
use crate::http::new_name::Newcomer;
use crate::http::player::Player;

/// A name to play under.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnonymousBody {
    /// 1 to 32 characters, none of them a control character.
    #[schema(example = "Ada")]
    name: String,
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
}

/// Sign in with nothing but a name
#[utoipa::path(
    post, path = "/auth/anonymous",
    operation_id = "sign_in_anonymously", tag = "sign-in",
    request_body = AnonymousBody,
    responses(
        (status = 200, body = SignedInJson),
        (status = 400, body = ErrorBody, description = "malformed_json, invalid_name"),
        (status = 403, body = ErrorBody, description = "anonymous_off, cross_site"),
        (status = 429, body = ErrorBody, description = "rate_limited, too_many_accounts"),
        (status = 415, body = ErrorBody, description = "unsupported_media_type"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn anonymous(
    State(app): State<Shared>,
    newcomer: Newcomer,
    JsonBody(body): JsonBody<AnonymousBody>,
) -> Result<(HeaderMap, Json<SignedInJson>), ApiError> {
    let now = UnixMs::now();
    let reserved = newcomer.reserve(&app, now)?;
    let signed_in = app.sign_in.sign_in(&body.name, now).await;
    let signed_in = signed_in.map_err(refused)?;
    if let Some(reserved) = reserved {
        reserved.keep();
    }
    metrics::counter!("canvas_sign_ins_total", "way" => "anonymous").increment(1);
    let answer = Json(SignedInJson {
        access_token: signed_in.access_token.token,
        expires_in: signed_in.access_token.expires_in_s,
        player: PlayerJson {
            id: signed_in.player.id.to_string(),
            name: signed_in.player.name.to_string(),
        },
    });
    Ok((newcomer.set_cookie(), answer))
}

fn refused(error: AnonymousSignInError) -> ApiError {
    match &error {
        AnonymousSignInError::AnonymousOff => {
            ApiError::new(ErrorCode::AnonymousOff, error.to_string())
        }
        AnonymousSignInError::Name(wrong) => {
            ApiError::new(ErrorCode::InvalidName, wrong.to_string())
        }
        AnonymousSignInError::Create(_) => ApiError::fault(ErrorCode::Unavailable, &error),
        AnonymousSignInError::Sign(_) => ApiError::fault(ErrorCode::Internal, &error),
    }
}

/// Who the access token is of, and what they may do
#[utoipa::path(
    get, path = "/me",
    operation_id = "get_me", tag = "sign-in",
    security(("access_token" = [])),
    responses(
        (status = 200, body = PlayerJson),
        (status = 401, body = ErrorBody, description = "unauthorized, token_expired"),
    ),
)]
pub async fn me(player: Player) -> Json<PlayerJson> {
    Json(PlayerJson {
        id: player.id.to_string(),
        name: player.name,
    })
}
