//! Proofs that history is what it was.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use projections::Snapshot;
use projections::at::CanvasAt;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::history::HistoryError;
use crate::http::Shared;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{Parameters, Segments};
use crate::http::past::{no_answer, reached};
use crate::proof::{Proof, canvas_hash};

/// Of which version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// The version; the newest when left out.
    version: Option<u64>,
}

/// Which canvas there was at a version, and its place in the chain of hashes over all of history
#[utoipa::path(
    get, path = "/canvases/{canvas}/proof",
    operation_id = "get_proof", tag = "history",
    params(("canvas" = String, Path, description = "The canvas's slug"), ProofQuery),
    responses(
        (status = 200, body = Proof),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, version_not_found"),
        (status = 503, body = ErrorBody, description = "history_not_ready, unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<ProofQuery>,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let version = match query.version {
        Some(version) => reached(&app, version)?,
        None => live.version(),
    };
    if version.0 == 0 {
        let message = "there is no version 0; the first event has version 1";
        return Err(ApiError::new(ErrorCode::VersionNotFound, message));
    }
    let waited = app.history.wait_for(version).await;
    waited.map_err(|error| no_answer(&error))?;
    let shown = match app.history.at(version).await {
        Ok(shown) => Some(shown),
        Err(HistoryError::BeforeFirstRound { .. }) => None,
        Err(error) => return Err(no_answer(&error)),
    };
    let known = app.history.index();
    let (index, _) = known.ok_or_else(|| no_answer(&HistoryError::NotReady))?;
    // Hashing the largest canvas takes some 20 ms.
    let hash = tokio::task::spawn_blocking(move || shown.map(hash_of)).await;
    let hash = hash.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?;
    let proof = Proof::new(live.slug(), &index, version, hash);
    let brief = HeaderValue::from_static("public, max-age=1");
    Ok(([(header::CACHE_CONTROL, brief)], Json(proof)).into_response())
}

fn hash_of(shown: CanvasAt) -> projections::history::chain::Hash {
    canvas_hash(&Snapshot {
        version: shown.version,
        round: shown.round,
        at: shown.at,
        grid: shown.grid,
    })
}
