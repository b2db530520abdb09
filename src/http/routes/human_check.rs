//! Proofs that somebody is no cheap script.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::JsonBody;
use crate::http::player::Player;
use crate::http::{Shared, rfc3339};

/// A proof of work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofBody {
    /// What the ALTCHA client gives: JSON of challenge and solution, in Base64.
    proof: String,
}

/// A player who has given a proof.
#[derive(Serialize, ToSchema)]
pub struct ClearedJson {
    /// Until when no other proof is asked for, RFC 3339.
    pub until: String,
}

/// A proof of work to do: for the ALTCHA client, version 2 of its protocol
#[utoipa::path(
    get, path = "/auth/challenge",
    operation_id = "get_challenge", tag = "sign-in",
    responses(
        (status = 200, body = serde_json::Value,
            description = "`{parameters, signature}`, good once, for 10 minutes"),
        (status = 404, body = ErrorBody, description = "not_found: no proof is asked for here"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
    ),
)]
pub async fn challenge(State(app): State<Shared>) -> Result<Response, ApiError> {
    let challenge = app.human_checks.challenge(UnixMs::now())?;
    let challenge = challenge.ok_or_else(|| {
        let message = "no proof is asked for at this server";
        ApiError::new(ErrorCode::NotFound, message)
    })?;
    let mut response = Json(challenge).into_response();
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

/// Give the proof that `human_check_required` asks for, to place on
#[utoipa::path(
    post, path = "/me/human-check",
    operation_id = "give_proof", tag = "play",
    security(("access_token" = [])),
    request_body = ProofBody,
    responses(
        (status = 200, body = ClearedJson),
        (status = 400, body = ErrorBody, description = "malformed_json, human_check_failed"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 429, body = ErrorBody, description = "rate_limited"),
        (status = 503, body = ErrorBody, description = "unavailable"),
    ),
)]
pub async fn give(
    State(app): State<Shared>,
    player: Player,
    JsonBody(body): JsonBody<ProofBody>,
) -> Result<Json<ClearedJson>, ApiError> {
    let now = UnixMs::now();
    app.human_checks.check(&body.proof, now).await?;
    metrics::counter!("canvas_human_checks_total", "outcome" => "passed").increment(1);
    let until = app.human_checks.clear(player.id, now);
    Ok(Json(ClearedJson {
        until: rfc3339(until),
    }))
}
