//! What history holds in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use event_store::{Recorded, UnixMs, Version};
use projections::history::{Closed, Entry, Index, IndexError, Keyframe, Packed, Packer};
use projections::{Field, OutOfOrder};

/// How many closed segments stay in memory: others write them, and their files may come a moment
/// later.
const RECENT_SEGMENTS: usize = 4;

/// The closed segments, the open one, and those that are being closed.
pub(super) struct State {
    pub(super) index: Arc<Index>,
    pub(super) packer: Packer,
    /// At most [`MAX_CLOSING`](super::MAX_PACKING), oldest first.
    closing: VecDeque<Closing>,
    recent: VecDeque<(u32, Bytes)>,
}

/// A segment that is closed but not in the index yet.
#[derive(Clone)]
pub(super) struct Closing {
    pub(super) closed: Arc<Closed>,
    pub(super) base: Option<Arc<Keyframe>>,
}

/// Where a version is.
pub(super) enum Place {
    /// In memory: the canvas right after it, and its time.
    Here(Option<Field>, UnixMs),
    /// In a segment that is being closed, so many events from its start.
    Closing(Closing, u32),
    /// In a closed segment; and the entry before it, when the round began earlier.
    Closed(Box<Entry>, Option<Box<Entry>>),
    /// Nowhere yet.
    Beyond(Version),
}

impl State {
    pub(super) fn new(index: Index, packer: Packer) -> Self {
        Self {
            index: Arc::new(index),
            packer,
            closing: VecDeque::new(),
            recent: VecDeque::new(),
        }
    }

    /// Takes the next event; says whether it closed a segment, which is then to be packed and
    /// [added](Self::add), one after the other.
    pub(super) fn push(&mut self, recorded: &Recorded) -> Result<Option<Arc<Closed>>, OutOfOrder> {
        let base = self.packer.base().cloned();
        let Some(closed) = self.packer.push(recorded)? else {
            return Ok(None);
        };
        let closed = Arc::new(closed);
        let closing = Closing {
            closed: Arc::clone(&closed),
            base,
        };
        self.closing.push_back(closing);
        Ok(Some(closed))
    }

    /// Adds the segment that was closed first of those that are not added.
    pub(super) fn add(&mut self, packed: &Packed) -> Result<(), IndexError> {
        Arc::make_mut(&mut self.index).add(packed.entry.clone())?;
        self.closing.pop_front();
        if self.recent.len() == RECENT_SEGMENTS {
            self.recent.pop_front();
        }
        let number = packed.entry.number;
        self.recent.push_back((number, packed.segment.clone()));
        Ok(())
    }

    /// The file of a segment that was closed a moment ago.
    pub(super) fn recent_file(&self, number: u32) -> Option<Bytes> {
        let mut recent = self.recent.iter();
        let found = recent.find(|(recent, _)| *recent == number)?;
        Some(found.1.clone())
    }

    /// The segments that are being closed, newest first.
    pub(super) fn closing(&self) -> impl Iterator<Item = &Closing> {
        self.closing.iter().rev()
    }

    /// Where `version` is; what is in memory is folded here, some milliseconds at most.
    pub(super) fn place(&self, version: Version) -> Place {
        let open = self.packer.open();
        if version > self.packer.version() {
            return Place::Beyond(self.packer.version());
        }
        if version >= open.first {
            let events = version.0 - open.first.0 + 1;
            let mut field = self.packer.base().map(|base| base.field.clone());
            // An open segment has at most 65,536 events.
            open.fold(&mut field, self.packer.round(), events as u32);
            let at = open.times.get(events as usize - 1).copied();
            return Place::Here(field, at.unwrap_or_default());
        }
        let is_after = |closing: &&Closing| version >= closing.closed.segment.first;
        if let Some(closing) = self.closing().find(is_after) {
            let events = version.0 - closing.closed.segment.first.0 + 1;
            return Place::Closing(closing.clone(), events as u32);
        }
        match self.index.holding(version) {
            None => Place::Here(None, UnixMs::default()),
            Some(entry) => {
                let before = entry
                    .number
                    .checked_sub(1)
                    .and_then(|at| self.index.entry(at));
                let before = before.filter(|before| before.round == entry.round);
                Place::Closed(Box::new(entry.clone()), before.cloned().map(Box::new))
            }
        }
    }
}
