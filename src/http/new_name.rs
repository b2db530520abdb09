//! A new player by name alone, bound to a device and an address.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use event_store::UnixMs;

use super::Shared;
use super::client_address::Client;
use super::cookies::DEVICE;
use super::error::{ApiError, ErrorCode};
use crate::limits::{DeviceId, NameReservation, TooManyNames};

/// How long a browser keeps the cookie that names it: a year, in seconds.
const DEVICE_MAX_AGE_S: i64 = 365 * 24 * 60 * 60;

/// Who asks for a new name: found before the body is read.
pub struct Newcomer {
    client: Client,
    device: DeviceId,
    is_known: bool,
}

impl FromRequestParts<Shared> for Newcomer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let known = DEVICE.read(&app.config, &parts.headers);
        let known: Option<DeviceId> = known.and_then(|value| value.parse().ok());
        let device = match known {
            Some(device) => device,
            None => {
                DeviceId::random().map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?
            }
        };
        Ok(Self {
            client: app.addresses.client(&parts.extensions, &parts.headers),
            device,
            is_known: known.is_some(),
        })
    }
}

impl Newcomer {
    /// A name that counts for this device and address from now on, unless what comes back is
    /// dropped without [`NameReservation::keep`]. None for clients without limits.
    ///
    /// # Errors
    /// `too_many_accounts`
    pub fn reserve<'a>(
        &self,
        app: &'a Shared,
        now: UnixMs,
    ) -> Result<Option<NameReservation<'a>>, ApiError> {
        if self.client.is_exempt {
            return Ok(None);
        }
        let names = &app.limits.new_names;
        let reserved = names.reserve(self.device, self.client.address, now);
        reserved
            .map(Some)
            .map_err(|too_many| refused(too_many, now))
    }

    /// The value of the header that names the device to the browser; none when it has its name
    /// already, or needs none.
    pub fn set_cookie(&self, app: &Shared) -> Option<HeaderValue> {
        if self.is_known || self.client.is_exempt {
            return None;
        }
        let device = self.device.to_string();
        Some(DEVICE.set(&app.config, device, DEVICE_MAX_AGE_S))
    }
}

fn refused(too_many: TooManyNames, now: UnixMs) -> ApiError {
    metrics::counter!("canvas_rate_limited_total", "class" => "new_name", "by" => "address")
        .increment(1);
    let ms = too_many.retry_at.ms_since(now).max(1).unsigned_abs();
    let message = "this device or its network has become as many new players today as it may; \
        sign in as one of them, or with an account";
    ApiError::new(ErrorCode::TooManyAccounts, message).retry_after_ms(ms)
}
