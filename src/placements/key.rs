//! The client's name for a placement, so that a retry is known for what it is.

use std::fmt;
use std::str::FromStr;

use event_store::{EventId, PlayerId, Version};

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 64;

/// The client's name for one placement: 1 to [`MAX_KEY_BYTES`] printable ASCII characters without
/// spaces. A UUID is a good one. Keys of different players never meet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlacementKey(String);

/// A key that breaks its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a placement id is 1 to 64 printable ASCII characters without spaces; a UUID is a good one"
)]
pub struct InvalidPlacementKey;

impl FromStr for PlacementKey {
    type Err = InvalidPlacementKey;

    fn from_str(text: &str) -> Result<Self, InvalidPlacementKey> {
        let length_is_lawful = (1..=MAX_KEY_BYTES).contains(&text.len());
        if length_is_lawful && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidPlacementKey)
        }
    }
}

impl fmt::Display for PlacementKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl PlacementKey {
    /// The deduplication key of the placement's event.
    pub fn event_id(&self, player: PlayerId) -> EventId {
        EventId::derive(&[
            b"placement",
            &player.bits().to_le_bytes(),
            self.0.as_bytes(),
        ])
    }
}

/// The deduplication key of an undo: a placement can be taken back once.
pub(super) fn undo_event_id(player: PlayerId, placement: Version) -> EventId {
    EventId::derive(&[
        b"undo",
        &player.bits().to_le_bytes(),
        &placement.0.to_le_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_short_printable_words() {
        assert!(
            "7b0c1f9e-8a53-4f6e-9d6c-0a1b2c3d4e5f"
                .parse::<PlacementKey>()
                .is_ok()
        );
        assert!("x".repeat(64).parse::<PlacementKey>().is_ok());
        for bad in ["", "a b", "\n", "ключ", &"x".repeat(65)] {
            assert_eq!(bad.parse::<PlacementKey>(), Err(InvalidPlacementKey));
        }
    }

    #[test]
    fn the_same_key_of_another_player_is_another_event() {
        let key: PlacementKey = "1".parse().expect("lawful key");
        let id = |player| key.event_id(PlayerId::from_bits(player));
        assert_eq!(id(1), id(1));
        assert_ne!(id(1), id(2));
    }
}
