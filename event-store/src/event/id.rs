//! Numbers and names that identify things.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that breaks its rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a {what}: {rule}")]
pub struct InvalidName {
    /// What the name was to be.
    pub what: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
    /// The name as given, cut to 64 characters.
    pub given: String,
}

impl InvalidName {
    fn new(what: &'static str, rule: &'static str, given: &str) -> Self {
        Self {
            what,
            rule,
            given: given.chars().take(64).collect(),
        }
    }
}

/// The number of an event in its canvas's log. The first event is 1; there are no gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// Before the first event.
    pub const ZERO: Self = Self(0);

    /// The version right after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The version `events` later.
    #[must_use]
    pub const fn plus(self, events: u64) -> Self {
        Self(self.0 + events)
    }

    /// How many events lie after `earlier`, up to and including this one; 0 when it is not earlier.
    pub const fn events_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted. Any `i64` is
/// lawful.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMs(pub i64);

impl UnixMs {
    /// The wall clock's time. Rules and folds never call this: time is an argument there.
    pub fn now() -> Self {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// The moment `ms` later, saturating.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment, negative when it is later, saturating.
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The number of a round on its canvas. The first round is 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct RoundId(pub u32);

impl fmt::Display for RoundId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A player. 63 bits, so that the number fits the signed 64-bit column of a relational store.
/// Shown as 16 lower-case hexadecimal digits, which is also a lawful token of a NATS subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlayerId(u64);

impl PlayerId {
    const MASK: u64 = u64::MAX >> 1;

    /// The player of the low 63 bits of `bits`.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits & Self::MASK)
    }

    /// The number, below 2^63.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The player that stands for an outside name, for example the hashed user of an imported
    /// log: the first 63 bits of the BLAKE3 hash of the name, so that the same name is the same
    /// player in every import.
    pub fn of_name(name: &str) -> Self {
        let hash = blake3::hash(name.as_bytes());
        let mut bits = [0; 8];
        bits.copy_from_slice(&hash.as_bytes()[..8]);
        Self::from_bits(u64::from_le_bytes(bits))
    }
}

impl fmt::Display for PlayerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl fmt::Debug for PlayerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PlayerId({self})")
    }
}

impl FromStr for PlayerId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        const RULE: &str = "16 lower-case hexadecimal digits, the first one below 8";
        let lawful = text.len() == 16
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        lawful
            .then(|| u64::from_str_radix(text, 16).ok())
            .flatten()
            .filter(|bits| *bits <= Self::MASK)
            .map(Self)
            .ok_or_else(|| InvalidName::new("player id", RULE, text))
    }
}

/// The deduplication key of an append: 128 bits that the caller derives from what it is about, so
/// that a retry has the same key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub [u8; 16]);

impl EventId {
    /// The key derived from `parts`: the first 128 bits of the BLAKE3 hash over each part's length
    /// (u64 little-endian) and bytes. The first part names the purpose, so that keys of different
    /// purposes do not meet.
    pub fn derive(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(id)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EventId({self})")
    }
}

impl FromStr for EventId {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        (text.len() == 32 && text.is_ascii() && !text.starts_with('+'))
            .then(|| u128::from_str_radix(text, 16).ok())
            .flatten()
            .map(|bits| Self(bits.to_be_bytes()))
            .ok_or_else(|| InvalidName::new("event id", "32 hexadecimal digits", text))
    }
}

/// A canvas's short name, as in its addresses and its stream's name: 1 to 32 lower-case letters,
/// digits and hyphens, beginning with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanvasSlug(String);

impl CanvasSlug {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for CanvasSlug {
    /// `main`.
    fn default() -> Self {
        Self("main".to_owned())
    }
}

impl fmt::Display for CanvasSlug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for CanvasSlug {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        const RULE: &str =
            "1 to 32 lower-case letters, digits and hyphens, the first one not a hyphen";
        let lawful = (1..=32).contains(&text.len())
            && !text.starts_with('-')
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if lawful {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("canvas slug", RULE, text))
        }
    }
}

/// What an event is about, for the guard: appends on different subjects never conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A player's own acts.
    Player(PlayerId),
    /// Everything that is decided for the whole canvas.
    Admin,
}
