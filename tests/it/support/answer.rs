//! What comes back from the HTTP interface.

use hyper::body::Bytes;
use hyper::http::response::Parts;
use serde_json::Value;

/// A response, read to its end.
pub(crate) struct Answer {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.parts.status.as_u16()
    }

    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.parts.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// What a cookie is set to, with its attributes; empty when it is not set.
    pub(crate) fn set_cookie(&self, name: &str) -> &str {
        let set = self.parts.headers.get_all("set-cookie");
        let mut set = set.iter().map(|cookie| cookie.to_str().unwrap());
        set.find(|cookie| cookie.split('=').next() == Some(name))
            .unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The body, of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status(), status, "{body}");
        self.json()
    }

    /// The body, of an answer that must be this error, in the form that all errors have.
    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, code: &str) -> Value {
        let body = self.error();
        assert_eq!(body["error"]["code"], code, "{body}");
        assert_eq!(self.status(), status, "{body}");
        body
    }

    /// The body, of an answer that must be an error in the form that all errors have.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let status = self.status();
        assert!(status >= 400, "{status} is no error");
        assert_eq!(self.header("content-type"), "application/json", "{status}");
        assert_eq!(self.header("cache-control"), "no-store");
        let body = self.json();
        let error = &body["error"];
        assert!(!error["code"].as_str().unwrap().is_empty());
        assert!(!error["message"].as_str().unwrap().is_empty());
        assert_eq!(error["request_id"], self.header("x-request-id"));
        assert_eq!(error.as_object().unwrap().len(), 3, "{body}");
        let retry_after = match body["retry_after_ms"].as_u64() {
            Some(ms) => ms.div_ceil(1_000).to_string(),
            None => String::new(),
        };
        assert_eq!(self.header("retry-after"), retry_after);
        body
    }
}
