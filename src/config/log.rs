//! What the process writes about itself.

use tracing_subscriber::EnvFilter;

use super::fault::InvalidSetting;
use super::reader::{Choice, Given, Reader};

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: `text`.
    Text,
    /// One JSON object a line: `json`.
    Json,
}

impl Choice for LogFormat {
    const WORDS: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

/// What the process writes about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// `log.format`, `PIXELWARS_LOG__FORMAT`: `text` when not set.
    pub format: LogFormat,
    /// `log.level`, `PIXELWARS_LOG__LEVEL`: `off`, `error`, `warn`, `info`, `debug` or `trace`, and
    /// after commas exceptions as in `pixelwars=debug` (the directives of `tracing_subscriber`'s
    /// `EnvFilter`, which they are checked to be); `info` when not set.
    pub level: String,
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            format: reader.choice("log.format", LogFormat::Text),
            level: reader.setting("log.level", "info".to_owned(), level, |level| {
                level.as_str().into()
            }),
        }
    }
}

fn level(given: &Given) -> Result<String, InvalidSetting> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let text = given.text()?;
    // `EnvFilter` takes a word that is no level for a module's name, which a misspelt level is not.
    let is_misspelt = |part: &str| !part.contains(['=', '[']) && !LEVELS.contains(&part);
    if EnvFilter::try_new(text).is_err() || text.split(',').any(is_misspelt) {
        return Err(InvalidSetting::new(
            format!("`{text}` is no level"),
            format!(
                "write one of {}, and exceptions as in info,pixelwars=debug",
                LEVELS.join(", ")
            ),
        ));
    }
    Ok(text.to_owned())
}
