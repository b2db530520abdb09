/** The PXSG file: its header and its sections (docs/FORMATS.md, Segment). */

import { HistoryError, malformed } from './faults';
import { unpacked } from './zstd';

/** Events of a segment at most. */
export const MAX_SEGMENT_EVENTS = 65_536;

const MAGIC = 0x5058_5347;
const FORMAT = 1;
const HEADER_BYTES = 128;
/** Bytes before the table of the sections; what they say is part of the content. */
const SECTIONS_AT = 48;
const MAX_SECTION_BYTES = 32 * 1024 * 1024;
const MAX_LOW_BITS = 8;

/** What the sections hold, by their number. */
export const SECTION_NAMES = [
  'the other events', 'the low times', 'the high times', 'the cells', 'the colours',
  'the blocks', 'the ranks', 'the players', 'the low pseudonyms', 'the high pseudonyms',
] as const;

/** What a header says. */
export interface SegmentHeader {
  readonly first: number;
  readonly round: number;
  readonly count: number;
  /** Events that are placements. */
  readonly placements: number;
  /** Low bits of a distance of times that are apart. */
  readonly lowBits: number;
  /** Pseudonyms given out in the round before. */
  readonly pseudonyms: number;
  /** Unix ms. */
  readonly firstTime: number;
  /** Least distance between the times of two neighbours, ms. */
  readonly leastDistance: number;
}

/** A file taken apart. */
export interface SegmentFile {
  readonly header: SegmentHeader;
  /** Plain, by their number. */
  readonly sections: readonly Uint8Array[];
  /** The header's bytes without the table of the sections. */
  readonly fixed: Uint8Array;
}

/**
 * Takes a file apart.
 * @throws {HistoryError} when the bytes are none, or not one of a known format.
 */
export function openSegment(bytes: Uint8Array): SegmentFile {
  const header = headerOf(bytes);
  return { header, sections: sectionsOf(bytes), fixed: bytes.subarray(0, SECTIONS_AT) };
}

/** What a segment's hash is of, piece by piece: it does not depend on how it was compressed. */
export function* contentOf({ fixed, sections }: SegmentFile): Generator<Uint8Array> {
  yield fixed;
  for (const section of sections) {
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, section.length, true);
    yield new Uint8Array(length.buffer);
    yield section;
  }
}

function headerOf(bytes: Uint8Array): SegmentHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) {
    throw malformed(`${bytes.length} bytes are too few for a segment`);
  }
  if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== FORMAT) {
    throw new HistoryError('unknown-format', 'the bytes are no segment of a known format');
  }
  const header = {
    lowBits: view.getUint8(5),
    first: Number(view.getBigUint64(8, true)),
    round: view.getUint32(16, true),
    count: view.getUint32(20, true),
    placements: view.getUint32(24, true),
    pseudonyms: view.getUint32(28, true),
    firstTime: Number(view.getBigInt64(32, true)),
    leastDistance: Number(view.getBigInt64(40, true)),
  };
  const { lowBits, first, count, placements, firstTime, leastDistance } = header;
  const isLawful =
    view.getUint16(6, true) === 0 && lowBits <= MAX_LOW_BITS &&
    count >= 1 && count <= MAX_SEGMENT_EVENTS && placements <= count && first >= 1 &&
    [first + count, firstTime, leastDistance].every(Number.isSafeInteger);
  if (!isLawful) {
    throw malformed('a segment has a header that cannot be');
  }
  return header;
}

function sectionsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = HEADER_BYTES;
  const sections = SECTION_NAMES.map((name, index) => {
    const stored = view.getUint32(SECTIONS_AT + index * 8, true);
    const plain = view.getUint32(SECTIONS_AT + index * 8 + 4, true);
    const part = bytes.subarray(at, at + stored);
    if (part.length !== stored || plain > MAX_SECTION_BYTES) {
      throw malformed(`${name} of a segment end early or are too many`);
    }
    at += stored;
    const section = stored === plain ? part : unpacked(part, name, plain);
    if (section.length !== plain) {
      throw malformed(`${name} of a segment have ${section.length} bytes and not ${plain}`);
    }
    return section;
  });
  if (at !== bytes.length) {
    throw malformed(`a segment has ${bytes.length - at} bytes too many`);
  }
  return sections;
}
