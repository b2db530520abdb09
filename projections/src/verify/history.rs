//! The files of history against what the log makes of them.

use event_store::Version;

use super::{Fault, Shelves, Start, Stored, VerifyError, first_difference};
use crate::history::{
    Closed, Entry, File, HistoryStore, HistoryStoreError, Index, KeyframeEntry, Packed,
    open_segment,
};
use crate::snapshot::decompress;

/// So many segments that the index does not name are the trace of a process that ended between
/// storing one and naming it. More are the trace of an index that was lost.
const MAX_UNLISTED: u32 = 1;

/// The files of history that are yet to be compared.
pub(super) struct HistoryCheck {
    store: HistoryStore,
    repair: bool,
    /// The index as it is stored.
    stored: Index,
    /// The index as the log makes it, so far.
    folded: Index,
    is_index_known_bad: bool,
    /// How many segments are stored that the index should name.
    unlisted: u32,
    /// How many segments agree.
    pub(super) segments: usize,
}

impl HistoryCheck {
    /// What is stored of segments after `start`, and what is wrong with the index as such.
    pub(super) async fn of(
        start: &Start,
        shelves: &Shelves,
        repair: bool,
    ) -> Result<(Self, Vec<Fault>), VerifyError> {
        let mut check = Self {
            store: shelves.history.clone(),
            repair,
            stored: Index::default(),
            folded: start.before.clone(),
            is_index_known_bad: false,
            unlisted: 0,
            segments: 0,
        };
        let mut faults = Vec::new();
        match check.store.index().await {
            Ok(stored) => check.stored = stored.unwrap_or_default(),
            Err(error @ HistoryStoreError::Index(_)) => {
                let version = start.version().next();
                faults.push(check.index_fault(version, in_full(&error)));
            }
            Err(error) => return Err(VerifyError::History(error)),
        }
        Ok((check, faults))
    }

    /// The last version in a segment that was compared or made.
    pub(super) fn segmented(&self) -> Version {
        self.folded.last()
    }

    /// Compares the files of a segment of the log, and makes those anew that do not agree, if that
    /// is asked for.
    pub(super) async fn compare(&mut self, closed: &Closed) -> Result<Vec<Fault>, VerifyError> {
        let number = self
            .folded
            .entries()
            .last()
            .map_or(1, |last| last.number + 1);
        let listed = self.stored.entry(number).cloned();
        if listed.is_none() && !self.repair {
            return self.look_for_unlisted(closed.segment.first).await;
        }
        let mut expected = self.expected_entry(closed);
        let mut faults = Vec::new();
        self.compare_segment(closed, &mut expected, &mut faults)
            .await?;
        self.compare_keyframe(closed, &mut expected, &mut faults)
            .await?;
        self.compare_players(closed, &expected, &mut faults).await?;
        if !faults.is_empty() && self.repair {
            let packed = Packed::of(closed).following(self.folded.entries().last());
            let put = self.store.put_files(&packed).await;
            put.map_err(VerifyError::History)?;
            expected = packed.entry;
        } else if faults.is_empty() {
            self.segments += 1;
        }
        match listed {
            // What is made for the first time is not mended.
            None => faults.clear(),
            Some(listed) if faults.is_empty() && listed != expected => {
                let why = format!("its entry {number} is not what the log makes of the segment");
                faults.push(self.index_fault(expected.first, why));
            }
            Some(_) => {}
        }
        let added = self.folded.add(expected);
        added.map_err(|error| VerifyError::History(HistoryStoreError::Index(error)))?;
        Ok(faults)
    }

    /// Stores the index that the log makes, if that is asked for and the stored one is another.
    pub(super) async fn end(&mut self) -> Result<Vec<Fault>, VerifyError> {
        let is_beyond = self.stored.last() > self.folded.last();
        if !self.repair || self.stored == self.folded || is_beyond {
            return Ok(Vec::new());
        }
        let put = self.store.put_index(&self.folded).await;
        put.map_err(VerifyError::History)?;
        if self.is_index_known_bad || self.stored.last() == self.folded.last() {
            return Ok(Vec::new());
        }
        let (ends, log_ends) = (self.stored.last(), self.folded.last());
        let why = format!("it ended at version {ends}, the log's segments at {log_ends}");
        Ok(vec![self.index_fault(ends.next(), why)])
    }

    /// A segment that the log does not reach.
    pub(super) fn beyond(&self, head: Version) -> Option<Fault> {
        let mut entries = self.stored.entries().iter();
        let beyond = entries.find(|entry| entry.last > head)?;
        Some(Fault {
            version: beyond.last.min(head.next()),
            what: Stored::History(File::Segment(beyond.number)),
            why: format!("it is newer than the log, which ends at version {head}"),
        })
    }

    async fn look_for_unlisted(&mut self, first: Version) -> Result<Vec<Fault>, VerifyError> {
        let listed = self.stored.entries().len() as u32;
        let number = listed + self.unlisted + 1;
        let is_stored = self.store.has_segment(number).await;
        if self.unlisted > MAX_UNLISTED || !is_stored.map_err(VerifyError::History)? {
            return Ok(Vec::new());
        }
        self.unlisted += 1;
        if self.unlisted <= MAX_UNLISTED {
            return Ok(Vec::new());
        }
        let why = format!("it ends at segment {listed}, but more are stored");
        Ok(vec![
            self.index_fault(self.stored.last().next().min(first), why),
        ])
    }

    /// The entry that the log makes, but for the lengths of the files.
    fn expected_entry(&self, closed: &Closed) -> Entry {
        let hash = closed.segment.content_hash();
        let hash = hash.expect("a packer closes a segment before it is too large for a file");
        let keyframe = closed.keyframe.as_ref().map(|keyframe| KeyframeEntry {
            bytes: 0,
            hash: blake3::hash(&keyframe.encode()),
        });
        let newcomers = closed.newcomers.len() as u32;
        let before = self.folded.entries().last();
        Entry::of_first(&closed.segment, (0, hash), keyframe, newcomers).following(before)
    }

    async fn compare_segment(
        &self,
        closed: &Closed,
        expected: &mut Entry,
        faults: &mut Vec<Fault>,
    ) -> Result<(), VerifyError> {
        let bytes = match self.store.stored_segment(expected).await {
            Ok(bytes) => bytes,
            Err(error) => return note(faults, expected.first, error),
        };
        expected.bytes = bytes.len() as u64;
        let decoded = open_segment(expected, &bytes).and_then(|file| {
            let decoded = file.decode();
            decoded.map_err(|source| HistoryStoreError::damaged_segment(expected, source))
        });
        let error = match decoded {
            Ok(decoded) if decoded == closed.segment => return Ok(()),
            Ok(_) => HistoryStoreError::Mismatch {
                file: File::Segment(expected.number),
            },
            Err(error) => error,
        };
        // What can still be read of it tells from where on it is another's.
        let read = crate::history::segment::SegmentFile::read(&bytes);
        let read = read.and_then(|file| file.decode()).ok();
        let differs = read.filter(|read| read.first == expected.first);
        let differs = differs.and_then(|read| first_difference(&closed.segment, &read));
        note(faults, differs.unwrap_or(expected.first), error)
    }

    async fn compare_keyframe(
        &self,
        closed: &Closed,
        expected: &mut Entry,
        faults: &mut Vec<Fault>,
    ) -> Result<(), VerifyError> {
        let Some(keyframe) = &closed.keyframe else {
            return Ok(());
        };
        let kept = match self.store.stored_keyframe(expected).await {
            Ok(Some(kept)) => kept,
            Ok(None) => return Ok(()),
            Err(error) => return note(faults, expected.last, error),
        };
        if let Some(listed) = &mut expected.keyframe {
            listed.bytes = kept.compressed.len() as u64;
        }
        match decompress(&kept.compressed) {
            Ok(raw) if raw == keyframe.encode() => Ok(()),
            Ok(_) | Err(_) => {
                let file = File::Keyframe(expected.last);
                note(faults, expected.last, HistoryStoreError::Mismatch { file })
            }
        }
    }

    async fn compare_players(
        &self,
        closed: &Closed,
        expected: &Entry,
        faults: &mut Vec<Fault>,
    ) -> Result<(), VerifyError> {
        let before = self.folded.entries().last();
        match self.store.players(expected, before).await {
            Ok(players) if players == closed.newcomers => Ok(()),
            Ok(_) => {
                let file = File::Players(expected.number);
                note(faults, expected.first, HistoryStoreError::Mismatch { file })
            }
            Err(error) => note(faults, expected.first, error),
        }
    }

    fn index_fault(&mut self, version: Version, why: String) -> Fault {
        self.is_index_known_bad = true;
        let what = Stored::History(File::Index);
        Fault { version, what, why }
    }
}

/// Notes what is wrong with a file.
fn note(
    faults: &mut Vec<Fault>,
    version: Version,
    error: HistoryStoreError,
) -> Result<(), VerifyError> {
    let Some(file) = error.broken_file() else {
        return Err(VerifyError::History(error));
    };
    faults.push(Fault {
        version,
        what: Stored::History(file),
        why: in_full(&error),
    });
    Ok(())
}

/// An error with its causes.
fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
