//! The secret that challenges are signed with.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The secret's file in the folder `keys`.
const FILE_NAME: &str = "human-check.secret";

/// How many random bytes there are.
const SECRET_BYTES: usize = 32;

/// 32 random bytes in hexadecimal. `Debug` does not show them.
#[derive(Clone)]
pub(super) struct Secret(String);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The folder or the file cannot be read or written.
    #[error("could not use secret file `{}`", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("secret file `{}` is damaged; delete it, and a new one is made", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
    },
    /// The operating system gave no random numbers.
    #[error("could not draw secret")]
    Random(#[source] getrandom::Error),
}

impl Secret {
    /// The secret kept in `keys` in `data_dir`; at the first start one is made, in a file that only
    /// its owner may read. Gateways that shall take proofs of each other's challenges need the same
    /// file.
    pub(super) fn load_or_create(data_dir: &Path) -> Result<Self, SecretError> {
        let folder = data_dir.join("keys");
        let file = folder.join(FILE_NAME);
        let unusable = |source| SecretError::File {
            file: file.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(unusable)?;
        if !file.exists() {
            let mut bits = [0; SECRET_BYTES];
            getrandom::fill(&mut bits).map_err(SecretError::Random)?;
            let text = blake3::Hash::from_bytes(bits).to_hex();
            write_new(&folder, &file, text.as_str()).map_err(unusable)?;
        }
        let text = fs::read_to_string(&file).map_err(unusable)?;
        let is_whole = text.len() == 2 * SECRET_BYTES;
        match is_whole && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            true => Ok(Self(text)),
            false => Err(SecretError::Damaged { file }),
        }
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Writes the file under another name first, so that a crash leaves no half of a secret; another
/// process may be faster. `tempfile` makes files that only the owner may read.
fn write_new(folder: &Path, file: &Path, text: &str) -> std::io::Result<()> {
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().sync_all()?;
    match fresh.persist_noclobber(file) {
        Ok(_) => fs::File::open(folder)?.sync_all(),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_shown_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secret::load_or_create(folder.path()).unwrap();
        let second = Secret::load_or_create(folder.path()).unwrap();
        assert_eq!(first.expose(), second.expose());
        assert!(!format!("{first:?}").contains(first.expose()));
        let other = tempfile::tempdir().unwrap();
        let other = Secret::load_or_create(other.path()).unwrap();
        assert_ne!(first.expose(), other.expose());
    }

    #[test]
    fn a_damaged_secret_is_told() {
        let folder = tempfile::tempdir().unwrap();
        Secret::load_or_create(folder.path()).unwrap();
        let file = folder.path().join("keys").join(FILE_NAME);
        for text in ["", "abc", &"g".repeat(64)] {
            fs::write(&file, text).unwrap();
            let damaged = Secret::load_or_create(folder.path());
            assert!(
                matches!(damaged, Err(SecretError::Damaged { .. })),
                "{text}"
            );
        }
    }
}
