//! Which version each imported event got here.

use std::collections::BTreeMap;

use event_store::{Event, Version};

use super::super::append::OnAck;

/// The most stretches of versions that are kept, some 160 MB. A whole log is one of them; each
/// stretch that a file leaves out, or that others wrote in between, makes one more.
pub(super) const MAX_RUNS: usize = 4_000_000;

/// Versions in a file and in the log, as stretches in which both rise by 1.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// By the first version in the file: the first version here, and how many there are.
    runs: BTreeMap<u64, Run>,
    is_full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    here: u64,
    count: u64,
}

impl Versions {
    /// The version here of the event of a version in the file.
    pub(super) fn here(&self, in_file: Version) -> Option<Version> {
        let (first, run) = self.runs.range(..=in_file.0).next_back()?;
        let offset = in_file.0 - first;
        (offset < run.count).then(|| Version(run.here.saturating_add(offset)))
    }

    /// Keeps one more.
    pub(super) fn insert(&mut self, in_file: Version, here: Version) {
        let before = self.runs.range_mut(..=in_file.0).next_back();
        if let Some((first, run)) = before {
            let offset = in_file.0 - *first;
            if offset < run.count {
                return;
            }
            if offset == run.count && run.here.checked_add(run.count) == Some(here.0) {
                run.count += 1;
                return;
            }
        }
        if self.runs.len() >= MAX_RUNS {
            self.is_full = true;
            return;
        }
        let run = Run {
            here: here.0,
            count: 1,
        };
        self.runs.insert(in_file.0, run);
    }

    /// Whether one could not be kept.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }
}

impl OnAck for Versions {
    fn acked(&mut self, row: u64, _: &Event, version: Version) {
        self.insert(Version(row), version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_kept_as_one() {
        let mut versions = Versions::default();
        for (in_file, here) in [(5, 1), (6, 2), (7, 3), (9, 4), (10, 7), (8, 9), (9, 99)] {
            versions.insert(Version(in_file), Version(here));
        }
        let here = |in_file| versions.here(Version(in_file)).map(|here| here.0);
        let expected = [
            None,
            Some(1),
            Some(2),
            Some(3),
            Some(9),
            Some(4),
            Some(7),
            None,
        ];
        assert_eq!((4..12).map(here).collect::<Vec<_>>(), expected);
        assert_eq!(versions.runs.len(), 4);
        assert!(!versions.is_full());
    }

    #[test]
    fn versions_at_the_end_of_all_numbers_do_no_harm() {
        let mut versions = Versions::default();
        versions.insert(Version(u64::MAX), Version(u64::MAX));
        assert_eq!(versions.here(Version(u64::MAX)), Some(Version(u64::MAX)));
        assert_eq!(versions.here(Version(0)), None);
    }
}
