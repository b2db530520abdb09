//! The keys of access tokens: the newest signs, the one before still verifies.
//!
//! They are files in the folder `keys` of the data directory, `access-<time>-<id>.pem`, the time in
//! UTC to the millisecond. A file without a time is of an earlier version of this program and
//! counts as older than all others. The folder is looked at again from time to time, so that a key
//! that another process makes comes into use without a restart.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use event_store::UnixMs;
use jiff::Timestamp;
use parking_lot::RwLock;
use tokio_util::sync::CancellationToken;

use super::signing_key::{SigningKey, SigningKeyError};

/// How many keys verify tokens; older ones do no more.
pub const LIVE_KEYS: usize = 2;

/// How often the folder is looked at again by itself.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How soon after the last look a token of an unknown key makes it looked at again, in
/// milliseconds. Anybody can send such tokens, and a look costs some file reads.
const LOOK_AGAIN_AFTER_MS: i64 = 5_000;

const FILE_PREFIX: &str = "access-";
const FILE_SUFFIX: &str = ".pem";

/// The form of the time in the name of a file, and its length.
const STAMP_FORMAT: &str = "%Y%m%dT%H%M%S%3fZ";
const STAMP_CHARS: usize = 19;

/// Counts the changes of the keys, so that what was verified with others can be told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyGeneration(u64);

/// The keys in force.
#[derive(Debug)]
pub struct Keys {
    /// The newest first; at least one, at most [`LIVE_KEYS`].
    live: Vec<SigningKey>,
    generation: KeyGeneration,
}

impl Keys {
    /// The newest.
    pub(super) fn signing(&self) -> &SigningKey {
        &self.live[0]
    }

    /// A secret under `context` of each key, the newest first.
    pub(super) fn derived_secrets(&self, context: &str) -> Vec<[u8; 32]> {
        let live = self.live.iter();
        live.map(|key| key.derive_secret(context)).collect()
    }

    /// The key of this id.
    pub(super) fn of_id(&self, id: &str) -> Option<&SigningKey> {
        self.live.iter().find(|key| key.id() == id)
    }

    /// Which keys these are.
    pub(super) fn generation(&self) -> KeyGeneration {
        self.generation
    }

    fn ids(&self) -> Vec<&str> {
        self.live.iter().map(SigningKey::id).collect()
    }
}

/// The keys of access tokens. Clones share them.
#[derive(Clone, Debug)]
pub struct KeyRing {
    inner: Arc<Ring>,
}

#[derive(Debug)]
struct Ring {
    /// None of keys that are kept nowhere.
    folder: Option<PathBuf>,
    keys: RwLock<Arc<Keys>>,
    /// When the folder was looked at last, as [`UnixMs`].
    looked_at: AtomicI64,
}

impl KeyRing {
    /// The keys in `keys` in `data_dir`. At the first start one is made, in a file that only its
    /// owner may read (mode 0600). Gateways that shall take each other's tokens need the same
    /// files.
    ///
    /// # Errors
    /// [`SigningKeyError`] by cause.
    pub fn open(data_dir: &Path, now: UnixMs) -> Result<Self, SigningKeyError> {
        let folder = folder_in(data_dir)?;
        let mut live = read_live(&folder)?;
        if live.is_empty() {
            live.push(make_newest(&folder, now)?);
        }
        Ok(Self::with(live, Some(folder), now))
    }

    /// Keys that are kept nowhere: one that signs, and one that still verifies.
    pub fn of(signing: SigningKey, before: Option<SigningKey>) -> Self {
        let live = [Some(signing), before].into_iter().flatten().collect();
        Self::with(live, None, UnixMs(0))
    }

    /// Makes a key in the folder in `data_dir` that signs from now on, and deletes those that no
    /// longer verify; tells the new key's id. Running servers find it within half a minute.
    ///
    /// # Errors
    /// [`SigningKeyError`] by cause.
    pub fn rotate(data_dir: &Path, now: UnixMs) -> Result<String, SigningKeyError> {
        let folder = folder_in(data_dir)?;
        let made = make_newest(&folder, now)?;
        for outdated in key_files(&folder)?.into_iter().skip(LIVE_KEYS) {
            fs::remove_file(&outdated.path).map_err(unusable(&folder))?;
        }
        Ok(made.id().to_owned())
    }

    /// The id of the key that signs.
    pub fn signing_id(&self) -> String {
        self.keys().signing().id().to_owned()
    }

    /// Looks at the folder from time to time, until `stopping`.
    pub async fn follow(self, stopping: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stopping.run_until_cancelled(look.tick()).await.is_some() {
            let ring = self.clone();
            let looked = tokio::task::spawn_blocking(move || ring.look(UnixMs::now()));
            if looked.await.is_err() {
                tracing::error!("looking for signing keys panicked");
            }
        }
    }

    /// The keys in force.
    pub(super) fn keys(&self) -> Arc<Keys> {
        self.inner.keys.read().clone()
    }

    /// The keys in force, after another look at the folder unless the last one was just before.
    pub(super) fn look_again(&self, now: UnixMs) -> Arc<Keys> {
        let looked_at = self.inner.looked_at.load(Ordering::Relaxed);
        let is_due = now.ms_since(UnixMs(looked_at)).abs() >= LOOK_AGAIN_AFTER_MS;
        // One of those who come at once looks.
        let is_ours = is_due
            && self
                .inner
                .looked_at
                .compare_exchange(looked_at, now.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if is_ours {
            self.look(now);
        }
        self.keys()
    }

    /// Takes the keys that are in the folder now. When it cannot be read, or holds a damaged key,
    /// the keys in force stay so.
    fn look(&self, now: UnixMs) {
        let Some(folder) = &self.inner.folder else {
            return;
        };
        self.inner.looked_at.store(now.0, Ordering::Relaxed);
        match read_live(folder) {
            Ok(live) if live.is_empty() => {
                tracing::error!("the signing keys are gone from `{}`", folder.display());
            }
            Ok(live) => self.replace(live),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "could not look for signing keys");
            }
        }
    }

    fn replace(&self, live: Vec<SigningKey>) {
        let mut held = self.inner.keys.write();
        let generation = KeyGeneration(held.generation.0 + 1);
        let keys = Keys { live, generation };
        if keys.ids() != held.ids() {
            tracing::info!("access tokens are signed with key {}", keys.signing().id());
            *held = Arc::new(keys);
        }
    }

    fn with(live: Vec<SigningKey>, folder: Option<PathBuf>, now: UnixMs) -> Self {
        assert!(!live.is_empty(), "a ring has a key");
        let generation = KeyGeneration::default();
        Self {
            inner: Arc::new(Ring {
                folder,
                keys: RwLock::new(Arc::new(Keys { live, generation })),
                looked_at: AtomicI64::new(now.0),
            }),
        }
    }
}

/// A key file, ordered by age.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct KeyFile {
    /// The time in its name; empty when there is none, which is older than all others.
    stamp: String,
    path: PathBuf,
}

fn folder_in(data_dir: &Path) -> Result<PathBuf, SigningKeyError> {
    let folder = data_dir.join("keys");
    fs::create_dir_all(&folder).map_err(unusable(&folder))?;
    Ok(folder)
}

fn unusable(folder: &Path) -> impl Fn(std::io::Error) -> SigningKeyError {
    move |source| SigningKeyError::Folder {
        folder: folder.to_owned(),
        source,
    }
}

/// The newest keys of the folder, the newest first.
fn read_live(folder: &Path) -> Result<Vec<SigningKey>, SigningKeyError> {
    let mut live = Vec::with_capacity(LIVE_KEYS);
    for KeyFile { path, .. } in key_files(folder)?.into_iter().take(LIVE_KEYS) {
        let text = fs::read_to_string(&path).map_err(unusable(folder))?;
        let key = SigningKey::from_pem(&text);
        live.push(key.map_err(|source| SigningKeyError::Damaged { file: path, source })?);
    }
    Ok(live)
}

/// The key files of the folder, the newest first.
fn key_files(folder: &Path) -> Result<Vec<KeyFile>, SigningKeyError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unusable(folder))? {
        let path = entry.map_err(unusable(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(stem) = name
            .strip_prefix(FILE_PREFIX)
            .and_then(|name| name.strip_suffix(FILE_SUFFIX))
        else {
            continue;
        };
        let stamp = stem.split_once('-').map(|(stamp, _)| stamp);
        let stamp = stamp.filter(|stamp| stamp.len() == STAMP_CHARS);
        let stamp = stamp.unwrap_or_default().to_owned();
        files.push(KeyFile { stamp, path });
    }
    files.sort();
    files.reverse();
    Ok(files)
}

/// Makes a key whose file counts as newer than all others, whatever the clock says.
fn make_newest(folder: &Path, now: UnixMs) -> Result<SigningKey, SigningKeyError> {
    let (key, text) = SigningKey::make()?;
    let newest = key_files(folder)?.into_iter().next();
    let newest = newest.and_then(|file| time_of(&file.stamp));
    let at = newest.map_or(now, |newest| now.max(newest.plus_ms(1)));
    let stamp = stamp_of(at).map_err(|error| {
        let source = std::io::Error::other(error);
        unusable(folder)(source)
    })?;
    let name = format!("{FILE_PREFIX}{stamp}-{}{FILE_SUFFIX}", key.id());
    write_key(folder, &name, &text).map_err(unusable(folder))?;
    Ok(key)
}

fn stamp_of(at: UnixMs) -> Result<String, jiff::Error> {
    let at = Timestamp::from_millisecond(at.0)?;
    Ok(at.strftime(STAMP_FORMAT).to_string())
}

fn time_of(stamp: &str) -> Option<UnixMs> {
    let at = jiff::civil::DateTime::strptime(STAMP_FORMAT, stamp).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(UnixMs(at.timestamp().as_millisecond()))
}

/// Writes the file under another name first, so that a crash leaves no half of a key. `tempfile`
/// makes files that only the owner may read.
fn write_key(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(folder.join(name))?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
#[path = "key_ring_tests.rs"]
mod tests;
