//! The chain of hashes over segments and keyframes: whoever holds its head can tell that nothing
//! before it was changed, left out or put in between.

/// What every link begins with, so that no other hash of this program is one.
const DOMAIN: &[u8] = b"pixelwars history chain 1\n";

/// A hash of 32 bytes; written as 64 lower-case hexadecimal digits.
pub type Hash = blake3::Hash;

/// The chain before the first segment.
pub const BEGINNING: Hash = Hash::from_bytes([0; blake3::OUT_LEN]);

/// The chain after a segment: BLAKE3 over the domain, the chain before, the hash of the segment's
/// content and the hash of the keyframe at its end (32 zero bytes when there is none).
pub fn link(before: Hash, segment: Hash, keyframe: Option<Hash>) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(DOMAIN);
    for hash in [before, segment, keyframe.unwrap_or(BEGINNING)] {
        hasher.update(hash.as_bytes());
    }
    hasher.finalize()
}
