//! What browsers are told about every answer (OWASP ASVS 5.0, V3.4).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::config::PublicUrl;

/// The policy of everything that is no page: nothing may be loaded, and nobody may frame it.
const NO_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The policy of the page: its own scripts, styles and connections, and nothing else. Proofs of
/// work are found by a worker that the page makes itself.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; \
    base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";

/// The same, but Telegram's web client may frame it: the entry of its Mini App.
const MINI_APP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; \
    base-uri 'none'; object-src 'none'; form-action 'self'; \
    frame-ancestors 'self' https://web.telegram.org";

/// The path of the page that Telegram opens as a Mini App; its own pages lie below it.
const MINI_APP_PATH: &str = "mini-app";

/// Browsers come by https alone for a year (RFC 6797).
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Headers that every answer has, unless its handler says otherwise.
const EVERYWHERE: [(HeaderName, HeaderValue); 5] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
             magnetometer=(), microphone=(), midi=(), payment=(), usb=(), \
             browsing-topics=()",
        ),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(NO_PAGE),
    ),
];

/// The policy of the page at `path`, which is without its first slash.
pub(super) fn page_policy(path: &str) -> HeaderValue {
    match path.split('/').next() {
        Some(MINI_APP_PATH) => HeaderValue::from_static(MINI_APP),
        _ => HeaderValue::from_static(PAGE),
    }
}

/// The headers of every answer of one server.
#[derive(Clone, Copy)]
pub(super) struct SecurityHeaders {
    is_https: bool,
}

impl SecurityHeaders {
    /// Those of a server whose address browsers see as `public_url`.
    pub(super) fn of(public_url: Option<&PublicUrl>) -> Self {
        Self {
            is_https: public_url.is_some_and(PublicUrl::is_https),
        }
    }

    /// Sets those that are not set.
    pub(super) fn set(self, headers: &mut HeaderMap) {
        for (name, value) in EVERYWHERE {
            headers.entry(name).or_insert(value);
        }
        if self.is_https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
        }
    }
}
