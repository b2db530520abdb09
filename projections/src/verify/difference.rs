//! Where two segments differ.

use event_store::Version;

use crate::history::segment::Segment;

/// The first version at which two segments of the same first version do not have the same event at
/// the same time; none when all that both have are equal, and they are equally long.
pub fn first_difference(one: &Segment, other: &Segment) -> Option<Version> {
    let times = one.times.iter().zip(&other.times);
    let of_times = times.take_while(|(one, other)| one == other).count();
    let steps = one.steps().zip(other.steps());
    let of_steps = steps.take_while(|(one, other)| one == other).count();
    let equal = of_times.min(of_steps);
    let is_whole = equal == one.len() && equal == other.len();
    (!is_whole).then(|| one.first.plus(equal as u64))
}
