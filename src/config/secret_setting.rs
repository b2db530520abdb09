//! Settings that hold a secret, written there or in a file of its own, and plain texts.

use std::path::Path;

use super::fault::InvalidSetting;
use super::reader::{Given, Reader};
use super::secret_text::SecretText;

/// The longest text of a client id, a secret, a scope or a claim's name, in bytes.
pub(super) const MAX_TEXT_BYTES: usize = 1_024;

/// A secret that is written as itself, or in a file of its own.
pub(super) fn secret(
    reader: &mut Reader,
    key: &'static str,
    file_key: &'static str,
) -> Option<SecretText> {
    let masked = |secret: &SecretText| secret.to_string().into();
    let written = reader.optional(key, |given| secret_text(given.text()?), masked);
    let from_file = |given: &Given| {
        let path = given.text()?;
        Ok((path.to_owned(), read_secret_file(Path::new(path))?))
    };
    let in_file = reader.optional(file_key, from_file, |(path, _)| path.as_str().into());
    if written.is_some() && in_file.is_some() {
        let problem = format!("`{key}` is set too, and only one can count");
        reader.fault(file_key, InvalidSetting::new(problem, "remove one of them"));
    }
    written.or(in_file.map(|(_, secret)| secret))
}

fn read_secret_file(path: &Path) -> Result<SecretText, InvalidSetting> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let problem = format!("could not read file `{}`: {error}", path.display());
        InvalidSetting::new(
            problem,
            "name a file that holds the secret and nothing else",
        )
    })?;
    secret_text(text.trim_end_matches(['\r', '\n']))
}

fn secret_text(text: &str) -> Result<SecretText, InvalidSetting> {
    let is_plain = !text.chars().any(char::is_control);
    match text.len() {
        1..=MAX_TEXT_BYTES if is_plain => Ok(SecretText::new(text)),
        _ => {
            let remedy = format!("write 1 to {MAX_TEXT_BYTES} bytes in one line");
            Err(InvalidSetting::new("is no secret", remedy))
        }
    }
}

/// 1 to 1024 bytes in one line.
pub(super) fn plain_text(given: &Given) -> Result<String, InvalidSetting> {
    let text = given.text()?;
    let is_plain = !text.chars().any(char::is_control);
    match text.len() {
        1..=MAX_TEXT_BYTES if is_plain => Ok(text.to_owned()),
        _ => {
            let remedy = format!("write 1 to {MAX_TEXT_BYTES} bytes in one line");
            Err(InvalidSetting::new("the text cannot be used", remedy))
        }
    }
}
