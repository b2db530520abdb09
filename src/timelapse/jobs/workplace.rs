//! The folder that films are rendered in, one for each process. What a process that was killed left
//! behind is deleted by the next one that starts.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Ends the name of the file that a process holds locked as long as it uses the folder beside it.
const LOCK: &str = "lock";

/// A folder of this process, deleted when dropped.
pub(super) struct Workplace {
    folder: PathBuf,
    lock: PathBuf,
    /// Held until the folder is gone.
    _held: File,
}

impl Workplace {
    /// Makes a folder in `parent`, after deleting those there that no process holds any more.
    pub(super) fn open(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        sweep(parent)?;
        let name = format!("{:016x}", getrandom::u64().map_err(io::Error::other)?);
        let lock = parent.join(&name).with_extension(LOCK);
        let held = File::create_new(&lock)?;
        held.try_lock().map_err(io::Error::from)?;
        let folder = parent.join(name);
        fs::create_dir(&folder)?;
        Ok(Self {
            folder,
            lock,
            _held: held,
        })
    }

    /// A name for a file in the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be deleted now, the next process deletes.
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock);
    }
}

fn sweep(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let lock = entry?.path();
        if lock.extension().is_none_or(|extension| extension != LOCK) {
            continue;
        }
        // Another process may sweep at the same time.
        let Ok(held) = File::open(&lock) else {
            continue;
        };
        if held.try_lock().is_ok() {
            let folder = lock.with_extension("");
            if let Err(error) = fs::remove_dir_all(&folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(error);
            }
            let _ = fs::remove_file(&lock);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_deleted_and_what_a_live_one_uses_stays() {
        let parent = tempfile::tempdir().unwrap();
        let live = Workplace::open(parent.path()).unwrap();
        fs::write(live.file("film.mp4"), "half a film").unwrap();
        let dead = parent.path().join("00000000deadbeef");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("film.mp4"), "half a film").unwrap();
        fs::write(dead.with_extension(LOCK), "").unwrap();
        let other = Workplace::open(parent.path()).unwrap();
        assert!(!dead.exists() && !dead.with_extension(LOCK).exists());
        assert!(live.file("film.mp4").exists());
        drop((live, other));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
