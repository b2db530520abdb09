//! Snapshots as they are served: compressed once, kept while they are new.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use event_store::{RoundId, Version};
use parking_lot::RwLock;
use tokio::sync::OnceCell;

/// How many of the newest snapshots are kept in memory: guests ask for the newest, and those who
/// asked a moment ago for the one before.
const MAX_PUBLISHED: usize = 8;

/// Brotli quality and gzip level. On a million place-like cells with a tenth of noise, quality 5
/// gave 214 kB in 40 ms where quality 11 took 1.7 s for 178 kB, and level 6 gave 216 kB in 70 ms.
const BROTLI_QUALITY: i32 = 5;
const GZIP_LEVEL: u32 = 6;

/// Makes another encoding of raw bytes.
type Encode = fn(Vec<u8>) -> std::io::Result<Vec<u8>>;

/// One snapshot in every encoding that was asked for.
pub struct PublishedSnapshot {
    /// The version that it shows.
    pub version: Version,
    /// Its round.
    pub round: RoundId,
    zstd: Bytes,
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
    identity: OnceCell<Bytes>,
}

/// The bytes of a snapshot could not be encoded again.
#[derive(Debug, thiserror::Error)]
#[error("could not encode snapshot {version}")]
pub struct EncodeError {
    version: Version,
    #[source]
    source: std::io::Error,
}

/// The encodings that a snapshot is made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotEncoding {
    /// As stored.
    Zstd,
    /// For browsers without zstd.
    Brotli,
    /// For old clients.
    Gzip,
    /// Raw bytes.
    Identity,
}

impl PublishedSnapshot {
    /// The snapshot whose zstd-compressed bytes are `zstd`.
    pub fn new(version: Version, round: RoundId, zstd: Bytes) -> Self {
        Self {
            version,
            round,
            zstd,
            brotli: OnceCell::new(),
            gzip: OnceCell::new(),
            identity: OnceCell::new(),
        }
    }

    /// Length of the stored, compressed form, in bytes.
    pub fn compressed_bytes(&self) -> usize {
        self.zstd.len()
    }

    /// The snapshot in an encoding, made at the first request for it and once only.
    ///
    /// # Errors
    /// [`EncodeError`] when the stored bytes are damaged.
    pub async fn encoded(&self, encoding: SnapshotEncoding) -> Result<Bytes, EncodeError> {
        let (cell, encode): (_, Encode) = match encoding {
            SnapshotEncoding::Zstd => return Ok(self.zstd.clone()),
            SnapshotEncoding::Brotli => (&self.brotli, brotli),
            SnapshotEncoding::Gzip => (&self.gzip, gzip),
            SnapshotEncoding::Identity => (&self.identity, Ok),
        };
        let version = self.version;
        let failed = |source| EncodeError { version, source };
        let made = cell.get_or_try_init(|| async {
            let zstd = self.zstd.clone();
            let task = tokio::task::spawn_blocking(move || encode(zstd::decode_all(&zstd[..])?));
            let bytes = task
                .await
                .map_err(|error| failed(std::io::Error::other(error)))?;
            bytes.map(Bytes::from).map_err(failed)
        });
        made.await.cloned()
    }
}

fn brotli(raw: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        size_hint: raw.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &raw[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(raw: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let level = flate2::Compression::new(GZIP_LEVEL);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(&raw)?;
    encoder.finish()
}

/// The newest snapshots.
#[derive(Default)]
pub struct PublishedSnapshots(RwLock<VecDeque<Arc<PublishedSnapshot>>>);

impl PublishedSnapshots {
    /// Adds a snapshot; the oldest leaves when there are too many. One that is not newer than the
    /// newest is not added.
    pub fn publish(&self, snapshot: PublishedSnapshot) {
        let mut published = self.0.write();
        let newest = published.back().map(|newest| newest.version);
        if newest.is_some_and(|newest| newest >= snapshot.version) {
            return;
        }
        if published.len() == MAX_PUBLISHED {
            published.pop_front();
        }
        published.push_back(Arc::new(snapshot));
    }

    /// The newest snapshot.
    pub fn newest(&self) -> Option<Arc<PublishedSnapshot>> {
        self.0.read().back().cloned()
    }

    /// The snapshot of a version, when it is still kept here.
    pub fn at(&self, version: Version) -> Option<Arc<PublishedSnapshot>> {
        let published = self.0.read();
        published
            .iter()
            .find(|snapshot| snapshot.version == version)
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(version: u64) -> PublishedSnapshot {
        let zstd = zstd::encode_all(&b"cells"[..], 3).expect("compresses");
        PublishedSnapshot::new(Version(version), RoundId(1), zstd.into())
    }

    #[tokio::test]
    async fn every_encoding_holds_the_same_bytes() {
        let snapshot = snapshot(1);
        let identity = snapshot
            .encoded(SnapshotEncoding::Identity)
            .await
            .expect("raw");
        assert_eq!(&identity[..], b"cells");
        let brotli = snapshot
            .encoded(SnapshotEncoding::Brotli)
            .await
            .expect("brotli");
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &brotli[..], &mut plain).expect("decompresses");
        assert_eq!(plain, b"cells");
        let gzip = snapshot
            .encoded(SnapshotEncoding::Gzip)
            .await
            .expect("gzip");
        let plain = std::io::read_to_string(flate2::read::GzDecoder::new(&gzip[..]));
        assert_eq!(plain.expect("decompresses"), "cells");
    }

    #[test]
    fn the_newest_are_kept_and_older_ones_are_not_added() {
        let published = PublishedSnapshots::default();
        for version in 1..=20 {
            published.publish(snapshot(version));
        }
        published.publish(snapshot(7));
        assert_eq!(
            published.newest().map(|newest| newest.version),
            Some(Version(20))
        );
        assert!(published.at(Version(13)).is_some());
        assert!(published.at(Version(12)).is_none());
        assert!(published.at(Version(7)).is_none());
    }
}
