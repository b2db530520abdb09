//! The cookie that keeps a browser signed in. Scripts of the page cannot read it, and no other site
//! can make a browser send it.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};

use crate::auth::SignedIn;
use crate::config::Config;

/// The name where browsers take secure cookies. The prefix makes them refuse it from a page without
/// TLS, from another host, or for a part of the site (RFC 6265bis, section 4.1.3).
const SECURE_NAME: &str = "__Host-refresh";

/// The name elsewhere.
const PLAIN_NAME: &str = "pixelwars-refresh";

/// The header value that gives a browser the refresh token.
pub fn set(config: &Config, signed_in: &SignedIn) -> HeaderValue {
    let max_age = Duration::seconds(signed_in.refresh_expires_in_s.into());
    let cookie = with_value(config, signed_in.refresh_token.expose());
    header_value(cookie.max_age(max_age))
}

/// The header value that takes the refresh token from a browser.
pub fn clear(config: &Config) -> HeaderValue {
    header_value(with_value(config, String::new()).max_age(Duration::ZERO))
}

/// The refresh token that a browser sends.
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
        .same_site(SameSite::Strict)
        .path("/")
}

fn header_value(cookie: CookieBuilder<'_>) -> HeaderValue {
    // What is written here has no character that a header could not hold; should it ever, a cookie
    // without meaning is the safe answer.
    HeaderValue::try_from(cookie.build().to_string())
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}
