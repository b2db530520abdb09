//! An address that may hold a password.

use std::fmt;

use url::Url;

/// An address that may hold a password: shown only with everything masked that may be one.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(Url);

impl SecretUrl {
    pub(super) fn new(url: Url) -> Self {
        Self(url)
    }

    /// The address as it was given, with its secrets: only for the library that connects to it.
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for SecretUrl {
    /// The scheme, host, port and path; `***` for user name and password, and for the query.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        let has_user = !url.username().is_empty() || url.password().is_some();
        write!(formatter, "{}://", url.scheme())?;
        formatter.write_str(if has_user { "***@" } else { "" })?;
        formatter.write_str(url.host_str().unwrap_or_default())?;
        if let Some(port) = url.port() {
            write!(formatter, ":{port}")?;
        }
        formatter.write_str(url.path())?;
        formatter.write_str(if url.query().is_some() { "?***" } else { "" })
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
