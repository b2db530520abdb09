//! What is told of a provider's faults.

use crate::accounts::Provider;
use crate::auth::oidc::OidcError;
use crate::http::error::{ApiError, ErrorChain, ErrorCode};

/// How long to wait before a provider that cannot be reached is tried again, in milliseconds.
const RETRY_PROVIDER_MS: u64 = 5_000;

/// The answer to a sign-in that a provider, or what it says, has ended. The cause goes to the log.
pub fn refused_by_provider(provider: Provider, error: &OidcError) -> ApiError {
    let (code, message) = match error {
        OidcError::Unavailable { .. } => (
            ErrorCode::ProviderUnavailable,
            "the provider cannot be reached; try again in a moment",
        ),
        OidcError::Busy { .. } => (
            ErrorCode::ProviderUnavailable,
            "too many people are signing in at once; try again in a moment",
        ),
        OidcError::Refused { .. } => (
            ErrorCode::ProviderRefused,
            "the provider refused the sign-in: begin anew",
        ),
        OidcError::MixedUp { .. } => (
            ErrorCode::SignInMismatch,
            "this is the answer of another provider: begin anew",
        ),
        OidcError::IdToken { source, .. } => {
            let labels = [("provider", provider.as_str()), ("reason", source.label())];
            metrics::counter!("canvas_id_token_refusals_total", &labels).increment(1);
            (
                ErrorCode::IdTokenInvalid,
                "what the provider says about you does not hold: begin anew",
            )
        }
        OidcError::EmailNotVerified { .. } => (
            ErrorCode::EmailNotVerified,
            "the provider has not verified your e-mail: do that there first",
        ),
        OidcError::Random(_) => return ApiError::fault(ErrorCode::Internal, error),
    };
    tracing::warn!(
        provider = provider.as_str(),
        code = code.as_str(),
        error = %ErrorChain(error),
        "nobody was signed in by {provider}"
    );
    let refused = ApiError::new(code, message);
    match code == ErrorCode::ProviderUnavailable {
        true => refused.retry_after_ms(RETRY_PROVIDER_MS),
        false => refused,
    }
}
