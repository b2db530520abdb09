//! Times in requests.

use event_store::UnixMs;
use jiff::Timestamp;

pub use crate::exchange::moment::rfc3339;

/// Reads an RFC 3339 time with any offset; `None` for anything else.
pub fn parse_rfc3339(text: &str) -> Option<UnixMs> {
    let at: Timestamp = text.parse().ok()?;
    Some(UnixMs(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_offsets_are_read() {
        let at = parse_rfc3339("2022-04-04T02:53:51.577+02:00");
        assert_eq!(at, Some(UnixMs(1_649_033_631_577)));
        assert_eq!(at.map(rfc3339).as_deref(), Some("2022-04-04T00:53:51.577Z"));
        assert_eq!(parse_rfc3339("yesterday"), None);
    }
}
