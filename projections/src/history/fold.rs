//! From the columns of a segment to the canvas.

use event_store::{Event, RoundId};

use super::segment::{Other, Placed, Segment};
use crate::grid::Field;

/// Folds the first `events` events of a segment of `round` onto the canvas before it. Placements
/// are set as they are, but for those outside, which no segment of this program has.
pub fn fold<Player>(
    field: &mut Option<Field>,
    round: RoundId,
    (placements, others): (&[Placed<Player>], &[Other]),
    events: u32,
) {
    let mut placements = placements.iter();
    let mut next = 0;
    for other in others.iter().take_while(|other| other.offset < events) {
        set(
            field,
            placements.by_ref().take((other.offset - next) as usize),
        );
        next = other.offset + 1;
        if let Event::RoundOpened(opened) = &other.event
            && other.offset == 0
            && opened.round == round
        {
            *field = Field::opened(opened);
        } else if let Some(field) = field {
            field.apply(&other.event);
        }
    }
    set(field, placements.take((events - next) as usize));
}

fn set<'a, Player: 'a>(
    field: &mut Option<Field>,
    placements: impl Iterator<Item = &'a Placed<Player>>,
) {
    if let Some(field) = field {
        for placed in placements {
            field.grid.set_cell(placed.cell, placed.color);
        }
    }
}

impl Segment {
    /// Folds the first `events` events onto the canvas before them.
    pub fn fold(&self, field: &mut Option<Field>, events: u32) {
        fold(field, self.round, (&self.placements, &self.others), events);
    }
}
