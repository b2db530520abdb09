//! From the log to segments: the fold that cuts it into files.

use std::sync::Arc;

use event_store::event::RoundOpened;
use event_store::{Event, PlayerId, Recorded, RoundId, UnixMs, Version, event};

use super::fold::fold;
use super::keyframe::Keyframe;
use super::pseudonyms::{Pseudonyms, WithNewcomers, named_players};
use super::segment::{MAX_SECTION_BYTES, Other, Placed, SEGMENT_EVENTS, Segment, order_of_players};
use crate::canvas::OutOfOrder;
use crate::grid::{Field, FieldChange};

/// A segment ends early when its events other than placements have more bytes than this: the next
/// one, of [`MAX_EVENT_BYTES`](event_store::MAX_EVENT_BYTES) at most, still fits.
const MAX_OTHER_BYTES: usize = MAX_SECTION_BYTES - 2 * event_store::MAX_EVENT_BYTES;

/// The events after the last closed segment, in the columns of one to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenSegment {
    /// The version of the first event.
    pub first: Version,
    /// When each event happened.
    pub times: Vec<UnixMs>,
    /// The placements that changed the canvas, by version.
    pub placements: Vec<Placed<PlayerId>>,
    /// All else, by version, with the players themselves.
    pub others: Vec<Other>,
    other_bytes: usize,
}

/// A segment that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The segment.
    pub segment: Segment,
    /// The canvas after its last event; none before the first round.
    pub keyframe: Option<Arc<Keyframe>>,
    /// The players who got their pseudonym in it, in the order of their numbers.
    pub newcomers: Vec<PlayerId>,
}

/// Folds the log and cuts it: at every [`SEGMENT_EVENTS`] events, and where a round begins.
///
/// Deterministic: the same log is cut into the same segments everywhere.
#[derive(Clone, Debug)]
pub struct Packer {
    version: Version,
    round: RoundId,
    /// The canvas before the open segment.
    base: Option<Arc<Keyframe>>,
    field: Option<Field>,
    pseudonyms: Pseudonyms,
    open: OpenSegment,
}

impl Default for Packer {
    fn default() -> Self {
        Self::of_empty_log()
    }
}

impl Packer {
    /// At the beginning of a log.
    pub fn of_empty_log() -> Self {
        Self {
            version: Version::ZERO,
            round: RoundId(0),
            base: None,
            field: None,
            pseudonyms: Pseudonyms::default(),
            open: OpenSegment::after(Version::ZERO),
        }
    }

    /// After a segment that is closed: `version` is its last one, `pseudonyms` are those of its
    /// round.
    pub fn after(
        version: Version,
        round: RoundId,
        keyframe: Option<Keyframe>,
        pseudonyms: Pseudonyms,
    ) -> Self {
        Self {
            version,
            round,
            field: keyframe.as_ref().map(|keyframe| keyframe.field.clone()),
            base: keyframe.map(Arc::new),
            pseudonyms,
            open: OpenSegment::after(version),
        }
    }

    /// The newest version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The round of the open segment; 0 before the first.
    pub fn round(&self) -> RoundId {
        self.round
    }

    /// The canvas at the newest version; none before the first round.
    pub fn field(&self) -> Option<&Field> {
        self.field.as_ref()
    }

    /// The canvas right before the open segment; none before the first round.
    pub fn base(&self) -> Option<&Arc<Keyframe>> {
        self.base.as_ref()
    }

    /// The events since the last closed segment.
    pub fn open(&self) -> &OpenSegment {
        &self.open
    }

    /// The pseudonyms that are given out in the round, those of closed segments only.
    pub fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// Takes the next event, and returns the segment that it completes, if it does.
    ///
    /// # Errors
    /// [`OutOfOrder`] when the event is not the next one; nothing is taken then.
    pub fn push(&mut self, recorded: &Recorded) -> Result<Option<Closed>, OutOfOrder> {
        let expected = self.version.next();
        if recorded.version != expected {
            return Err(OutOfOrder {
                expected,
                found: recorded.version,
            });
        }
        let opening = match &recorded.event {
            Event::RoundOpened(opened) => self.field_of(opened),
            Event::PlacementMade(_)
            | Event::PlacementUndone(_)
            | Event::RoundClosed(_)
            | Event::CanvasExpanded(_)
            | Event::PaletteExtended(_)
            | Event::CooldownChanged(_)
            | Event::RegionErased(_)
            | Event::CellsRestored(_)
            | Event::PlayerBanned(_)
            | Event::PlayerUnbanned(_)
            | Event::CanvasLocked(_)
            | Event::CanvasUnlocked(_)
            | Event::RegionProtected(_)
            | Event::RegionUnprotected(_)
            | Event::Announced(_) => None,
        };
        let mut closed = None;
        if let Some(field) = opening {
            closed = (!self.open.times.is_empty()).then(|| self.close());
            self.round = field.round;
            self.field = Some(field);
            self.base = None;
            self.pseudonyms = Pseudonyms::default();
            self.open.add_other(recorded);
        } else {
            self.fold(recorded);
        }
        self.version = recorded.version;
        // A round's first event cannot fill the segment that it begins.
        if self.open.is_full() {
            closed = Some(self.close());
        }
        Ok(closed)
    }

    /// The canvas that the event begins, when it does begin a round.
    fn field_of(&self, opened: &RoundOpened) -> Option<Field> {
        let follows = self.round.0.checked_add(1) == Some(opened.round.0);
        Field::opened(opened).filter(|_| follows)
    }

    fn fold(&mut self, recorded: &Recorded) {
        let change = self
            .field
            .as_mut()
            .map_or(FieldChange::None, |field| field.apply(&recorded.event));
        if let (Event::PlacementMade(made), FieldChange::Cell(_)) = (&recorded.event, change) {
            self.open.times.push(recorded.at);
            self.open.placements.push(Placed {
                cell: made.cell,
                color: made.color,
                player: made.player,
            });
        } else {
            self.open.add_other(recorded);
        }
    }

    fn close(&mut self) -> Closed {
        let last = self.open.last();
        let open = std::mem::replace(&mut self.open, OpenSegment::after(last));
        let (segment, newcomers) = open.to_segment(self.round, &self.pseudonyms);
        self.pseudonyms.give(newcomers.iter().copied());
        let at = open.times.last().copied().unwrap_or_default();
        let keyframe = self.field.as_ref().map(|field| Keyframe {
            version: last,
            at,
            field: field.clone(),
        });
        self.base = keyframe.map(Arc::new);
        Closed {
            segment,
            keyframe: self.base.clone(),
            newcomers,
        }
    }

    /// Closes the open segment where a copy of the log is cut off; none when it is empty.
    pub fn finish(mut self) -> Option<Closed> {
        (!self.open.times.is_empty()).then(|| self.close())
    }

    /// The open segment as it would be closed now, without closing it; none when it is empty.
    ///
    /// Its pseudonyms beyond [`Pseudonyms::given`] may be others when it is closed.
    pub fn open_segment(&self) -> Option<Segment> {
        let is_empty = self.open.times.is_empty();
        (!is_empty).then(|| self.open.to_segment(self.round, &self.pseudonyms).0)
    }
}

impl OpenSegment {
    fn after(version: Version) -> Self {
        Self {
            first: version.next(),
            ..Self::default()
        }
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The version of the last event; the one before the first when there is none.
    pub fn last(&self) -> Version {
        Version(self.first.0 + self.times.len() as u64 - 1)
    }

    /// Folds the first `events` events onto the canvas before them.
    pub fn fold(&self, field: &mut Option<Field>, round: RoundId, events: u32) {
        fold(field, round, (&self.placements, &self.others), events);
    }

    fn add_other(&mut self, recorded: &Recorded) {
        self.others.push(Other {
            offset: self.times.len() as u32,
            event: recorded.event.clone(),
        });
        self.times.push(recorded.at);
        // Pseudonyms are no longer than players, so the section has at most so many bytes and the
        // lengths.
        self.other_bytes += event::encode(recorded.at, &recorded.event).len() + 16;
    }

    fn is_full(&self) -> bool {
        self.times.len() >= SEGMENT_EVENTS || self.other_bytes > MAX_OTHER_BYTES
    }

    /// The segment of these events, and who gets a pseudonym in it, in the order of the numbers.
    fn to_segment(&self, round: RoundId, given: &Pseudonyms) -> (Segment, Vec<PlayerId>) {
        let acts = self.placements.iter().map(|made| (made.cell, made.player));
        let others = self.others.iter();
        let named = others.flat_map(|other| named_players(&other.event));
        let players = order_of_players(acts).into_iter().chain(named);
        let numbers = WithNewcomers::of(given, players);
        let placements = self.placements.iter().map(|made| Placed {
            cell: made.cell,
            color: made.color,
            player: numbers.of_player(made.player),
        });
        let others = self.others.iter().map(|other| Other {
            offset: other.offset,
            event: numbers.hide(&other.event),
        });
        let segment = Segment {
            first: self.first,
            round,
            players_before: given.given(),
            times: self.times.clone(),
            placements: placements.collect(),
            others: others.collect(),
        };
        (segment, numbers.into_newcomers())
    }
}
