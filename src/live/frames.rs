//! The payloads of feed frames: MessagePack arrays `[kind, …]`, described in `docs/API.md`, "Feed".

use event_store::{RoundId, UnixMs, Version};
use projections::Delta;

use super::info::CanvasInfo;
use super::online::Online;

/// The kind that each frame begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Hello = 0,
    Delta = 1,
    Status = 2,
    Round = 3,
    Online = 4,
    Notice = 5,
    Resync = 6,
    Snapshot = 7,
}

/// `Hello [round, version]`: where the feed stands; the first frame of every connection. Round 0
/// means that none was opened yet.
pub fn hello(round: Option<RoundId>, version: Version) -> Vec<u8> {
    let mut frame = begin(Kind::Hello, 2);
    uint(&mut frame, round.map_or(0, |round| round.0.into()));
    uint(&mut frame, version.0);
    frame
}

/// `Delta [after, to, bin]`: the cells that changed.
pub fn delta(delta: &Delta) -> Vec<u8> {
    let mut frame = begin(Kind::Delta, 3);
    uint(&mut frame, delta.after.0);
    uint(&mut frame, delta.to.0);
    bin(&mut frame, &delta.bin);
    frame
}

/// `Status [status, position, until_ms]`: what the receiving player may do; `until_ms` is the Unix
/// time in milliseconds at which it ends, 0 when it does not end by itself.
pub fn status(status: &str, position: u32, until: Option<UnixMs>) -> Vec<u8> {
    let mut frame = begin(Kind::Status, 3);
    text(&mut frame, status);
    uint(&mut frame, position.into());
    uint(
        &mut frame,
        until.map_or(0, |until| until.0.max(0).unsigned_abs()),
    );
    frame
}

/// `Round [info]`: the round, its rule or the canvas's shape changed; `info` is the map that
/// `GET /canvases/{c}` answers.
pub fn round(info: &CanvasInfo) -> Vec<u8> {
    let mut frame = begin(Kind::Round, 1);
    let body = rmp_serde::to_vec_named(info);
    frame.extend(body.expect("canvas information has a MessagePack form"));
    frame
}

/// `Online [players, queued, watching]`.
pub fn online(online: Online) -> Vec<u8> {
    let mut frame = begin(Kind::Online, 3);
    uint(&mut frame, online.players.into());
    uint(&mut frame, online.queued.into());
    uint(&mut frame, online.watching.into());
    frame
}

/// `Notice [kind, text]`: something for people to read.
pub fn notice(kind: &str, message: &str) -> Vec<u8> {
    let mut frame = begin(Kind::Notice, 2);
    text(&mut frame, kind);
    text(&mut frame, message);
    frame
}

/// `Resync [version]`: frames were left out; fetch the catch-up, which reaches at least `version`.
pub fn resync(version: Version) -> Vec<u8> {
    let mut frame = begin(Kind::Resync, 1);
    uint(&mut frame, version.0);
    frame
}

/// `Snapshot [round, version, url, to, bin]`: only in a catch-up. Fetch the snapshot of `version`
/// at `url`, then apply the changes from there to `to`.
pub fn snapshot(round: RoundId, url: &str, after_snapshot: &Delta) -> Vec<u8> {
    let mut frame = begin(Kind::Snapshot, 5);
    uint(&mut frame, round.0.into());
    uint(&mut frame, after_snapshot.after.0);
    text(&mut frame, url);
    uint(&mut frame, after_snapshot.to.0);
    bin(&mut frame, &after_snapshot.bin);
    frame
}

const INTO_MEMORY: &str = "writing into memory does not fail";

fn begin(kind: Kind, fields: u32) -> Vec<u8> {
    let mut frame = Vec::with_capacity(32);
    rmp::encode::write_array_len(&mut frame, fields + 1).expect(INTO_MEMORY);
    uint(&mut frame, kind as u64);
    frame
}

fn uint(frame: &mut Vec<u8>, number: u64) {
    rmp::encode::write_uint(frame, number).expect(INTO_MEMORY);
}

fn bin(frame: &mut Vec<u8>, bytes: &[u8]) {
    rmp::encode::write_bin(frame, bytes).expect(INTO_MEMORY);
}

fn text(frame: &mut Vec<u8>, text: &str) {
    rmp::encode::write_str(frame, text).expect(INTO_MEMORY);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_their_documented_bytes() {
        let changed = Delta {
            after: Version(4),
            to: Version(300),
            bin: vec![0, 7],
        };
        assert_eq!(hello(Some(RoundId(2)), Version(5)), [0x93, 0, 2, 5]);
        assert_eq!(hello(None, Version::ZERO), [0x93, 0, 0, 0]);
        assert_eq!(delta(&changed), [0x94, 1, 4, 0xcd, 1, 44, 0xc4, 2, 0, 7]);
        assert_eq!(
            status("afk", 0, None),
            [0x94, 2, 0xa3, b'a', b'f', b'k', 0, 0]
        );
        assert_eq!(notice("a", "b"), [0x93, 5, 0xa1, b'a', 0xa1, b'b']);
        assert_eq!(resync(Version(9)), [0x92, 6, 9]);
        let counts = Online {
            players: 1,
            queued: 2,
            watching: 3,
        };
        assert_eq!(online(counts), [0x94, 4, 1, 2, 3]);
        assert_eq!(
            snapshot(RoundId(1), "/s", &changed),
            [0x96, 7, 1, 4, 0xa2, b'/', b's', 0xcd, 1, 44, 0xc4, 2, 0, 7]
        );
    }
}
