//! The code that makes the first admin.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::ActError;

/// Its letters: none that is taken for another one.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// How many there are, five bits each.
const LENGTH: usize = 20;

/// In groups of so many.
const GROUP: usize = 5;

/// The code of a deployment: it is printed once, works once, and only its hash is kept.
pub struct AdminCode {
    file: PathBuf,
}

impl AdminCode {
    /// The code of the deployment in `data_dir`; its hash is in the folder `keys`.
    pub fn of(data_dir: &Path) -> Self {
        Self {
            file: data_dir.join("keys").join("admin-code.hash"),
        }
    }

    /// A new code; an older one no longer works.
    ///
    /// # Errors
    /// [`ActError::Random`] and [`ActError::AdminCode`].
    pub fn issue(&self) -> Result<String, ActError> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(ActError::Random)?;
        let letters = bytes.map(|byte| LETTERS[usize::from(byte) % LETTERS.len()]);
        let groups: Vec<String> = letters
            .chunks(GROUP)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        let code = groups.join("-");
        self.keep(&code).map_err(ActError::AdminCode)?;
        Ok(code)
    }

    fn keep(&self, code: &str) -> std::io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
        fresh.write_all(hash_of(code).to_hex().as_bytes())?;
        fresh.as_file().sync_all()?;
        fresh.persist(&self.file)?;
        Ok(())
    }

    /// Whether this is the code; if so, it never is again.
    pub fn take(&self, code: &str) -> bool {
        let kept = fs::read_to_string(&self.file).ok();
        let kept = kept.and_then(|text| blake3::Hash::from_hex(text).ok());
        // Equality of hashes takes the same time wherever they differ.
        kept == Some(hash_of(code)) && fs::remove_file(&self.file).is_ok()
    }
}

/// Blanks, hyphens and the case of letters do not matter.
fn hash_of(code: &str) -> blake3::Hash {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    blake3::derive_key("pixelwars first admin 2026-11", plain.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_only_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let code = AdminCode::of(folder.path());
        assert!(!code.take(""));
        let old = code.issue().unwrap();
        let new = code.issue().unwrap();
        assert_eq!(new.len(), LENGTH + LENGTH / GROUP - 1);
        assert!(!code.take(&old) && !code.take(""));
        assert!(code.take(&new.to_lowercase().replace('-', " ")));
        assert!(!code.take(&new));
    }
}
