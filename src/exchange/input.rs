//! Files and standard input as bounded lines of plain bytes, whatever they are compressed with.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// The longest line, in bytes without its end. The longest lawful lines of the published dumps have
/// about 150; the bound keeps a file without line ends from being held in memory.
pub const MAX_LINE_BYTES: usize = 4_096;

/// The most memory an xz decoder may take, in bytes: its level 9 needs 65 MiB (xz(1), "Compression
/// preset"), and a hostile header may ask for 4 GiB.
const MAX_XZ_MEMORY_BYTES: u64 = 128 * 1024 * 1024;

/// The greatest zstd window, as a power of two: 128 MiB, the format's recommended limit for
/// decoders (`zstd --long=27`).
const MAX_ZSTD_WINDOW_LOG: u32 = 27;

const BUFFER_BYTES: usize = 128 * 1024;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const XZ_MAGIC: &[u8] = &[0xfd, b'7', b'z', b'X', b'Z', 0x00];
const UTF8_BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "-" => Self::Stdin,
            path => Self::File(PathBuf::from(path)),
        })
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Stdin => formatter.write_str("standard input"),
        }
    }
}

/// A source that could not be opened, or broke off.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It could not be opened.
    #[error("could not open {source_name}")]
    Open {
        /// The source.
        source_name: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Reading failed, or what is compressed is damaged.
    #[error("could not read {source_name} after line {line}")]
    Read {
        /// The source.
        source_name: String,
        /// The last line read, counted from 1; 0 when there was none.
        line: u64,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl Source {
    /// The source's size as it is stored, in bytes; `None` for what is not a regular file.
    pub fn stored_bytes(&self) -> Option<u64> {
        match self {
            Self::File(path) => {
                let metadata = std::fs::metadata(path).ok()?;
                metadata.is_file().then_some(metadata.len())
            }
            Self::Stdin => None,
        }
    }

    /// Opens the source for lines of at most [`MAX_LINE_BYTES`].
    ///
    /// # Errors
    /// As for [`Source::open_with`].
    pub fn open(&self, bytes_read: Arc<AtomicU64>) -> Result<Lines, SourceError> {
        self.open_with(bytes_read, MAX_LINE_BYTES)
    }

    /// Opens the source for lines of at most `max_line_bytes`. gzip, zstd and xz are recognised by
    /// their first bytes, whatever the name says, and several compressed streams one after the
    /// other read as one. `bytes_read` counts the bytes as they are stored.
    ///
    /// # Errors
    /// [`SourceError::Open`], also when the first bytes cannot be read.
    pub fn open_with(
        &self,
        bytes_read: Arc<AtomicU64>,
        max_line_bytes: usize,
    ) -> Result<Lines, SourceError> {
        Ok(Lines {
            source_name: self.to_string(),
            plain: self.plain(bytes_read)?,
            line: Vec::with_capacity(MAX_LINE_BYTES.min(max_line_bytes)),
            max_line_bytes,
            number: 0,
        })
    }

    /// All bytes of the source, decompressed, when there are at most `max_bytes`; one byte more
    /// than that when there are more.
    ///
    /// # Errors
    /// [`SourceError`]
    pub fn read_bytes(&self, max_bytes: usize) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        let plain = self.plain(Arc::default())?;
        let read = plain.take(max_bytes as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|source| SourceError::Read {
            source_name: self.to_string(),
            line: 0,
            source,
        })?;
        Ok(bytes)
    }

    fn plain(&self, bytes_read: Arc<AtomicU64>) -> Result<Box<dyn BufRead + Send>, SourceError> {
        let failed = |source| SourceError::Open {
            source_name: self.to_string(),
            source,
        };
        let stored: Box<dyn Read + Send> = match self {
            Self::File(path) => Box::new(File::open(path).map_err(failed)?),
            Self::Stdin => Box::new(io::stdin()),
        };
        let counted = Counted {
            inner: stored,
            bytes_read,
        };
        decompressed(counted).map_err(failed)
    }
}

/// Counts the bytes that pass.
struct Counted {
    inner: Box<dyn Read + Send>,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The longest magic number that [`decompressed`] looks for.
const MAX_MAGIC_BYTES: usize = XZ_MAGIC.len();

fn decompressed(mut stored: Counted) -> io::Result<Box<dyn BufRead + Send>> {
    // A pipe may give less than a magic number at a time, so what was read is put back in front.
    let mut head = Vec::with_capacity(MAX_MAGIC_BYTES);
    stored
        .by_ref()
        .take(MAX_MAGIC_BYTES as u64)
        .read_to_end(&mut head)?;
    let is = |magic| head.starts_with(magic);
    let (is_gzip, is_zstd, is_xz) = (is(GZIP_MAGIC), is(ZSTD_MAGIC), is(XZ_MAGIC));
    let whole = BufReader::with_capacity(BUFFER_BYTES, io::Cursor::new(head).chain(stored));
    Ok(if is_gzip {
        buffered(flate2::bufread::MultiGzDecoder::new(whole))
    } else if is_zstd {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(whole)?;
        decoder.window_log_max(MAX_ZSTD_WINDOW_LOG)?;
        buffered(decoder)
    } else if is_xz {
        let stream = Stream::new_stream_decoder(MAX_XZ_MEMORY_BYTES, CONCATENATED)?;
        buffered(XzDecoder::new_stream(whole, stream))
    } else {
        Box::new(whole)
    })
}

fn buffered(plain: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(BUFFER_BYTES, plain))
}

/// The lines of an open source, each of a bounded length.
pub struct Lines {
    source_name: String,
    max_line_bytes: usize,
    plain: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: u64,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number in the source; the first line is 1.
    pub number: u64,
    /// Its bytes without the line end (`\n` or `\r\n`) and without a byte order mark. The first
    /// lawful ones of them when it is too long.
    pub bytes: &'a [u8],
    /// Whether the line is longer than lawful.
    pub is_too_long: bool,
}

impl Lines {
    /// The name of the source, for messages.
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// The next line; `None` at the end. A line that is too long is cut, and the next call goes on
    /// behind its end.
    ///
    /// # Errors
    /// [`SourceError::Read`].
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, SourceError> {
        match self.fill() {
            Ok(None) => Ok(None),
            Ok(Some(is_too_long)) => {
                self.number += 1;
                let mut bytes = self.line.as_slice();
                if self.number == 1 {
                    bytes = bytes.strip_prefix(UTF8_BYTE_ORDER_MARK).unwrap_or(bytes);
                }
                Ok(Some(Line {
                    number: self.number,
                    bytes,
                    is_too_long,
                }))
            }
            Err(source) => Err(SourceError::Read {
                source_name: self.source_name.clone(),
                line: self.number,
                source,
            }),
        }
    }

    /// Reads one line into `self.line` without its end, and says whether it had to be cut.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        const LINE_END_BYTES: usize = b"\r\n".len();
        self.line.clear();
        let most = (self.max_line_bytes + LINE_END_BYTES) as u64;
        let mut bounded = self.plain.by_ref().take(most);
        if bounded.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            if self.line.last() == Some(&b'\r') {
                self.line.pop();
            }
        } else {
            self.plain.skip_until(b'\n')?;
        }
        let is_too_long = self.line.len() > self.max_line_bytes;
        self.line.truncate(self.max_line_bytes);
        Ok(Some(is_too_long))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn lines_of(stored: &[u8]) -> Result<Vec<(u64, usize, bool)>, SourceError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(stored).unwrap();
        let counter = Arc::new(AtomicU64::new(0));
        let source = Source::File(file.path().to_owned());
        let mut lines = source.open(counter.clone())?;
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line()? {
            seen.push((line.number, line.bytes.len(), line.is_too_long));
        }
        assert_eq!(counter.load(Ordering::Relaxed), stored.len() as u64);
        assert_eq!(source.stored_bytes(), Some(stored.len() as u64));
        Ok(seen)
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(plain: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_compression_reads_like_the_plain_file_also_in_two_streams() {
        let (first, second) = (b"one\ntwo\r\n".as_slice(), b"\nfour".as_slice());
        let plain = lines_of(&[first, second].concat()).unwrap();
        assert_eq!(
            plain,
            [(1, 3, false), (2, 3, false), (3, 0, false), (4, 4, false)]
        );
        let zstd = |plain: &[u8]| zstd::bulk::compress(plain, 1).unwrap();
        for stored in [
            [gzip(first), gzip(second)].concat(),
            [zstd(first), zstd(second)].concat(),
            [xz(first), xz(second)].concat(),
        ] {
            assert_eq!(lines_of(&stored).unwrap(), plain);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        for end in ["\n", "\r\n"] {
            for (length, is_too_long) in [(MAX_LINE_BYTES, false), (MAX_LINE_BYTES + 1, true)] {
                let stored = ["x".repeat(length).as_str(), end, "short"].concat();
                let seen = lines_of(stored.as_bytes()).unwrap();
                assert_eq!(seen, [(1, MAX_LINE_BYTES, is_too_long), (2, 5, false)]);
            }
        }
        let endless = vec![b'x'; 3 * MAX_LINE_BYTES];
        assert_eq!(lines_of(&endless).unwrap(), [(1, MAX_LINE_BYTES, true)]);
    }

    #[test]
    fn empty_sources_and_byte_order_marks_are_no_lines() {
        assert_eq!(lines_of(b"").unwrap(), []);
        assert_eq!(lines_of(b"\xef\xbb\xbfab\n").unwrap(), [(1, 2, false)]);
    }

    #[test]
    fn a_damaged_archive_is_an_error_that_names_the_last_line() {
        let mut stored = gzip(b"one\ntwo\n");
        stored.truncate(stored.len() - 6);
        let failed = lines_of(&stored);
        assert!(matches!(failed, Err(SourceError::Read { line: 2, .. })));
        let missing = Source::File(PathBuf::from("/nonexistent/rows.csv"));
        let failed = missing.open(Arc::default()).err();
        assert!(matches!(failed, Some(SourceError::Open { .. })));
    }
}
