//! Events that wait in a temporary file until all of them are known to be good.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use event_store::event::{decode, encode};
use event_store::{Event, RoundId, UnixMs, Version};

use super::super::resume::SourceTag;

const BUFFER_BYTES: usize = 256 * 1024;

/// An event as a file has it.
pub(super) type FileEvent = (Version, UnixMs, Event);

/// Takes events in the order of their versions. The file has no name and disappears with the
/// process.
pub(in super::super) struct Spool {
    out: BufWriter<File>,
    hasher: blake3::Hasher,
    is_timed: bool,
    count: u64,
    last: Version,
    first_opening: Option<(Version, RoundId)>,
}

impl Spool {
    pub(in super::super) fn new() -> io::Result<Self> {
        Ok(Self {
            out: BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?),
            hasher: blake3::Hasher::new_derive_key("pixelwars event import source tag 1"),
            is_timed: true,
            count: 0,
            last: Version::ZERO,
            first_opening: None,
        })
    }

    /// A spool of events whose times do not matter for whether they are the same.
    pub(in super::super) fn untimed() -> io::Result<Self> {
        Ok(Self {
            is_timed: false,
            ..Self::new()?
        })
    }

    /// The version of the last event.
    pub(super) fn last(&self) -> Version {
        self.last
    }

    /// Whether an event opens a round.
    pub(super) fn has_opening(&self) -> bool {
        self.first_opening.is_some()
    }

    /// Whether `event` opens a round.
    pub(super) fn opens(&self, event: &Event) -> bool {
        matches!(event, Event::RoundOpened(_))
    }

    /// Takes one more event, whose version is greater than those before it.
    pub(in super::super) fn push(
        &mut self,
        version: Version,
        at: UnixMs,
        event: &Event,
    ) -> io::Result<()> {
        let bytes = encode(at, event);
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.out.write_all(&version.0.to_le_bytes())?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&bytes)?;
        self.hasher.update(&version.0.to_le_bytes());
        if self.is_timed {
            self.hasher.update(&bytes);
        } else {
            self.hasher.update(&encode(UnixMs(0), event));
        }
        if let (Event::RoundOpened(opened), None) = (event, self.first_opening) {
            self.first_opening = Some((version, opened.round));
        }
        self.last = version;
        self.count += 1;
        Ok(())
    }

    /// Ends the collecting; the events can be read from then on.
    pub(in super::super) fn finish(self) -> io::Result<Spooled> {
        let file = self.out.into_inner();
        Ok(Spooled {
            file: file.map_err(io::IntoInnerError::into_error)?,
            tag: SourceTag::of(&self.hasher),
            count: self.count,
            first_opening: self.first_opening,
        })
    }
}

/// Events that are all good.
pub(in super::super) struct Spooled {
    file: File,
    /// Stands for all of them.
    pub(super) tag: SourceTag,
    /// How many there are.
    pub(super) count: u64,
    /// The first round that is opened, and where.
    pub(super) first_opening: Option<(Version, RoundId)>,
}

impl Spooled {
    /// The events from the first on.
    pub(super) fn events(&mut self) -> io::Result<Events<'_>> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(Events {
            file: BufReader::with_capacity(BUFFER_BYTES, &self.file),
            left: self.count,
        })
    }
}

/// Reads spooled events.
pub(super) struct Events<'a> {
    file: BufReader<&'a File>,
    left: u64,
}

impl Events<'_> {
    fn read(&mut self) -> io::Result<(usize, FileEvent)> {
        let (mut version, mut length) = ([0; 8], [0; 4]);
        self.file.read_exact(&mut version)?;
        self.file.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        let (at, event) = decode(&bytes).map_err(io::Error::other)?;
        Ok((length, (Version(u64::from_le_bytes(version)), at, event)))
    }
}

impl Iterator for Events<'_> {
    /// The event, and how many bytes it has.
    type Item = io::Result<(usize, FileEvent)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(self.read())
    }
}
