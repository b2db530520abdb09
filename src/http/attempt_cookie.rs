//! The cookie that ties the end of a sign-in at a provider to its beginning in the same browser.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};

use crate::auth::ATTEMPT_TTL_MS;
use crate::config::Config;

/// The name where browsers take secure cookies; see `refresh_cookie`.
const SECURE_NAME: &str = "__Host-sign-in";

/// The name elsewhere.
const PLAIN_NAME: &str = "pixelwars-sign-in";

/// The header value that gives a browser the sealed attempt. It comes back with the visit that the
/// provider's page sends here, hence `Lax`.
pub fn set(config: &Config, sealed: String) -> HeaderValue {
    let max_age = Duration::milliseconds(ATTEMPT_TTL_MS);
    header_value(with_value(config, sealed).max_age(max_age))
}

/// The header value that takes the attempt from a browser.
pub fn clear(config: &Config) -> HeaderValue {
    header_value(with_value(config, String::new()).max_age(Duration::ZERO))
}

/// The sealed attempt that a browser sends.
pub fn read(config: &Config, headers: &HeaderMap) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).into_iter();
    let sent = sent.filter_map(|value| value.to_str().ok());
    let mut cookies = sent.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let ours = cookies.find(|cookie| cookie.name() == name(config))?;
    Some(ours.value().to_owned())
}

fn name(config: &Config) -> &'static str {
    match config.server.has_secure_cookies() {
        true => SECURE_NAME,
        false => PLAIN_NAME,
    }
}

fn with_value(config: &Config, value: String) -> CookieBuilder<'static> {
    Cookie::build((name(config), value))
        .http_only(true)
        .secure(config.server.has_secure_cookies())
        .same_site(SameSite::Lax)
        .path("/")
}

fn header_value(cookie: CookieBuilder<'_>) -> HeaderValue {
    // What is written here has no character that a header could not hold; should it ever, a cookie
    // without meaning is the safe answer.
    HeaderValue::try_from(cookie.build().to_string())
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}
