//! A new player by name alone, bound to a device and an address.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use event_store::UnixMs;

use super::Shared;
use super::client_address::Client;
use super::error::{ApiError, ErrorCode};
use crate::limits::{DeviceId, NameReservation, TooManyNames};

/// How many days a browser keeps the cookie that names it.
const DEVICE_DAYS: i64 = 365;

/// The cookie's name where browsers take secure cookies (RFC 6265bis, section 4.1.3.2).
const SECURE_NAME: &str = "__Host-device";

/// Its name where they do not: plain HTTP on a network.
const PLAIN_NAME: &str = "pixelwars-device";

/// Who asks for a new name: found before the body is read.
pub struct Newcomer {
    client: Client,
    device: DeviceId,
    is_known: bool,
    is_secure: bool,
}

impl FromRequestParts<Shared> for Newcomer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, ApiError> {
        let is_secure = app.config.server.has_secure_cookies();
        let known = sent_device(&parts.headers, name(is_secure));
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
            is_secure,
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
    pub fn set_cookie(&self) -> Option<HeaderValue> {
        if self.is_known || self.client.is_exempt {
            return None;
        }
        let cookie = Cookie::build((name(self.is_secure), self.device.to_string()))
            .path("/")
            .max_age(Duration::days(DEVICE_DAYS))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.is_secure);
        HeaderValue::try_from(cookie.build().to_string()).ok()
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

fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE_NAME } else { PLAIN_NAME }
}

/// The device that a browser names.
fn sent_device(headers: &HeaderMap, name: &str) -> Option<DeviceId> {
    let lists = headers.get_all(header::COOKIE).into_iter();
    let lists = lists.filter_map(|list| list.to_str().ok());
    let mut cookies = lists.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let ours = cookies.find(|cookie| cookie.name() == name)?;
    ours.value().parse().ok()
}
