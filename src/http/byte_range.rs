//! Parts of an answer (RFC 9110, section 14): one range of bytes. Several at once are not offered.

use axum::http::{HeaderMap, header};

/// The bytes that a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// From this byte on.
    From(u64),
    /// From the first to the second, both included.
    Between(u64, u64),
    /// The last so many.
    Last(u64),
}

/// A part of something, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its first byte.
    pub(super) first: u64,
    /// Its last byte.
    pub(super) last: u64,
}

impl ByteRange {
    /// The range in the header `Range`; none when there is none, or one of another kind: the whole
    /// is the right answer then (RFC 9110, section 14.2).
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::RANGE)?.to_str().ok()?;
        let (first, last) = value.strip_prefix("bytes=")?.trim().split_once('-')?;
        let number = |text: &str| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u64>().ok()).flatten()
        };
        match (first, last) {
            ("", "") => None,
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::Between(first, last))
            }
        }
    }

    /// The part of something of `total` bytes; none when no byte of it is meant.
    pub(super) fn within(self, total: u64) -> Option<Part> {
        let end = total.checked_sub(1)?;
        let (first, last) = match self {
            Self::From(first) => (first, end),
            Self::Between(first, last) => (first, last.min(end)),
            Self::Last(0) => return None,
            Self::Last(count) => (total.saturating_sub(count), end),
        };
        (first <= end).then_some(Part { first, last })
    }
}

impl Part {
    /// How many bytes.
    pub(super) const fn bytes(self) -> u64 {
        self.last - self.first + 1
    }
}

/// Whether a part may be sent by `If-Range`: there is none, or it names the tag. Weak tags and
/// dates never match (RFC 9110, section 13.1.5).
pub(super) fn may_be_partial(headers: &HeaderMap, etag: &str) -> bool {
    let named = headers.get(header::IF_RANGE);
    named.is_none_or(|named| named.as_bytes() == etag.as_bytes())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn range(value: &'static str) -> Option<ByteRange> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(value));
        ByteRange::of(&headers)
    }

    #[test]
    fn one_range_of_bytes_is_read_and_all_else_means_the_whole() {
        assert_eq!(range("bytes=0-"), Some(ByteRange::From(0)));
        assert_eq!(range("bytes=5-9"), Some(ByteRange::Between(5, 9)));
        assert_eq!(range("bytes=-7"), Some(ByteRange::Last(7)));
        for other in [
            "bytes=",
            "bytes=-",
            "bytes=9-5",
            "bytes=a-",
            "bytes=1-b",
            "bytes=1-2,5-6",
            "rows=1-2",
            "bytes=+1-",
            "bytes=99999999999999999999-",
            "1-2",
            "",
        ] {
            assert_eq!(range(other), None, "{other}");
        }
        assert_eq!(ByteRange::of(&HeaderMap::new()), None);
    }

    #[test]
    fn a_range_is_cut_to_what_there_is() {
        let within = |range: ByteRange, total| {
            let part = range.within(total);
            part.map(|part| (part.first, part.last, part.bytes()))
        };
        assert_eq!(within(ByteRange::From(3), 10), Some((3, 9, 7)));
        assert_eq!(within(ByteRange::Between(3, 4), 10), Some((3, 4, 2)));
        assert_eq!(within(ByteRange::Between(3, u64::MAX), 10), Some((3, 9, 7)));
        assert_eq!(within(ByteRange::Last(4), 10), Some((6, 9, 4)));
        assert_eq!(within(ByteRange::Last(40), 10), Some((0, 9, 10)));
        for (range, total) in [
            (ByteRange::From(10), 10),
            (ByteRange::From(u64::MAX), 10),
            (ByteRange::Last(0), 10),
            (ByteRange::From(0), 0),
            (ByteRange::Last(5), 0),
        ] {
            assert_eq!(within(range, total), None, "{range:?} of {total}");
        }
    }

    #[test]
    fn only_the_very_same_tag_may_be_continued() {
        let may = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_RANGE, HeaderValue::from_static(value));
            may_be_partial(&headers, "\"a\"")
        };
        assert!(may("\"a\"") && may_be_partial(&HeaderMap::new(), "\"a\""));
        assert!(!may("W/\"a\"") && !may("\"b\"") && !may("Wed, 21 Oct 2015 07:28:00 GMT"));
    }
}
