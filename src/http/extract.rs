//! Reading requests, with the interface's own errors instead of the framework's.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::{ApiError, ErrorCode};

/// How long a client may take to send the body of a request.
const BODY_MAX: Duration = Duration::from_secs(10);

/// A JSON body.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let media_type = request.headers().get(header::CONTENT_TYPE);
        let is_json = media_type
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| {
                let essence = value.split(';').next().unwrap_or_default().trim();
                essence.eq_ignore_ascii_case("application/json")
            });
        if !is_json {
            let message = "send the body as JSON, with the header `content-type: application/json`";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, message));
        }
        let body = Bytes::from_request(request, state);
        let body = tokio::time::timeout(BODY_MAX, body).await;
        let body = body.map_err(|_elapsed| {
            let message = "the body did not come in time; send it again, all at once";
            ApiError::new(ErrorCode::BodyTooSlow, message)
        })?;
        let body = body.map_err(too_large)?;
        let parsed = serde_json::from_slice(&body);
        parsed.map(Self).map_err(|error| {
            let message = format!("the body is not the JSON that is expected here: {error}");
            ApiError::new(ErrorCode::MalformedJson, message)
        })
    }
}

fn too_large(rejection: BytesRejection) -> ApiError {
    if rejection.status() == ErrorCode::BodyTooLarge.status() {
        let message = "the body is larger than this server takes; send less at once";
        ApiError::new(ErrorCode::BodyTooLarge, message)
    } else {
        let message = "the body could not be read to its end; send it again";
        ApiError::new(ErrorCode::InvalidRequest, message)
    }
}

/// Query parameters.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let parsed = Query::<T>::from_request_parts(parts, state).await;
        parsed.map(|Query(value)| Self(value)).map_err(|error| {
            let message = format!("the query cannot be read: {}", error.body_text());
            ApiError::new(ErrorCode::InvalidRequest, message)
        })
    }
}

/// Path segments.
pub struct Segments<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let parsed = Path::<T>::from_request_parts(parts, state).await;
        parsed.map(|Path(value)| Self(value)).map_err(|error| {
            let message = format!("the path cannot be read: {}", error.body_text());
            ApiError::new(ErrorCode::InvalidRequest, message)
        })
    }
}
