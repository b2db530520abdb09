//! Consecutive events, as a film takes them.

use event_store::{Event, Recorded, UnixMs, Version};
use projections::history::segment::{Other, Placed, SegmentError, SegmentFile, Step, steps};

/// Consecutive events: at most a page of the log, or a segment.
pub(super) struct Page {
    /// The version of offset 0.
    first: Version,
    /// When each event happened, by offset.
    times: Vec<UnixMs>,
    /// Placements that changed the canvas, as a segment has them.
    placements: Vec<Placed>,
    /// All else, and everything of a page of the log.
    others: Vec<Other>,
    /// Which of them are meant.
    wanted: std::ops::RangeInclusive<Version>,
}

impl Page {
    /// The events of a page of the log, in its order; `None` for an empty one.
    pub(super) fn of_log(events: Vec<Recorded>) -> Option<Self> {
        let (first, last) = (events.first()?.version, events.last()?.version);
        let times = events.iter().map(|event| event.at).collect();
        let numbered = (0u32..).zip(events);
        Some(Self {
            first,
            times,
            placements: Vec::new(),
            others: numbered
                .map(|(offset, recorded)| Other {
                    offset,
                    event: recorded.event,
                })
                .collect(),
            wanted: first..=last,
        })
    }

    /// The events of a segment that lie in a range. Some milliseconds of work.
    pub(super) fn of_segment(
        segment: &SegmentFile,
        wanted: std::ops::RangeInclusive<Version>,
    ) -> Result<Self, SegmentError> {
        Ok(Self {
            first: segment.header().first,
            times: segment.times()?,
            placements: segment.placements()?,
            others: segment.others()?,
            wanted,
        })
    }

    /// The version of the last event that is meant.
    pub(super) fn last(&self) -> Version {
        let end = self.first.0 + self.times.len() as u64;
        Version(self.wanted.end().0.min(end.saturating_sub(1)))
    }

    /// The events that are meant.
    pub(super) fn events(&self) -> impl Iterator<Item = (Version, UnixMs, Step<'_>)> {
        let all = steps(&self.placements, &self.others).zip(&self.times);
        let numbered = all.map(|((offset, step), at)| {
            let version = Version(self.first.0 + u64::from(offset));
            (version, *at, step)
        });
        numbered
            .skip_while(|(version, ..)| version < self.wanted.start())
            .take_while(|(version, ..)| version <= self.wanted.end())
    }
}

/// Whether a step may change a cell of a region. What the canvas does not follow, as a placement on
/// a cell that is not open, counts too: nobody but the step is asked.
pub(super) fn shows(step: &Step, region: event_store::Region) -> bool {
    let event = match step {
        Step::Placed(placed) => return region.contains(placed.cell),
        Step::Other(event) => event,
    };
    match event {
        Event::PlacementMade(made) => region.contains(made.cell),
        Event::PlacementUndone(undone) => region.contains(undone.cell),
        Event::RegionErased(erased) => {
            let (erased, x, y) = (erased.region, region.x, region.y);
            let overlap = |from: u16, length: u16, other: u16, other_length: u16| {
                u32::from(from) < u32::from(other) + u32::from(other_length)
                    && u32::from(other) < u32::from(from) + u32::from(length)
            };
            overlap(erased.x, erased.width, x, region.width)
                && overlap(erased.y, erased.height, y, region.height)
        }
        Event::CellsRestored(restored) => {
            let mut cells = restored.cells.iter();
            cells.any(|restored| region.contains(restored.cell))
        }
        Event::CanvasExpanded(_) => true,
        Event::RoundOpened(_)
        | Event::RoundClosed(_)
        | Event::PaletteExtended(_)
        | Event::CooldownChanged(_)
        | Event::PlayerBanned(_)
        | Event::PlayerUnbanned(_)
        | Event::CanvasLocked(_)
        | Event::CanvasUnlocked(_)
        | Event::RegionProtected(_)
        | Event::RegionUnprotected(_)
        | Event::Announced(_) => false,
    }
}
