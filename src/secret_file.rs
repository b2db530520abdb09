//! Secrets that this program makes for itself at its first start and keeps in files.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How many random bytes there are.
pub const SECRET_BYTES: usize = 32;

/// 32 random bytes. `Debug` does not show them.
#[derive(Clone)]
pub struct Secret(blake3::Hash);

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
    /// The secret that is kept as `file_name` in the folder `keys` in `data_dir`, in hexadecimal;
    /// when there is none, one is made, in a file that only its owner may read. Gateways that
    /// shall agree need the same file.
    ///
    /// # Errors
    /// [`SecretError`] by cause.
    pub fn load_or_create(data_dir: &Path, file_name: &str) -> Result<Self, SecretError> {
        let folder = data_dir.join("keys");
        let file = folder.join(file_name);
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
        let bits = blake3::Hash::from_hex(&text);
        bits.map(Self).map_err(|_| SecretError::Damaged { file })
    }

    /// The bytes: only for the code that signs or hashes with them.
    pub fn expose(&self) -> &[u8; SECRET_BYTES] {
        self.0.as_bytes()
    }

    /// The bytes in hexadecimal, likewise.
    pub fn expose_hex(&self) -> String {
        self.0.to_hex().to_string()
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

    const NAME: &str = "test.secret";

    #[test]
    fn a_secret_is_made_once_and_shown_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let load = |name| Secret::load_or_create(folder.path(), name).unwrap();
        let (first, second) = (load(NAME), load(NAME));
        assert_eq!(first.expose(), second.expose());
        assert!(!format!("{first:?}").contains(&first.expose_hex()));
        assert_ne!(first.expose(), load("other.secret").expose());
    }

    #[test]
    fn a_damaged_secret_is_told() {
        let folder = tempfile::tempdir().unwrap();
        Secret::load_or_create(folder.path(), NAME).unwrap();
        let file = folder.path().join("keys").join(NAME);
        for text in ["", "abc", &"g".repeat(64)] {
            fs::write(&file, text).unwrap();
            let damaged = Secret::load_or_create(folder.path(), NAME);
            assert!(
                matches!(damaged, Err(SecretError::Damaged { .. })),
                "{text}"
            );
        }
    }
}
