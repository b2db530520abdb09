//! Where a proof is demanded that somebody is no cheap script.

use event_store::{PlayerId, UnixMs};

use super::Shared;
use super::error::{ApiError, ErrorCode};
use crate::human_check::{ChallengeError, ProofError};

/// How long a client is asked to wait when too many proofs are being used, in milliseconds.
const RETRY_AFTER_FULL_MS: u64 = 60_000;

/// Takes the proof of a sign-in, where one is demanded.
///
/// # Errors
/// `human_check_required`, `human_check_failed`
pub(super) async fn demand(app: &Shared, proof: Option<&str>, now: UnixMs) -> Result<(), ApiError> {
    if app.human_checks.kind().is_none() {
        return Ok(());
    }
    let proof = proof.ok_or_else(required)?;
    Ok(app.human_checks.check(proof, now).await?)
}

/// Refuses players whose behaviour looks like a script's, until they have given a proof.
///
/// # Errors
/// `human_check_required`
pub(super) fn before_placing(app: &Shared, player: PlayerId, now: UnixMs) -> Result<(), ApiError> {
    let statistics = || {
        app.live
            .read(|state| state.behaviour.as_ref()?.of(player, now))
    };
    match app.human_checks.is_demanded_of(player, statistics, now) {
        true => Err(required()),
        false => Ok(()),
    }
}

fn required() -> ApiError {
    metrics::counter!("canvas_human_checks_total", "outcome" => "required").increment(1);
    let message = "a proof of work is asked of you: solve GET /api/v1/auth/challenge, and send the \
        `proof` with the sign-in, or to POST /api/v1/me/human-check when you play already";
    ApiError::new(ErrorCode::HumanCheckRequired, message)
}

impl From<ProofError> for ApiError {
    fn from(error: ProofError) -> Self {
        metrics::counter!("canvas_human_checks_total", "outcome" => "failed").increment(1);
        match error {
            ProofError::Malformed
            | ProofError::Forged
            | ProofError::Expired
            | ProofError::Wrong
            | ProofError::Used => Self::new(ErrorCode::HumanCheckFailed, error.to_string()),
            ProofError::Full | ProofError::Interrupted => {
                Self::new(ErrorCode::Unavailable, error.to_string())
                    .retry_after_ms(RETRY_AFTER_FULL_MS)
            }
        }
    }
}

impl From<ChallengeError> for ApiError {
    fn from(error: ChallengeError) -> Self {
        Self::fault(ErrorCode::Internal, &error)
    }
}
