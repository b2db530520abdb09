//! What the writer knows of the log without reading it: the last version of every subject, and the
//! versions of recent ids.

use std::collections::{HashMap, VecDeque};

use crate::error::BoxError;
use crate::event::{EventId, PlayerId, Subject, UnixMs, Version};
use crate::store::Recorded;

/// How long an id is known after its commit, in milliseconds: five times the stream engine's
/// window, since a client that retries after ten minutes is no longer retrying the same act.
pub(super) const ID_WINDOW_MS: i64 = 10 * 60 * 1_000;

/// The most ids known, whatever their age: about 50 MB. At the highest rate ever seen on a public
/// canvas (8 000 placements a second) they cover two minutes.
pub(super) const MAX_WINDOW_IDS: usize = 1 << 20;

/// The admin subject's key in a checkpoint; no player has it, since ids of players have 63 bits.
const ADMIN_KEY: u64 = u64::MAX;

/// The writer's knowledge, always as of `last`.
#[derive(Default)]
pub(super) struct Index {
    last: Version,
    subjects: HashMap<Subject, Version>,
    ids: HashMap<EventId, Version>,
    /// The ids in order of their commits, with the time of each commit.
    recent: VecDeque<(EventId, UnixMs)>,
}

impl Index {
    /// The newest version.
    pub(super) fn last(&self) -> Version {
        self.last
    }

    /// The last version on a subject, zero when there is none.
    pub(super) fn last_on(&self, subject: Subject) -> Version {
        self.subjects.get(&subject).copied().unwrap_or_default()
    }

    /// How many subjects have events.
    pub(super) fn subject_count(&self) -> usize {
        self.subjects.len()
    }

    /// The version that an id was appended as, when the window still holds it.
    pub(super) fn version_of(&self, id: EventId) -> Option<Version> {
        self.ids.get(&id).copied()
    }

    /// Takes in a committed event. Its version is right after [`Index::last`].
    pub(super) fn add(
        &mut self,
        version: Version,
        subject: Subject,
        id: EventId,
        committed_at: UnixMs,
    ) {
        self.last = version;
        self.subjects.insert(subject, version);
        self.ids.insert(id, version);
        self.recent.push_back((id, committed_at));
    }

    /// Takes in an event whose subject a checkpoint already covers, or whose id is too old, or
    /// neither.
    pub(super) fn replay(
        &mut self,
        event: &Recorded,
        covered: Version,
        committed_at: Option<UnixMs>,
    ) {
        self.last = self.last.max(event.version);
        if event.version > covered {
            self.subjects.insert(event.event.subject(), event.version);
        }
        if let Some(committed_at) = committed_at {
            self.ids.insert(event.id, event.version);
            self.recent.push_back((event.id, committed_at));
        }
    }

    /// Forgets the ids that are past the window.
    pub(super) fn forget_old_ids(&mut self, now: UnixMs) {
        while let Some((id, committed_at)) = self.recent.front()
            && (now.ms_since(*committed_at) > ID_WINDOW_MS || self.recent.len() > MAX_WINDOW_IDS)
        {
            self.ids.remove(id);
            self.recent.pop_front();
        }
    }

    /// The subjects as bytes: zstd over pairs of u64 little-endian, subject and version.
    pub(super) fn to_checkpoint(&self) -> Result<Vec<u8>, BoxError> {
        let mut bytes = Vec::with_capacity(self.subjects.len() * 16);
        for (subject, version) in &self.subjects {
            let key = match subject {
                Subject::Player(player) => player.bits(),
                Subject::Admin => ADMIN_KEY,
            };
            bytes.extend_from_slice(&key.to_le_bytes());
            bytes.extend_from_slice(&version.0.to_le_bytes());
        }
        Ok(zstd::bulk::compress(&bytes, 1)?)
    }

    /// The index at a checkpoint, without ids.
    pub(super) fn from_checkpoint(version: Version, bytes: &[u8]) -> Result<Self, BoxError> {
        let pairs = zstd::decode_all(bytes)?;
        let mut subjects = HashMap::with_capacity(pairs.len() / 16);
        for pair in pairs.chunks_exact(16) {
            let word = |at: usize| {
                let mut word = [0; 8];
                word.copy_from_slice(&pair[at..at + 8]);
                u64::from_le_bytes(word)
            };
            let subject = match word(0) {
                ADMIN_KEY => Subject::Admin,
                player => Subject::Player(PlayerId::from_bits(player)),
            };
            subjects.insert(subject, Version(word(8)));
        }
        Ok(Self {
            last: version,
            subjects,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_forgotten_by_age() {
        let mut index = Index::default();
        for number in 0..10u8 {
            let at = UnixMs(i64::from(number));
            index.add(
                Version(u64::from(number) + 1),
                Subject::Admin,
                EventId([number; 16]),
                at,
            );
        }
        index.forget_old_ids(UnixMs(ID_WINDOW_MS + 4));
        let known = (0..10u8).filter(|number| index.version_of(EventId([*number; 16])).is_some());
        assert_eq!(known.collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
        assert_eq!(index.last_on(Subject::Admin), Version(10));
    }

    #[test]
    fn a_checkpoint_gives_the_subjects_back() {
        let mut index = Index::default();
        let player = Subject::Player(PlayerId::from_bits(7));
        index.add(Version(1), Subject::Admin, EventId([1; 16]), UnixMs(0));
        index.add(Version(2), player, EventId([2; 16]), UnixMs(0));
        let bytes = index.to_checkpoint().expect("compresses");
        let again = Index::from_checkpoint(Version(2), &bytes).expect("decompresses");
        assert_eq!(again.last(), Version(2));
        assert_eq!(again.last_on(Subject::Admin), Version(1));
        assert_eq!(again.last_on(player), Version(2));
    }
}
