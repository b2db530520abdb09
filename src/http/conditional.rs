//! Requests for what the client may have already (RFC 9110, section 13).

use axum::http::{HeaderMap, header};

/// Whether `If-None-Match` names the tag, by the weak comparison of RFC 9110, section 13.1.2: a
/// proxy that compresses makes tags weak.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH);
    let mut known = lists
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_known_in_any_spelling_of_the_list() {
        let known = |list: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(list));
            is_known(&headers, "\"a\"")
        };
        for list in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\" ,W/\"a\"", "*"] {
            assert!(known(list), "{list}");
        }
        for list in ["", "a", "\"b\"", "\"A\""] {
            assert!(!known(list), "{list}");
        }
        assert!(!is_known(&HeaderMap::new(), "\"a\""));
    }
}
