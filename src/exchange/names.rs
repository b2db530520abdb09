//! The names that a published log gives its players: kept when it is read, looked up when one is
//! written.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use async_trait::async_trait;
use event_store::{BoxError, PlayerId};
use tempfile::SpooledTempFile;

/// The most names in one call of [`PlayerNames::remember`] and players in one of
/// [`NameLookup::names_of`].
pub const MAX_NAMES: usize = 1_000;

/// Names up to this many bytes stay in memory; more go to a temporary file.
const SPOOL_BYTES: usize = 16 * 1024 * 1024;

/// Keeps the names of imported players.
#[async_trait]
pub trait PlayerNames: Send + Sync {
    /// Keeps at most [`MAX_NAMES`] players with their names. Must be idempotent: an import that is
    /// run again gives the same names again.
    ///
    /// # Errors
    /// Any; the import ends with it before a row is appended.
    async fn remember(&self, names: &[(PlayerId, String)]) -> Result<(), BoxError>;
}

/// Finds the names of players.
#[async_trait]
pub trait NameLookup: Send + Sync {
    /// The names of at most [`MAX_NAMES`] players; those without a name are missing.
    ///
    /// # Errors
    /// Any; the export ends with it.
    async fn names_of(&self, players: &[PlayerId]) -> Result<HashMap<PlayerId, String>, BoxError>;
}

/// Each name once, in the order of first sight. Memory: eight bytes a player and the table's slack.
pub(super) struct NameSpool {
    seen: HashSet<PlayerId>,
    names: BufWriter<SpooledTempFile>,
}

impl NameSpool {
    pub(super) fn new() -> Self {
        Self {
            seen: HashSet::new(),
            names: BufWriter::new(SpooledTempFile::new(SPOOL_BYTES)),
        }
    }

    pub(super) fn add(&mut self, player: PlayerId, name: &str) -> io::Result<()> {
        if self.seen.insert(player) {
            self.names.write_all(&(name.len() as u64).to_le_bytes())?;
            self.names.write_all(name.as_bytes())?;
        }
        Ok(())
    }

    /// How many names there are.
    pub(super) fn count(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Ends the collecting; the names can be read, once.
    pub(super) fn into_names(self) -> io::Result<SpooledNames> {
        let mut names = self
            .names
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        names.seek(SeekFrom::Start(0))?;
        Ok(SpooledNames {
            names: BufReader::new(names),
            left: self.seen.len(),
        })
    }
}

/// The collected names, to be read in batches.
pub(super) struct SpooledNames {
    names: BufReader<SpooledTempFile>,
    left: usize,
}

impl SpooledNames {
    /// The next names, at most [`MAX_NAMES`]; none at the end.
    pub(super) fn next_batch(&mut self) -> io::Result<Vec<(PlayerId, String)>> {
        let count = self.left.min(MAX_NAMES);
        let mut batch = Vec::with_capacity(count);
        for _ in 0..count {
            let mut length = [0; 8];
            self.names.read_exact(&mut length)?;
            let mut name = String::new();
            let mut bytes = self.names.by_ref().take(u64::from_le_bytes(length));
            bytes.read_to_string(&mut name)?;
            batch.push((PlayerId::of_name(&name), name));
        }
        self.left -= count;
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_comes_back_once_in_batches() {
        let mut spool = NameSpool::new();
        for number in 0..MAX_NAMES + 5 {
            let name = format!("player {number}");
            for _ in 0..2 {
                spool.add(PlayerId::of_name(&name), &name).unwrap();
            }
        }
        assert_eq!(spool.count(), 1_005);
        let mut names = spool.into_names().unwrap();
        let first = names.next_batch().unwrap();
        assert_eq!(first.len(), MAX_NAMES);
        assert_eq!(first[7].1, "player 7");
        assert_eq!(first[7].0, PlayerId::of_name("player 7"));
        assert_eq!(names.next_batch().unwrap().len(), 5);
        assert!(names.next_batch().unwrap().is_empty());
    }
}
