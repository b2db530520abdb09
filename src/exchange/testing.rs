//! What must hold of any line that an import is given, for the property tests and the fuzz target
//! in `fuzz`.

use event_store::{EventId, Recorded};

use super::bad_line::MAX_SHOWN_CHARS;
use super::events::parse_event;
use super::json::EventJson;
use super::row::ImportFormat;

/// A line that a form refuses has a reason that can be shown; an event that is read is written and
/// read again as the same.
///
/// # Panics
/// When that does not hold.
pub fn any_line(line: &[u8]) {
    for format in ImportFormat::ALL {
        let _ = format.is_header(line);
        if let Err(fault) = format.parse(line) {
            let bad = fault.in_line("file", 1);
            assert!(bad.field.chars().count() <= MAX_SHOWN_CHARS);
            assert!(!bad.field.contains(char::is_control));
        }
    }
    if let Ok((version, at, event)) = parse_event(line) {
        let id = EventId([0; 16]);
        let recorded = Recorded {
            version,
            at,
            id,
            event,
        };
        let again = serde_json::to_vec(&EventJson::from(&recorded));
        let again = parse_event(&again.expect("an event has a JSON form"));
        assert_eq!(again.ok().map(|(_, _, event)| event), Some(recorded.event));
    }
}
