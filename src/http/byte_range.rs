//! Requests for a part of a file (RFC 9110, section 14).

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What a request asks for of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it.
    Whole,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// Bytes that there are none of.
    Outside,
}

/// What a request asks for of a file of `length` bytes with the tag `etag`. Several ranges, units
/// other than bytes and what cannot be read ask for all of it, as does an `If-Range` with another
/// tag or a date.
pub(super) fn asked(headers: &HeaderMap, length: u64, etag: &str) -> Asked {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_of_other = text(header::IF_RANGE).is_some_and(|known: &str| known.trim() != etag);
    let range = text(header::RANGE).and_then(|range: &str| range.trim().strip_prefix("bytes="));
    match range.and_then(read) {
        Some(_) if is_of_other => Asked::Whole,
        None => Asked::Whole,
        Some((first, last)) => {
            let part = match (first, last) {
                (Some(first), last) => {
                    first
                        ..last
                            .map_or(length, |last| last.saturating_add(1))
                            .min(length)
                }
                (None, last) => length.saturating_sub(last.unwrap_or(0))..length,
            };
            match part.is_empty() {
                true => Asked::Outside,
                false => Asked::Part(part),
            }
        }
    }
}

/// The first and the last byte of `a-b`, `a-` and `-n`; in the last form the number is how many.
fn read(range: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            // A number beyond all files is beyond this one.
            Some(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    };
    let read = (number(first)?, number(last)?);
    match read {
        (None, None) => None,
        (Some(first), Some(last)) if last < first => None,
        read => Some(read),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked_by(range: &'static str, if_range: Option<&'static str>) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        if let Some(etag) = if_range {
            headers.insert(header::IF_RANGE, HeaderValue::from_static(etag));
        }
        asked(&headers, 100, "\"a\"")
    }

    #[test]
    fn a_range_is_some_bytes_of_the_file() {
        assert_eq!(asked_by("bytes=0-0", None), Asked::Part(0..1));
        assert_eq!(asked_by("bytes=10-", None), Asked::Part(10..100));
        assert_eq!(asked_by("bytes=10-500", None), Asked::Part(10..100));
        assert_eq!(asked_by("bytes=-10", None), Asked::Part(90..100));
        assert_eq!(asked_by("bytes=-500", None), Asked::Part(0..100));
        assert_eq!(
            asked_by("bytes=0-99999999999999999999", None),
            Asked::Part(0..100)
        );
        assert_eq!(asked_by("bytes=5-9", Some("\"a\"")), Asked::Part(5..10));
    }

    #[test]
    fn a_range_behind_the_end_is_told() {
        for range in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=-0",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(asked_by(range, None), Asked::Outside, "{range}");
        }
    }

    #[test]
    fn what_is_no_single_range_of_this_file_asks_for_all_of_it() {
        for range in [
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=0-1,5-6",
            "rows=0-1",
        ] {
            assert_eq!(asked_by(range, None), Asked::Whole, "{range}");
        }
        assert_eq!(asked_by("bytes=5-9", Some("\"b\"")), Asked::Whole);
        assert_eq!(asked(&HeaderMap::new(), 100, "\"a\""), Asked::Whole);
    }
}
