//! Times in the forms of the published logs and of the JSON interface.

use std::fmt;

use event_store::UnixMs;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// The moments that have a four-digit year: from 0000-01-01T00:00:00.000Z to the last whole second
/// of jiff's timestamps, 9999-12-30T22:00:00Z.
const NAMEABLE_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_207_200_000;

/// The characters of `YYYY-MM-DD HH:MM:SS`.
const SECOND_CHARS: usize = 19;

/// Reads `YYYY-MM-DD HH:MM:SS[.f[f[f]]] UTC`; digits that are cut off the milliseconds are zeros,
/// as in the dump of 2022. `None` for anything else, impossible dates included.
pub(super) fn parse_utc(text: &[u8]) -> Option<UnixMs> {
    let text = text.strip_suffix(b" UTC")?;
    let (whole, fraction) = text.split_at_checked(SECOND_CHARS)?;
    let fraction_ms = match fraction {
        [] => 0,
        [b'.', fraction @ ..] => {
            let scale = [0, 100, 10, 1].get(fraction.len())?;
            digits(fraction)? * scale
        }
        _ => return None,
    };
    Some(parse_second(whole)?.plus_ms(fraction_ms))
}

/// Reads `YYYY-MM-DD HH:MM:SS,fff` as a time in UTC. `None` for anything else.
pub(super) fn parse_comma(text: &[u8]) -> Option<UnixMs> {
    let (whole, fraction) = text.split_at_checked(SECOND_CHARS)?;
    match fraction {
        [b',', fraction @ ..] if fraction.len() == 3 => {
            Some(parse_second(whole)?.plus_ms(digits(fraction)?))
        }
        _ => None,
    }
}

/// Reads `YYYY-MM-DD HH:MM:SS`.
fn parse_second(whole: &[u8]) -> Option<UnixMs> {
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    let is_separated = |(at, expected): &(usize, u8)| whole.get(*at) == Some(expected);
    if whole.len() != SECOND_CHARS || !separators.iter().all(is_separated) {
        return None;
    }
    let number = |from: usize, to: usize| i16::try_from(digits(&whole[from..to])?).ok();
    let small = |from: usize, to: usize| i8::try_from(number(from, to)?).ok();
    let date = Date::new(number(0, 4)?, small(5, 7)?, small(8, 10)?).ok()?;
    let time = Time::new(small(11, 13)?, small(14, 16)?, small(17, 19)?, 0).ok()?;
    let timestamp = Offset::UTC
        .to_timestamp(DateTime::from_parts(date, time))
        .ok()?;
    Some(UnixMs(timestamp.as_millisecond()))
}

/// Reads an RFC 3339 time with any offset; `None` for anything else.
pub fn parse_rfc3339(text: &str) -> Option<UnixMs> {
    let at: Timestamp = text.parse().ok()?;
    Some(UnixMs(at.as_millisecond()))
}

/// The number of up to 18 decimal digits, without a sign; `None` for anything else.
pub(super) fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |number: i64, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// A moment in parts, in UTC. Moments before the year 0 or after 9999 are moved to the nearest of
/// [`NAMEABLE_MS`]: events of foreign writers may hold any number.
pub(super) struct UtcParts {
    date_time: DateTime,
    pub(super) ms: i64,
}

impl UtcParts {
    pub(super) fn of(at: UnixMs) -> Self {
        let ms = at.0.clamp(*NAMEABLE_MS.start(), *NAMEABLE_MS.end());
        let timestamp = Timestamp::from_millisecond(ms).expect("four-digit years are in range");
        Self {
            date_time: Offset::UTC.to_datetime(timestamp),
            ms: ms.rem_euclid(1_000),
        }
    }

    /// `YYYY-MM-DD`.
    pub(super) fn date(&self) -> impl std::fmt::Display {
        let date = self.date_time;
        fmt::from_fn(move |out| {
            write!(
                out,
                "{:04}-{:02}-{:02}",
                date.year(),
                date.month(),
                date.day()
            )
        })
    }

    /// `HH:MM:SS`.
    pub(super) fn time(&self) -> impl std::fmt::Display {
        let time = self.date_time;
        fmt::from_fn(move |out| {
            write!(
                out,
                "{:02}:{:02}:{:02}",
                time.hour(),
                time.minute(),
                time.second()
            )
        })
    }
}

/// RFC 3339 in UTC with milliseconds: `2022-04-03T17:38:22.252Z`.
pub fn rfc3339(at: UnixMs) -> String {
    let parts = UtcParts::of(at);
    format!("{}T{}.{:03}Z", parts.date(), parts.time(), parts.ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_times_are_read_with_their_cut_milliseconds() {
        let second = 1_649_007_502_000;
        for (text, ms) in [
            ("2022-04-03 17:38:22.252 UTC", 252),
            ("2022-04-03 17:38:22.25 UTC", 250),
            ("2022-04-03 17:38:22.2 UTC", 200),
            ("2022-04-03 17:38:22.007 UTC", 7),
            ("2022-04-03 17:38:22 UTC", 0),
        ] {
            assert_eq!(
                parse_utc(text.as_bytes()),
                Some(UnixMs(second + ms)),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_time() {
        for text in [
            "",
            " UTC",
            "2022-04-03 17:38:22.252",
            "2022-04-03 17:38:22. UTC",
            "2022-04-03 17:38:22.2525 UTC",
            "2022-04-03T17:38:22.252 UTC",
            "2022-02-30 17:38:22 UTC",
            "2022-13-01 17:38:22 UTC",
            "2022-04-03 24:38:22 UTC",
            "2022-04-03 17:60:22 UTC",
            "2022-04-03 17:38:61 UTC",
            "2022-04-03 17:38:2\u{661} UTC",
            "+022-04-03 17:38:22 UTC",
            "2022-04-03 17:38:-2 UTC",
        ] {
            assert_eq!(parse_utc(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn times_with_a_comma_are_read() {
        let parse = |text: &str| parse_comma(text.as_bytes());
        let at = UnixMs(1_649_007_502_252);
        assert_eq!(parse("2022-04-03 17:38:22,252"), Some(at));
        for text in [
            "2022-04-03 17:38:22,25",
            "2022-04-03 17:38:22.252",
            "2022-04-03 17:38:22",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_with_offsets_are_read() {
        let at = parse_rfc3339("2022-04-04T02:53:51.577+02:00");
        assert_eq!(at, Some(UnixMs(1_649_033_631_577)));
        assert_eq!(at.map(rfc3339).as_deref(), Some("2022-04-04T00:53:51.577Z"));
        assert_eq!(parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn times_are_written_as_they_were_read() {
        let at = UnixMs(1_649_007_502_070);
        assert_eq!(rfc3339(at), "2022-04-03T17:38:22.070Z");
        assert_eq!(rfc3339(UnixMs(-1)), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn unnameable_times_are_moved_to_the_nearest_nameable() {
        assert_eq!(rfc3339(UnixMs(i64::MAX)), "9999-12-30T22:00:00.000Z");
        assert_eq!(rfc3339(UnixMs(i64::MIN)), "0000-01-01T00:00:00.000Z");
    }
}
