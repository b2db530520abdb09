//! Which form of a body a client wants.

use axum::http::{HeaderMap, header};

/// The media type of MessagePack bodies.
pub const MSGPACK: &str = "application/msgpack";

/// Whether `Accept` names JSON before, or instead of, MessagePack. A client that accepts anything
/// gets MessagePack: the interface's own form.
pub fn prefers_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT);
    let types = accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|entry| entry.split(';').next().unwrap_or_default().trim());
    let named = types
        .filter_map(|name| match name {
            "application/json" => Some(true),
            MSGPACK | "application/x-msgpack" | "application/vnd.msgpack" => Some(false),
            _ => None,
        })
        .next();
    named.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_for_those_who_name_it_first() {
        let prefers = |list: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(list));
            prefers_json(&headers)
        };
        assert!(prefers("application/json"));
        assert!(prefers(
            "text/html, application/json;q=0.9, application/msgpack"
        ));
        assert!(!prefers("application/msgpack, application/json"));
        assert!(!prefers("*/*"));
        assert!(!prefers_json(&HeaderMap::new()));
    }
}
