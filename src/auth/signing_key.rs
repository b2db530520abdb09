//! The key that access tokens are signed with.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use event_store::BoxError;
use jsonwebtoken::{DecodingKey, EncodingKey};
use pem::{EncodeConfig, LineEnding, Pem};

/// The label of a PKCS#8 key in a PEM file (RFC 7468, section 10).
const PEM_LABEL: &str = "PRIVATE KEY";

/// The name of a key file is this, the key's id and `.pem`.
const FILE_PREFIX: &str = "access-";

/// An Ed25519 key pair with its id. `Debug` shows the id only.
#[derive(Clone)]
pub struct SigningKey {
    id: String,
    private: EncodingKey,
    public: DecodingKey,
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeyError {
    /// The folder of keys, or a file in it, could not be read or written.
    #[error("could not use key folder `{folder}`")]
    Folder {
        /// Which one.
        folder: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A key file does not hold an Ed25519 key as PKCS#8 in PEM.
    #[error("cannot read key file `{file}`")]
    Damaged {
        /// Which one.
        file: PathBuf,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// Several key files, of which none is known to be the right one.
    #[error("key folder `{folder}` holds {count} access keys; keep one and move the others away")]
    Several {
        /// The folder.
        folder: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// No key could be made.
    #[error("could not make signing key")]
    Generate(#[source] Unspecified),
}

impl SigningKey {
    /// The key kept in `keys` in `data_dir`; at the first start one is made, in a file that only
    /// its owner may read (mode 0600). Gateways that shall take each other's tokens need the same
    /// file.
    ///
    /// # Errors
    /// [`SigningKeyError`] by cause.
    pub fn load_or_create(data_dir: &Path) -> Result<Self, SigningKeyError> {
        let folder = data_dir.join("keys");
        let unusable = |source| SigningKeyError::Folder {
            folder: folder.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(unusable)?;
        let files = key_files(&folder).map_err(unusable)?;
        match files.as_slice() {
            [] => {
                let (key, pkcs8) = Self::make()?;
                write_key(&folder, &key.id, &pkcs8).map_err(unusable)?;
                Ok(key)
            }
            [file] => {
                let text = fs::read_to_string(file).map_err(unusable)?;
                Self::from_pem(&text).map_err(|source| SigningKeyError::Damaged {
                    file: file.clone(),
                    source,
                })
            }
            several => Err(SigningKeyError::Several {
                count: several.len(),
                folder,
            }),
        }
    }

    /// A new key that is kept nowhere.
    ///
    /// # Errors
    /// [`SigningKeyError::Generate`].
    pub fn generate() -> Result<Self, SigningKeyError> {
        Self::make().map(|(key, _)| key)
    }

    /// The key's id, as in the header `kid` of its tokens: the first 64 bits of the BLAKE3 hash of
    /// the public key, in hexadecimal.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }

    pub(super) fn public(&self) -> &DecodingKey {
        &self.public
    }

    fn make() -> Result<(Self, Vec<u8>), SigningKeyError> {
        let pair = Ed25519KeyPair::generate().map_err(SigningKeyError::Generate)?;
        // Version 1 of the format is the one that openssl reads.
        let pkcs8 = pair.to_pkcs8v1().map_err(SigningKeyError::Generate)?;
        let key = Self::of_pair(&pair, pkcs8.as_ref());
        Ok((key, pkcs8.as_ref().to_vec()))
    }

    fn from_pem(text: &str) -> Result<Self, BoxError> {
        let pem = pem::parse(text)?;
        if pem.tag() != PEM_LABEL {
            return Err(format!("the label is `{}`, not `{PEM_LABEL}`", pem.tag()).into());
        }
        let pair = Ed25519KeyPair::from_pkcs8(pem.contents())
            .map_err(|error: KeyRejected| BoxError::from(error.to_string()))?;
        Ok(Self::of_pair(&pair, pem.contents()))
    }

    fn of_pair(pair: &Ed25519KeyPair, pkcs8: &[u8]) -> Self {
        let public = pair.public_key().as_ref();
        let hash = blake3::hash(public).to_hex();
        Self {
            id: hash.as_str()[..16].to_owned(),
            private: EncodingKey::from_ed_der(pkcs8),
            public: DecodingKey::from_ed_der(public),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn key_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(FILE_PREFIX) && name.ends_with(".pem") {
            files.push(path);
        }
    }
    Ok(files)
}

/// Writes the file under another name first, so that a crash leaves no half of a key. `tempfile`
/// makes files that only the owner may read.
fn write_key(folder: &Path, id: &str, pkcs8: &[u8]) -> std::io::Result<()> {
    let pem = Pem::new(PEM_LABEL, pkcs8);
    let text = pem::encode_config(&pem, EncodeConfig::new().set_line_ending(LineEnding::LF));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(folder.join(format!("{FILE_PREFIX}{id}.pem")))?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_key_and_later_ones_find_it() {
        let data_dir = tempfile::tempdir().unwrap();
        let made = SigningKey::load_or_create(data_dir.path()).unwrap();
        let found = SigningKey::load_or_create(data_dir.path()).unwrap();
        assert_eq!(made.id(), found.id());
        let files = key_files(&data_dir.path().join("keys")).unwrap();
        assert_eq!(files.len(), 1);
        assert!(files[0].ends_with(format!("access-{}.pem", made.id())));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_key() {
        use std::os::unix::fs::PermissionsExt as _;

        let data_dir = tempfile::tempdir().unwrap();
        SigningKey::load_or_create(data_dir.path()).unwrap();
        let files = key_files(&data_dir.path().join("keys")).unwrap();
        let mode = fs::metadata(&files[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let data_dir = tempfile::tempdir().unwrap();
        SigningKey::load_or_create(data_dir.path()).unwrap();
        let file = key_files(&data_dir.path().join("keys")).unwrap().remove(0);
        fs::write(
            &file,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        )
        .unwrap();
        let error = SigningKey::load_or_create(data_dir.path()).unwrap_err();
        assert!(matches!(error, SigningKeyError::Damaged { .. }), "{error}");
    }

    #[test]
    fn among_several_keys_none_is_chosen() {
        let data_dir = tempfile::tempdir().unwrap();
        SigningKey::load_or_create(data_dir.path()).unwrap();
        fs::write(data_dir.path().join("keys/access-other.pem"), "").unwrap();
        let error = SigningKey::load_or_create(data_dir.path()).unwrap_err();
        assert!(matches!(error, SigningKeyError::Several { count: 2, .. }));
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SigningKey::generate().unwrap();
        let expected = format!("SigningKey {{ id: {:?}, .. }}", key.id());
        assert_eq!(format!("{key:?}"), expected);
    }
}
