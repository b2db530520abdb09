//! The canvas from segments alone, by the rules of `docs/FORMATS.md` and nothing else.

use event_store::{Event, PlayerId, RoundId, UnixMs, Version};
use projections::grid::FieldChange;
use projections::history::chain::Hash;
use projections::history::segment::{Placed, Segment, Step};
use projections::history::{Keyframe, named_players};
use projections::{CellChange, Field, Snapshot};

use crate::proof::canvas_hash;

/// The canvas at a version, on its way through segments.
#[derive(Clone, Debug)]
pub(super) struct Refold {
    version: Version,
    round: RoundId,
    field: Option<Field>,
    /// How many pseudonyms are given out in the round; none while that is not known.
    given: Option<u32>,
}

/// What a segment must not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) version: Version,
    pub(super) why: &'static str,
}

/// The hash of the canvas at a version; none before the first round.
pub(super) type Sample = (Version, Option<Hash>);

impl Refold {
    pub(super) fn of_empty_log() -> Self {
        Self {
            version: Version::ZERO,
            round: RoundId(0),
            field: None,
            given: Some(0),
        }
    }

    /// After the last version of a segment of `round`, with the keyframe that is there.
    pub(super) fn after(version: Version, round: RoundId, keyframe: Option<Keyframe>) -> Self {
        Self {
            version,
            round,
            field: keyframe.map(|keyframe| keyframe.field),
            given: None,
        }
    }

    /// Folds the next segment, and takes the hash of the canvas at each of the versions `wanted`,
    /// which rise.
    pub(super) fn fold(
        &mut self,
        segment: &Segment,
        wanted: &[Version],
    ) -> Result<Vec<Sample>, Broken> {
        let broken = |version, why| Err(Broken { version, why });
        if segment.first != self.version.next() {
            return broken(segment.first, "it does not follow the segment before");
        }
        let (mut samples, mut wanted) = (Vec::new(), wanted.iter().peekable());
        let mut most_given = 0;
        for (offset, step) in segment.steps() {
            let version = segment.first.plus(offset.into());
            let folded = match step {
                Step::Placed(placed) => {
                    most_given = most_given.max(placed.player.0.into());
                    self.place(placed)
                }
                Step::Other(event) => {
                    let named = named_players(event).into_iter().map(PlayerId::bits);
                    most_given = named.max().unwrap_or(0).max(most_given);
                    self.apply(event, offset)
                }
            };
            if let Err(why) = folded {
                return broken(version, why);
            }
            if offset == 0 && (segment.round != self.round) {
                return broken(version, "its round is not the one that runs");
            }
            if offset == 0
                && self
                    .given
                    .is_some_and(|given| given != segment.players_before)
            {
                return broken(version, "its pseudonyms do not follow those before");
            }
            self.version = version;
            if wanted.next_if_eq(&&version).is_some() {
                let at = segment.times.get(offset as usize).copied();
                samples.push((version, self.canvas_hash(at.unwrap_or_default())));
            }
        }
        let given = u64::from(segment.players_before).max(most_given);
        self.given = u32::try_from(given).ok();
        Ok(samples)
    }

    /// The keyframe of the canvas as it is now, its bytes before compression; none before the first
    /// round.
    pub(super) fn keyframe(&self, at: UnixMs) -> Option<Vec<u8>> {
        let keyframe = Keyframe {
            version: self.version,
            at,
            field: self.field.clone()?,
        };
        Some(keyframe.encode())
    }

    fn canvas_hash(&self, at: UnixMs) -> Option<Hash> {
        let field = self.field.as_ref()?;
        Some(canvas_hash(&Snapshot {
            version: self.version,
            round: field.round,
            at,
            grid: field.grid.clone(),
        }))
    }

    fn place(&mut self, placed: Placed) -> Result<(), &'static str> {
        let field = self.field.as_mut().filter(|field| field.is_open);
        let field = field.ok_or("it places while no round runs")?;
        let index = field.settable(placed.cell, placed.color);
        let index = index.ok_or("it places where or what may not be placed")?;
        let color = placed.color;
        field.grid.set(&[CellChange { index, color }]);
        Ok(())
    }

    fn apply(&mut self, event: &Event, offset: u32) -> Result<(), &'static str> {
        if let Event::RoundOpened(opened) = event
            && self.round.0.checked_add(1) == Some(opened.round.0)
            && let Some(field) = Field::opened(opened)
        {
            if offset > 0 {
                return Err("a round begins within it");
            }
            self.round = opened.round;
            self.field = Some(field);
            self.given = Some(0);
            return Ok(());
        }
        let Some(field) = &mut self.field else {
            return Ok(());
        };
        match (event, field.apply(event)) {
            (Event::PlacementMade(_), FieldChange::Cell(_)) => {
                Err("a placement with effect is not where placements are")
            }
            _ => Ok(()),
        }
    }
}
