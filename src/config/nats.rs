//! How the logs are kept on NATS servers. Without effect on the embedded log.

use std::path::PathBuf;

use super::fault::InvalidSetting;
use super::reader::{Choice, Given, Reader};

/// How events are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatsPublish {
    /// By what the server offers and how it is set: `auto`.
    Auto,
    /// One message an event, many in flight: `pipelined`.
    Pipelined,
    /// Atomic batches: `batched`.
    Batched,
}

impl Choice for NatsPublish {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("pipelined", Self::Pipelined),
        ("batched", Self::Batched),
    ];
}

/// How the logs are kept on NATS servers. Without effect on the embedded log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nats {
    /// `nats.replicas`, `PIXELWARS_NATS__REPLICAS`: on how many servers each stream is, 1 or 3; 1
    /// when not set.
    pub replicas: u8,
    /// `nats.max_bytes`, `PIXELWARS_NATS__MAX_BYTES`: the largest stream, in bytes, 1 MiB to 16
    /// TiB; 8 GiB when not set. A full stream refuses events; nothing is deleted.
    pub max_bytes: u64,
    /// `nats.credentials_file`, `PIXELWARS_NATS__CREDENTIALS_FILE`: a file with a user's JWT and
    /// seed, as `nsc` writes it; none when not set.
    pub credentials_file: Option<PathBuf>,
    /// `nats.publish`, `PIXELWARS_NATS__PUBLISH`: `auto` when not set.
    pub publish: NatsPublish,
}

impl Nats {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let replicas = |given: &Given| match given.whole()? {
            1 => Ok(1),
            3 => Ok(3),
            number => Err(InvalidSetting::new(
                format!("{number} is out of range"),
                "write 1 or 3",
            )),
        };
        let path = |given: &Given| match given.text()? {
            "" => Err(InvalidSetting::new("the path is empty", "name a file")),
            path => Ok(PathBuf::from(path)),
        };
        Self {
            replicas: reader.setting("nats.replicas", 1, replicas, |count| {
                i64::from(*count).into()
            }),
            max_bytes: reader.number("nats.max_bytes", 8 << 30, 1 << 20..=16 << 40),
            credentials_file: reader.optional("nats.credentials_file", path, |path| {
                path.display().to_string().into()
            }),
            publish: reader.choice("nats.publish", NatsPublish::Auto),
        }
    }
}
