//! The wire form of an event: the MessagePack array `[schema, kind, at, body]`, where `body` is the
//! array of the kind's fields in the order of its struct. `docs/FORMATS.md` lists them.

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::{Event, UnixMs};

/// The schema that this program writes, and the newest one that it reads.
pub const SCHEMA: u8 = 1;

/// Bytes that are no event that this program knows.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not a MessagePack array of the right shape, or an unknown schema or kind.
    #[error("could not decode event")]
    Malformed(#[source] rmp_serde::decode::Error),
    /// More bytes than the event has.
    #[error("event is followed by {bytes} unexpected bytes")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
}

/// Ties each kind's wire number and public name to its variant, once.
macro_rules! event_kinds {
    ($($name:ident = $number:literal),+ $(,)?) => {
        /// The kind of an event: its number on the wire and its public name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum EventKind {
            $(
                #[doc = concat!("Of [`Event::", stringify!($name), "`]; ")]
                #[doc = concat!(stringify!($number), " on the wire.")]
                $name = $number,
            )+
        }

        impl EventKind {
            /// Every kind, in wire order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name used in the JSON interface.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }
        }

        impl Event {
            /// The event's kind.
            pub const fn kind(&self) -> EventKind {
                match self { $(Self::$name(_) => EventKind::$name),+ }
            }
        }

        fn encode_body(
            event: &Event,
            envelope: (u8, u8, UnixMs),
        ) -> Result<Vec<u8>, rmp_serde::encode::Error> {
            let (schema, kind, at) = envelope;
            match event {
                $(Event::$name(body) => rmp_serde::to_vec(&(schema, kind, at, body))),+
            }
        }

        impl<'de> DeserializeSeed<'de> for Body {
            type Value = Event;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event, D::Error> {
                match self.kind {
                    $($number => Deserialize::deserialize(deserializer).map(Event::$name),)+
                    unknown => {
                        let what = format_args!("event kind {unknown} is unknown");
                        Err(de::Error::custom(what))
                    }
                }
            }
        }
    };
}

event_kinds! {
    PlacementMade = 0,
    PlacementUndone = 1,
    RoundOpened = 2,
    RoundClosed = 3,
    CanvasExpanded = 4,
    PaletteExtended = 5,
    CooldownChanged = 6,
    RegionErased = 7,
    CellsRestored = 8,
    PlayerBanned = 9,
    PlayerUnbanned = 10,
    CanvasLocked = 11,
    CanvasUnlocked = 12,
    RegionProtected = 13,
    RegionUnprotected = 14,
    Announced = 15,
}

struct Body {
    kind: u8,
}

struct Envelope {
    at: UnixMs,
    event: Event,
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(4, EnvelopeVisitor)
    }
}

struct EnvelopeVisitor;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = Envelope;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an array of schema, kind, time and body")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Envelope, A::Error> {
        let missing = |at| de::Error::invalid_length(at, &"an array of 4");
        let schema: u8 = array.next_element()?.ok_or_else(|| missing(0))?;
        if schema != SCHEMA {
            return Err(de::Error::custom(format_args!(
                "event schema {schema} is unknown"
            )));
        }
        let kind = array.next_element()?.ok_or_else(|| missing(1))?;
        let at = array.next_element()?.ok_or_else(|| missing(2))?;
        let event = array
            .next_element_seed(Body { kind })?
            .ok_or_else(|| missing(3))?;
        Ok(Envelope { at, event })
    }
}

/// The bytes of an event.
///
/// # Panics
/// Never: every event has a MessagePack form, and writing to memory does not fail.
pub fn encode(at: UnixMs, event: &Event) -> Vec<u8> {
    encode_body(event, (SCHEMA, event.kind() as u8, at))
        .expect("every event has a MessagePack form")
}

/// The event of some bytes, with its time.
///
/// # Errors
/// [`DecodeError`] for anything that [`encode`] did not write; no input makes it panic.
pub fn decode(bytes: &[u8]) -> Result<(UnixMs, Event), DecodeError> {
    let mut rest = bytes;
    let envelope: Envelope = rmp_serde::from_read(&mut rest).map_err(DecodeError::Malformed)?;
    if rest.is_empty() {
        Ok((envelope.at, envelope.event))
    } else {
        Err(DecodeError::TrailingBytes { bytes: rest.len() })
    }
}
