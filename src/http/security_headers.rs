//! What browsers are told about every answer (OWASP ASVS 5.0, V3.4).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::config::{PublicUrl, TemplateHost};

/// The policy of everything that is no page: nothing may be loaded, and nobody may frame it.
const NO_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Who may frame the page: nobody.
const NOBODY: &str = "'none'";

/// Who may frame the entry of the Mini App: Telegram's web client.
const TELEGRAM: &str = "'self' https://web.telegram.org";

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

/// What the page may do, on one server.
#[derive(Clone, Debug)]
pub(super) struct PagePolicies {
    page: HeaderValue,
    mini_app: HeaderValue,
}

impl PagePolicies {
    /// Those of a server whose page may also read pictures from `template_hosts`.
    pub(super) fn of(template_hosts: &[TemplateHost]) -> Self {
        Self {
            page: page_policy(NOBODY, template_hosts),
            mini_app: page_policy(TELEGRAM, template_hosts),
        }
    }

    /// The policy of the page at `path`, which is without its first slash.
    pub(super) fn at(&self, path: &str) -> HeaderValue {
        let policy = match path.split('/').next() {
            Some(MINI_APP_PATH) => &self.mini_app,
            _ => &self.page,
        };
        policy.clone()
    }
}

/// The page's own scripts, styles and connections, those to `template_hosts`, and nothing else.
/// Proofs of work are found by a worker that the page makes itself.
fn page_policy(frame_ancestors: &str, template_hosts: &[TemplateHost]) -> HeaderValue {
    let hosts: String = template_hosts
        .iter()
        .map(|host| format!(" {host}"))
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         connect-src 'self'{hosts}; manifest-src 'self'; worker-src 'self' blob:; \
         base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors {frame_ancestors}"
    );
    HeaderValue::from_str(&policy).expect("origins are printable ASCII")
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
