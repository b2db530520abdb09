//! Sorting rows by time with bounded memory: in memory up to a limit, beyond it in temporary files.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek, SeekFrom};
use std::path::PathBuf;

use event_store::{PlayerId, UnixMs};

use super::record::Record;
use super::row::Row;

/// The most sorted files that wait to be merged; the next one merges all of them into one. With
/// the default memory limit that is half a billion rows, three times the greatest published log.
const MAX_RUNS: usize = 64;

const RUN_BUFFER_BYTES: usize = 64 * 1024;

/// How much memory the sort takes, and where it goes on when that is not enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortLimits {
    /// The most rows held in memory, at 40 bytes each; at least 1.
    pub rows_in_memory: usize,
    /// Where the temporary files are; the system's folder for them when there is none. They have
    /// no name and disappear with the process.
    pub temp_dir: Option<PathBuf>,
}

impl Default for SortLimits {
    /// Eight million rows: 320 MB, and one file for each further eight million.
    fn default() -> Self {
        Self {
            rows_in_memory: 8_000_000,
            temp_dir: None,
        }
    }
}

/// Takes rows in any order.
pub struct Sorter {
    limits: SortLimits,
    records: Vec<Record>,
    runs: Vec<File>,
    count: u64,
}

impl Sorter {
    /// An empty sorter.
    pub fn new(limits: SortLimits) -> Self {
        Self {
            limits,
            records: Vec::new(),
            runs: Vec::new(),
            count: 0,
        }
    }

    /// Takes one more row.
    ///
    /// # Errors
    /// When a temporary file cannot be written.
    pub fn push(&mut self, row: &Row<'_>) -> io::Result<()> {
        if self.records.len() >= self.limits.rows_in_memory.max(1) {
            self.spill()?;
        }
        self.records.push(Record {
            at: row.at,
            ordinal: self.count,
            player: PlayerId::of_name(row.name),
            place: row.place,
            color: row.color,
            act: row.act,
        });
        self.count += 1;
        Ok(())
    }

    /// Sorts what is left in memory; the rows can be read from then on.
    pub fn finish(mut self) -> Sorted {
        self.records.sort_unstable_by_key(key);
        Sorted {
            records: self.records,
            runs: self.runs,
            count: self.count,
        }
    }

    /// Writes what is in memory as one sorted file.
    fn spill(&mut self) -> io::Result<()> {
        if self.runs.len() == MAX_RUNS {
            let merged = self.merge_runs()?;
            self.runs = vec![merged];
        }
        self.records.sort_unstable_by_key(key);
        let run = self.write_run(self.records.iter().map(|record| Ok(*record)))?;
        self.runs.push(run);
        self.records.clear();
        Ok(())
    }

    fn merge_runs(&self) -> io::Result<File> {
        self.write_run(Rows::merging(&[], &self.runs)?)
    }

    fn write_run(&self, records: impl Iterator<Item = io::Result<Record>>) -> io::Result<File> {
        let file = match &self.limits.temp_dir {
            Some(dir) => tempfile::tempfile_in(dir)?,
            None => tempfile::tempfile()?,
        };
        let mut out = BufWriter::with_capacity(RUN_BUFFER_BYTES, file);
        for record in records {
            let record = record?;
            record.write_to(&mut out)?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// All rows, sorted by time; rows of one time are in the order of the input.
pub struct Sorted {
    records: Vec<Record>,
    runs: Vec<File>,
    count: u64,
}

impl Sorted {
    /// How many rows there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The rows from the first on. Can be asked for again; exclusive, because the readers of a
    /// temporary file share its position.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn rows(&mut self) -> io::Result<Rows<'_>> {
        Rows::merging(&self.records, &self.runs)
    }
}

/// Merges sorted records, some in memory and some in files.
pub struct Rows<'a> {
    memory: std::slice::Iter<'a, Record>,
    files: Vec<BufReader<&'a File>>,
    heads: BinaryHeap<Head>,
}

/// Where a record came from: one of the files, or memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Memory,
    File(usize),
}

/// The first record of an origin that is not yet given out.
#[derive(PartialEq, Eq)]
struct Head {
    record: Record,
    origin: Origin,
}

impl Ord for Head {
    /// Reversed: the heap gives its greatest, which is to be the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        key(&other.record).cmp(&key(&self.record))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Rows<'a> {
    fn merging(memory: &'a [Record], runs: &'a [File]) -> io::Result<Self> {
        let mut rows = Self {
            memory: memory.iter(),
            files: Vec::with_capacity(runs.len()),
            heads: BinaryHeap::with_capacity(runs.len() + 1),
        };
        for mut run in runs {
            run.seek(SeekFrom::Start(0))?;
            rows.files
                .push(BufReader::with_capacity(RUN_BUFFER_BYTES, run));
        }
        rows.pull(Origin::Memory)?;
        for index in 0..runs.len() {
            rows.pull(Origin::File(index))?;
        }
        Ok(rows)
    }

    fn pull(&mut self, origin: Origin) -> io::Result<()> {
        let record = match origin {
            Origin::Memory => self.memory.next().copied(),
            Origin::File(index) => Record::read_from(&mut self.files[index])?,
        };
        self.heads
            .extend(record.map(|record| Head { record, origin }));
        Ok(())
    }
}

impl Iterator for Rows<'_> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.heads.pop()?;
        Some(self.pull(head.origin).map(|()| head.record))
    }
}

fn key(record: &Record) -> (UnixMs, u64) {
    (record.at, record.ordinal)
}

#[cfg(test)]
mod tests {
    use event_store::{Cell, PaletteIndex, Region, Rgb};
    use proptest::prelude::*;

    use super::super::row::{Act, Offset, RowColor, RowPlace};
    use super::*;

    fn place() -> impl Strategy<Value = RowPlace> {
        let region = (0u16..9, 0u16..9, 1u16..9, 1u16..9);
        let offset = || (any::<i16>(), any::<i16>()).prop_map(|(x, y)| Offset { x, y });
        prop_oneof![
            offset().prop_map(RowPlace::CentredCell),
            (offset(), offset()).prop_map(|(from, to)| RowPlace::CentredRectangle(from, to)),
            (offset(), any::<u16>()).prop_map(|(middle, r)| RowPlace::CentredDisc(middle, r)),
            (any::<u16>(), any::<u16>()).prop_map(|(x, y)| RowPlace::Cell(Cell { x, y })),
            region.prop_map(|(x, y, width, height)| RowPlace::Region(Region {
                x,
                y,
                width,
                height
            })),
        ]
    }

    fn color() -> impl Strategy<Value = RowColor> {
        prop_oneof![
            any::<u8>().prop_map(|index| RowColor::Index(PaletteIndex(index))),
            any::<[u8; 3]>().prop_map(|rgb| RowColor::Rgb(Rgb(rgb))),
            Just(RowColor::Background),
        ]
    }

    fn act() -> impl Strategy<Value = Act> {
        prop::sample::select(vec![
            Act::Place,
            Act::Undo,
            Act::Fill,
            Act::RollBack,
            Act::UndoRollBack,
            Act::Nuke,
        ])
    }

    type Given = (i64, String, RowPlace, RowColor, Act);

    fn sorted(rows: &[Given], rows_in_memory: usize) -> Vec<Record> {
        let mut sorter = Sorter::new(SortLimits {
            rows_in_memory,
            temp_dir: None,
        });
        for (at, name, place, color, act) in rows {
            let row = Row {
                at: UnixMs(*at),
                name,
                place: *place,
                color: *color,
                act: *act,
            };
            sorter.push(&row).unwrap();
        }
        let mut sorted = sorter.finish();
        assert_eq!(sorted.count(), rows.len() as u64);
        let first: Vec<_> = sorted.rows().unwrap().map(Result::unwrap).collect();
        let again: Vec<_> = sorted.rows().unwrap().map(Result::unwrap).collect();
        assert_eq!(first, again);
        first
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sorting_in_files_equals_sorting_in_memory(
            rows in prop::collection::vec((-5i64..5, "[a-c]{2}", place(), color(), act()), 0..300),
            rows_in_memory in 1usize..50,
        ) {
            let in_memory = sorted(&rows, rows.len().max(1));
            prop_assert!(in_memory.is_sorted_by_key(key));
            prop_assert_eq!(sorted(&rows, rows_in_memory), in_memory);
        }
    }

    #[test]
    fn more_runs_than_may_wait_are_merged() {
        let place = RowPlace::Cell(Cell::new(1, 2));
        let color = RowColor::Index(PaletteIndex(3));
        let rows: Vec<Given> = (0..3 * MAX_RUNS as i64)
            .map(|row| (row % 7, row.to_string(), place, color, Act::Place))
            .collect();
        assert_eq!(sorted(&rows, 1), sorted(&rows, rows.len()));
    }
}
