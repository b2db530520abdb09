#!/usr/bin/env python3
"""Lays out what fuzzing begins with: the golden files, in the form that each target reads.

    scripts/fuzz-seeds.py fuzz/corpus
"""

import struct
import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "projections/tests/it/golden"
FIXED_BYTES = 48
SECTIONS = 10
# So many lines of the log are enough: each is a seed of its own.
LOG_LINES = 64

# Small ones of the forms that no golden file has, as docs/FORMATS.md and docs/API.md show them.
WRITTEN = {
    "delta": [b"", bytes.fromhex("a31f0501051f")],
    "index": [b'{"format":1,"segments":[]}'],
    "import_line": [b"2022-04-04 00:53:51.577 UTC,abc==,#00CCC0,\"826,1048\""],
}


def unpacked(frame: bytes) -> bytes:
    """The content of a zstd frame."""
    command = ["zstd", "-d", "-c"]
    return subprocess.run(command, input=frame, stdout=subprocess.PIPE, check=True).stdout


def plain_segment(file: bytes) -> bytes:
    """A segment with its sections as they are before compression, each behind its length."""
    lengths = struct.iter_unpack("<II", file[FIXED_BYTES : FIXED_BYTES + SECTIONS * 8])
    at, plain = FIXED_BYTES + SECTIONS * 8, file[:FIXED_BYTES]
    for stored, length in lengths:
        section = file[at : at + stored]
        at += stored
        section = section if stored == length else unpacked(section)
        plain += struct.pack("<I", len(section)) + section
    return plain


def seeds() -> dict[str, list[bytes]]:
    """The seeds of every target that has some."""
    segments = [path.read_bytes() for path in sorted(GOLDEN.glob("*.pxsg"))]
    frames = [path.read_bytes() for path in sorted(GOLDEN.glob("*.pxsn.zst"))]
    lines = [
        line
        for path in sorted(GOLDEN.glob("*.ndjson"))
        for line in path.read_bytes().splitlines()[:LOG_LINES]
    ]
    raw = [unpacked(frame) for frame in frames]
    return {
        "segment": segments,
        "plain_segment": [plain_segment(segment) for segment in segments],
        "keyframe": raw,
        "snapshot": raw + frames,
        "delta": WRITTEN["delta"],
        "index": WRITTEN["index"],
        "import_line": lines + WRITTEN["import_line"],
    }


def main() -> None:
    corpus = Path(sys.argv[1])
    for target, files in seeds().items():
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, content in enumerate(files):
            (folder / f"seed-{number}").write_bytes(content)


main()
