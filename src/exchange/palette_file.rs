//! Palettes of other canvases, as their files have them.

use event_store::event::InvalidPalette;
use event_store::{Palette, Rgb};

use super::input::{Source, SourceError};

/// The largest file of a palette, in bytes.
const MAX_FILE_BYTES: usize = 256 * 1024;

/// Why a file is no palette.
#[derive(Debug, thiserror::Error)]
pub enum PaletteFileError {
    /// It could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is larger than a palette may be.
    #[error("{source_name} is too large for a palette")]
    TooLarge {
        /// The file.
        source_name: String,
    },
    /// Its colours are not a palette's; none is one of the faults.
    #[error("colours of {source_name} are no palette")]
    Invalid {
        /// The file.
        source_name: String,
        /// The cause.
        #[source]
        source: InvalidPalette,
    },
}

/// Reads the palette of a file: of Pxls's `palette.conf` the `value` of each entry, of any other
/// file each line that is a colour (`#RRGGBB` or `RRGGBB`).
///
/// # Errors
/// [`PaletteFileError`]
pub fn read_palette(source: &Source) -> Result<Palette, PaletteFileError> {
    let source_name = source.to_string();
    let bytes = source.read_bytes(MAX_FILE_BYTES)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(PaletteFileError::TooLarge { source_name });
    }
    let text = String::from_utf8_lossy(&bytes);
    Palette::new(colors_of(&text)).map_err(|source| PaletteFileError::Invalid {
        source_name,
        source,
    })
}

pub(super) fn colors_of(text: &str) -> Vec<Rgb> {
    let values: Vec<Rgb> = text.split("value").skip(1).filter_map(value).collect();
    match values.is_empty() {
        true => text.lines().filter_map(color).collect(),
        false => values,
    }
}

/// The colour behind the key `value`: after `:` or `=`, in quotation marks or without.
fn value(behind: &str) -> Option<Rgb> {
    let behind = behind.trim_start_matches('"').trim_start();
    let value = behind.strip_prefix([':', '='])?.trim_start();
    let value = value.trim_start_matches('"');
    color(value.split(['"', ',', '}', '\n', '\r']).next()?)
}

fn color(text: &str) -> Option<Rgb> {
    let digits = text.trim();
    let digits = digits.strip_prefix('#').unwrap_or(digits);
    format!("#{digits}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> Vec<String> {
        colors_of(text).iter().map(Rgb::to_string).collect()
    }

    #[test]
    fn palettes_of_pxls_and_plain_lists_are_read() {
        let conf = "colors: [\n  {name: \"decade\", value: \"FF0010\"},\n  \
            { \"name\" = \"White\", \"value\" = \"#ffffff\" }\n  {name: x, value: 000000}\n]";
        assert_eq!(spelled(conf), ["#FF0010", "#FFFFFF", "#000000"]);
        assert_eq!(
            spelled("ff0010\r\n#FFFFFF\n; comment\n"),
            ["#FF0010", "#FFFFFF"]
        );
        assert!(spelled("nothing of value: here").is_empty());
    }
}
