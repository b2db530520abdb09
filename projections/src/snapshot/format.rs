//! The bytes of a snapshot (`docs/FORMATS.md`, "Snapshot").

use event_store::event::{MAX_SIDE, Size};
use event_store::{RoundId, UnixMs, Version};

use crate::grid::Grid;

const MAGIC: [u8; 4] = *b"PXSN";
const FORMAT: u8 = 1;
/// Magic, format, reserved, offset of the cells, version, round, width, height and time.
const HEADER_BYTES: usize = 4 + 1 + 1 + 2 + 8 + 4 + 2 + 2 + 8;

/// The largest snapshot before compression: the longest header and the largest canvas, 64 MiB.
pub const MAX_RAW_BYTES: usize = u16::MAX as usize + MAX_SIDE as usize * MAX_SIDE as usize;

/// The zstd level of kept snapshots: level 3 takes 1000×1000 cells in a few milliseconds.
const ZSTD_LEVEL: i32 = 3;

/// All cells of a canvas at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The newest event that is in it.
    pub version: Version,
    /// The round.
    pub round: RoundId,
    /// The newest event's own time.
    pub at: UnixMs,
    /// The cells.
    pub grid: Grid,
}

/// Bytes that are no snapshot that this program knows.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not zstd, or more than [`MAX_RAW_BYTES`].
    #[error("could not decompress snapshot")]
    Compression(#[source] std::io::Error),
    /// Shorter than its header says.
    #[error("snapshot ends after {found} bytes, expected {expected}")]
    Truncated {
        /// Bytes found.
        found: usize,
        /// Bytes that there must be at least.
        expected: usize,
    },
    /// Does not begin with `PXSN`.
    #[error("snapshot does not begin with PXSN")]
    Magic,
    /// Another format than 1, or its second byte is not 0.
    #[error("snapshot format {found:?} is unknown")]
    Format {
        /// The format and the byte that follows it.
        found: [u8; 2],
    },
    /// The cells begin inside the header.
    #[error("snapshot has its cells at byte {offset}, inside its header")]
    Offset {
        /// Where the cells begin.
        offset: u16,
    },
    /// A side is not from 1 to [`MAX_SIDE`].
    #[error("snapshot has size {width}×{height}")]
    Size {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// More bytes than it has cells.
    #[error("snapshot is followed by {bytes} unexpected bytes")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
}

impl Snapshot {
    /// The bytes before compression.
    pub fn encode(&self) -> Vec<u8> {
        Self::encode_parts((self.version, self.round, self.at), &[], &self.grid)
    }

    /// The bytes before compression, with `extra`, at most some kilobytes, between the header and
    /// the cells.
    pub(crate) fn encode_parts(
        (version, round, at): (Version, RoundId, UnixMs),
        extra: &[u8],
        grid: &Grid,
    ) -> Vec<u8> {
        let size = grid.size();
        let offset = HEADER_BYTES + extra.len();
        let mut bytes = Vec::with_capacity(offset + size.cells());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[FORMAT, 0]);
        bytes.extend_from_slice(&(offset as u16).to_le_bytes());
        bytes.extend_from_slice(&version.0.to_le_bytes());
        bytes.extend_from_slice(&round.0.to_le_bytes());
        bytes.extend_from_slice(&size.width.to_le_bytes());
        bytes.extend_from_slice(&size.height.to_le_bytes());
        bytes.extend_from_slice(&at.0.to_le_bytes());
        bytes.extend_from_slice(extra);
        bytes.extend_from_slice(grid.cells());
        bytes
    }

    /// The snapshot of some bytes before compression.
    ///
    /// # Errors
    /// [`SnapshotError`] for everything that is not a whole snapshot of format 1; no input makes it
    /// panic.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        Ok(Self::decode_with(bytes)?.0)
    }

    /// As [`Snapshot::decode`], with what lies between the header and the cells.
    pub(crate) fn decode_with(bytes: &[u8]) -> Result<(Self, &[u8]), SnapshotError> {
        let mut rest = bytes;
        let mut header = Header {
            found: bytes.len(),
            rest: &mut rest,
        };
        if header.take::<4>()? != MAGIC {
            return Err(SnapshotError::Magic);
        }
        let format = header.take::<2>()?;
        if format != [FORMAT, 0] {
            return Err(SnapshotError::Format { found: format });
        }
        let offset = u16::from_le_bytes(header.take()?);
        let version = Version(u64::from_le_bytes(header.take()?));
        let round = RoundId(u32::from_le_bytes(header.take()?));
        let width = u16::from_le_bytes(header.take()?);
        let height = u16::from_le_bytes(header.take()?);
        let at = UnixMs(i64::from_le_bytes(header.take()?));
        if usize::from(offset) < HEADER_BYTES {
            return Err(SnapshotError::Offset { offset });
        }
        let size = Size::new(width, height).ok_or(SnapshotError::Size { width, height })?;
        let expected = usize::from(offset) + size.cells();
        let cells = bytes
            .get(usize::from(offset)..expected)
            .ok_or(SnapshotError::Truncated {
                found: bytes.len(),
                expected,
            })?;
        if bytes.len() > expected {
            return Err(SnapshotError::TrailingBytes {
                bytes: bytes.len() - expected,
            });
        }
        let grid =
            Grid::from_cells(size, cells.to_vec()).ok_or(SnapshotError::Size { width, height })?;
        let snapshot = Self {
            version,
            round,
            at,
            grid,
        };
        Ok((snapshot, &bytes[HEADER_BYTES..usize::from(offset)]))
    }
}

struct Header<'a, 'b> {
    rest: &'b mut &'a [u8],
    found: usize,
}

impl Header<'_, '_> {
    fn take<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], SnapshotError> {
        let (field, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(SnapshotError::Truncated {
                found: self.found,
                expected: HEADER_BYTES,
            })?;
        *self.rest = rest;
        Ok(*field)
    }
}

/// The zstd frame of a snapshot's bytes: what is kept, and sent with `Content-Encoding: zstd`.
///
/// # Panics
/// Never in practice: compressing into memory does not fail.
pub fn compress(raw: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(raw, ZSTD_LEVEL).expect("compressing into memory does not fail")
}

/// A snapshot's bytes, decompressed. Memory is bounded by [`MAX_RAW_BYTES`], whatever the frame
/// claims.
///
/// # Errors
/// [`SnapshotError::Compression`].
pub fn decompress(compressed: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    zstd::bulk::decompress(compressed, MAX_RAW_BYTES).map_err(SnapshotError::Compression)
}
