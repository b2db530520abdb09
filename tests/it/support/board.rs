//! A client's own canvas, after `docs/FORMATS.md`.

use event_store::Version;
use projections::Changes;

/// All cells at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Board {
    pub(crate) version: u64,
    pub(crate) round: u32,
    pub(crate) cells: Vec<u8>,
}

impl Board {
    /// Of the bytes of a snapshot.
    pub(crate) fn from_snapshot(bytes: &[u8]) -> Self {
        assert_eq!(&bytes[..6], b"PXSN\x01\x00");
        let number = |from: usize, length: usize| {
            let digits = bytes[from..from + length].iter().rev();
            digits.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let cells = bytes[number(6, 2) as usize..].to_vec();
        assert_eq!(cells.len() as u64, number(20, 2) * number(22, 2));
        Self {
            version: number(8, 8),
            round: number(16, 4) as u32,
            cells,
        }
    }

    /// Applies a delta that follows what is here.
    #[track_caller]
    pub(crate) fn apply(&mut self, after: u64, to: u64, bin: &[u8]) {
        assert_eq!(after, self.version, "the delta does not follow");
        let changes = Changes::decode(bin, self.cells.len()).expect("a lawful delta");
        for change in changes.as_slice() {
            self.cells[change.index as usize] = change.color.0;
        }
        self.version = to;
    }

    /// Its version.
    pub(crate) fn version(&self) -> Version {
        Version(self.version)
    }
}
