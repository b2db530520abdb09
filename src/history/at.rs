//! The canvas at any version or time.

use std::sync::Arc;

use event_store::{UnixMs, Version};
use projections::Field;
use projections::at::CanvasAt;
use projections::history::Entry;

use super::load::{LoadedSegment, in_background};
use super::state::Place;
use super::{History, HistoryError};

impl History {
    /// The canvas right after `version`: one keyframe and a part of one segment.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub async fn at(&self, version: Version) -> Result<CanvasAt, HistoryError> {
        self.wait_for(version).await?;
        let before_first_round = HistoryError::BeforeFirstRound { version };
        let (field, at) = match self.read(|state| state.place(version))? {
            Place::Beyond(reached) => return Err(HistoryError::NotReached { version, reached }),
            Place::Here(field, at) => (field, at),
            Place::Closing(closing, events) => {
                let mut field = closing.base.map(|base| base.field.clone());
                let segment = &closing.closed.segment;
                segment.fold(&mut field, events);
                let at = segment.times.get(events as usize - 1).copied();
                (field, at.unwrap_or_default())
            }
            Place::Closed(entry, before) => self.closed_at(version, &entry, before).await?,
        };
        let field = field.ok_or(before_first_round)?;
        Ok(CanvasAt {
            version,
            at,
            round: field.round,
            palette: field.palette,
            grid: field.grid,
        })
    }

    async fn closed_at(
        &self,
        version: Version,
        entry: &Entry,
        before: Option<Box<Entry>>,
    ) -> Result<(Option<Field>, UnixMs), HistoryError> {
        if version == entry.last
            && let Some(keyframe) = self.keyframe(entry).await?
        {
            return Ok((Some(keyframe.field.clone()), keyframe.at));
        }
        let base = match &before {
            None => None,
            Some(before) => self.keyframe(before).await?,
        };
        let segment = self.segment(entry).await?;
        let (round, events) = (entry.round, (version.0 - entry.first.0 + 1) as u32);
        let fold = move || {
            let mut field = base.map(|base| base.field.clone());
            segment.fold(&mut field, round, events);
            let at = segment.times.get(events as usize - 1).copied();
            (field, at.unwrap_or_default())
        };
        in_background(fold).await
    }

    /// The newest version whose event happened at `at` or before; [`Version::ZERO`] when all
    /// happened later. Also where times go back, as behind an import.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub async fn version_at(&self, at: UnixMs) -> Result<Version, HistoryError> {
        let here = self.read(|state| {
            let open = state.packer.open();
            let open = last_until(&open.times, at).map(|place| open.first.plus(place));
            let mut closing = state.closing().map(|closing| &closing.closed.segment);
            let found = || {
                closing.find_map(|segment| {
                    last_until(&segment.times, at).map(|place| segment.first.plus(place))
                })
            };
            (open.or_else(found), Arc::clone(&state.index))
        });
        let (here, index) = here?;
        if let Some(version) = here {
            return Ok(version);
        }
        let mut entries = index.entries().iter().rev();
        let Some(entry) = entries.find(|entry| entry.earliest <= at) else {
            return Ok(Version::ZERO);
        };
        if entry.ended_at <= at {
            return Ok(entry.last);
        }
        let segment = self.segment(entry).await?;
        let place = last_until(&segment.times, at);
        Ok(place.map_or(Version::ZERO, |place| entry.first.plus(place)))
    }
}

impl LoadedSegment {
    fn fold(&self, field: &mut Option<Field>, round: event_store::RoundId, events: u32) {
        projections::history::fold(field, round, (&self.placements, &self.others), events);
    }
}

/// The place of the last time that is not after `at`.
fn last_until(times: &[UnixMs], at: UnixMs) -> Option<u64> {
    let place = times.iter().rposition(|time| *time <= at)?;
    Some(place as u64)
}
