//! What closed segments there are.

use event_store::{RoundId, UnixMs, Version};
use serde::{Deserialize, Serialize};

use super::chain::{self, Hash};
use super::segment::{SEGMENT_EVENTS, Segment};

/// The format of the index that this program writes and reads.
const FORMAT: u32 = 1;

/// Of every so many events an entry keeps the time.
pub const MARK_EVENTS: usize = 2_048;

/// A closed segment and the keyframe at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The segment's number; the first is 1.
    pub number: u32,
    /// The round; 0 before the first.
    pub round: RoundId,
    /// The version of the first event.
    pub first: Version,
    /// The version of the last event.
    pub last: Version,
    /// How many of the events are placements that changed the canvas.
    pub placements: u32,
    /// How many pseudonyms are given out in the round after it.
    pub players: u32,
    /// The earliest time in it.
    pub earliest: UnixMs,
    /// The latest time in it.
    pub latest: UnixMs,
    /// The time of the last event.
    pub ended_at: UnixMs,
    /// The time of every 2048th event, the first one's first.
    pub marks: Vec<UnixMs>,
    /// Bytes of the segment's file.
    pub bytes: u64,
    /// The hash of the segment's content.
    #[serde(with = "hex")]
    pub hash: Hash,
    /// The keyframe at `last`; none before the first round.
    pub keyframe: Option<KeyframeEntry>,
    /// The chain up to this segment.
    #[serde(with = "hex")]
    pub chain: Hash,
}

/// A keyframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyframeEntry {
    /// Bytes of the file.
    pub bytes: u64,
    /// The hash of its bytes before compression.
    #[serde(with = "hex")]
    pub hash: Hash,
}

/// The closed segments of a canvas, in order and without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    entries: Vec<Entry>,
}

/// Bytes that are no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Not JSON of the expected shape.
    #[error("could not read the index of history")]
    Malformed(#[source] serde_json::Error),
    /// Of another format.
    #[error("index of history has format {found}, this program reads {FORMAT}")]
    Format {
        /// The format found.
        found: u32,
    },
    /// The entries do not follow each other.
    #[error("entry {number} of the index of history does not follow the one before it")]
    Gap {
        /// The entry's number.
        number: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct Stored<Entries> {
    format: u32,
    segments: Entries,
}

impl Entry {
    /// The entry of a segment, as if it were the first of all.
    pub(crate) fn of_first(
        segment: &Segment,
        file: (u64, Hash),
        keyframe: Option<KeyframeEntry>,
        newcomers: u32,
    ) -> Self {
        let (bytes, hash) = file;
        let times = &segment.times;
        let first = Self {
            number: 1,
            round: segment.round,
            first: segment.first,
            last: segment.last(),
            placements: segment.placements.len() as u32,
            players: segment.players_before + newcomers,
            earliest: times.iter().min().copied().unwrap_or_default(),
            latest: times.iter().max().copied().unwrap_or_default(),
            ended_at: times.last().copied().unwrap_or_default(),
            marks: times.iter().step_by(MARK_EVENTS).copied().collect(),
            bytes,
            hash,
            keyframe,
            chain: chain::BEGINNING,
        };
        first.following(None)
    }

    /// The entry where the segment follows `before`.
    pub(crate) fn following(mut self, before: Option<&Self>) -> Self {
        let chain = before.map_or(chain::BEGINNING, |before| before.chain);
        let keyframe = self.keyframe.map(|keyframe| keyframe.hash);
        self.number = before.map_or(1, |before| before.number + 1);
        self.chain = chain::link(chain, self.hash, keyframe);
        self
    }

    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.last.0 - self.first.0 + 1
    }

    /// The chain before this segment follows from the one before it.
    fn follows(&self, before: Option<&Self>) -> bool {
        let (number, version, chain) = before.map_or((0, 0, chain::BEGINNING), |before| {
            (before.number, before.last.0, before.chain)
        });
        let keyframe = self.keyframe.map(|keyframe| keyframe.hash);
        number.checked_add(1) == Some(self.number)
            && version.checked_add(1) == Some(self.first.0)
            && self.first <= self.last
            && self.last.0 - self.first.0 < SEGMENT_EVENTS as u64
            && self.chain == chain::link(chain, self.hash, keyframe)
    }
}

impl Index {
    /// The entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The version of the newest event in a closed segment.
    pub fn last(&self) -> Version {
        self.entries
            .last()
            .map_or(Version::ZERO, |entry| entry.last)
    }

    /// The chain over everything.
    pub fn chain(&self) -> Hash {
        self.entries
            .last()
            .map_or(chain::BEGINNING, |entry| entry.chain)
    }

    /// The entry whose segment holds `version`.
    pub fn holding(&self, version: Version) -> Option<&Entry> {
        let at = self.entries.partition_point(|entry| entry.last < version);
        self.entries.get(at).filter(|entry| entry.first <= version)
    }

    /// The entry of a number.
    pub fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries
            .get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// Adds the next entry.
    ///
    /// # Errors
    /// [`IndexError::Gap`] when it does not follow the last one.
    pub fn add(&mut self, entry: Entry) -> Result<(), IndexError> {
        if !entry.follows(self.entries.last()) {
            let number = entry.number;
            return Err(IndexError::Gap { number });
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Leaves only the entries before `number`.
    pub fn truncate(&mut self, number: u32) {
        self.entries.retain(|entry| entry.number < number);
    }

    /// The index as it is stored.
    ///
    /// # Panics
    /// Never: every index has a JSON form.
    pub fn to_json(&self) -> Vec<u8> {
        let stored = Stored {
            format: FORMAT,
            segments: &self.entries,
        };
        serde_json::to_vec(&stored).expect("an index has no keys but names")
    }

    /// The index of some bytes.
    ///
    /// # Errors
    /// [`IndexError`]; every link of the chain is checked.
    pub fn from_json(bytes: &[u8]) -> Result<Self, IndexError> {
        let stored: Stored<Vec<Entry>> =
            serde_json::from_slice(bytes).map_err(IndexError::Malformed)?;
        if stored.format != FORMAT {
            return Err(IndexError::Format {
                found: stored.format,
            });
        }
        let mut index = Self::default();
        for entry in stored.segments {
            index.add(entry)?;
        }
        Ok(index)
    }
}

/// Hashes as hexadecimal digits.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::Hash;

    pub(super) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hash.to_hex())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        let digits = String::deserialize(from)?;
        Hash::from_hex(&digits).map_err(de::Error::custom)
    }
}
