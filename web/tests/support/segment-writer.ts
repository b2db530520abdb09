/** Writes PXSG segments and keyframes from the text of docs/FORMATS.md, for tests of readers. */

import { encode } from '@msgpack/msgpack';

/** A placement that counts, or any other event as the array that the log has of it. */
export type WrittenEvent =
  | { at: number; x: number; y: number; color: number; player: number }
  | { at: number; kind: number; body: unknown[]; players?: number[] };

/** What a segment is made of. */
export interface WrittenSegment {
  first: number;
  round: number;
  pseudonyms: number;
  events: WrittenEvent[];
}

type Placement = Extract<WrittenEvent, { x: number }>;

const LOW_BITS = 3;
const PRECISION = 16_384;

/** The bytes of a segment. Its sections are stored as they are, or in zstd frames of raw blocks. */
export function writeSegment(segment: WrittenSegment, isPacked = false): Uint8Array<ArrayBuffer> {
  const { first, round, pseudonyms, events } = segment;
  const placements = events.filter((event): event is Placement => 'x' in event);
  const distances = events.slice(1).map(({ at }, index) => at - (events[index]?.at ?? 0));
  const least = distances.length === 0 ? 0 : Math.min(...distances);
  const rests = distances.map((distance) => distance - least);
  const sections = [
    others(events),
    rests.map((rest) => rest % 2 ** LOW_BITS),
    rests.flatMap((rest) => leb128(Math.floor(rest / 2 ** LOW_BITS))),
    ...cells(placements),
    ...players(placements, pseudonyms),
  ].map((section) => Uint8Array.from(section));
  const stored = sections.map((section) => (isPacked ? frame(section) : section));
  const header = new DataView(new ArrayBuffer(128));
  header.setUint32(0, 0x5058_5347);
  header.setUint8(4, 1);
  header.setUint8(5, LOW_BITS);
  header.setBigUint64(8, BigInt(first), true);
  [round, events.length, placements.length, pseudonyms].forEach((value, index) => {
    header.setUint32(16 + index * 4, value, true);
  });
  header.setBigInt64(32, BigInt(events[0]?.at ?? 0), true);
  header.setBigInt64(40, BigInt(least), true);
  sections.forEach((section, index) => {
    header.setUint32(48 + index * 8, stored[index]?.length ?? 0, true);
    header.setUint32(52 + index * 8, section.length, true);
  });
  return joined([new Uint8Array(header.buffer), ...stored]);
}

/** The bytes of a keyframe. */
export function writeKeyframe(keyframe: {
  version: number;
  round: number;
  width: number;
  height: number;
  at: number;
  isRunning: boolean;
  background: number;
  palette: readonly (readonly number[])[];
  cells: ArrayLike<number>;
}): Uint8Array<ArrayBuffer> {
  const { version, round, width, height, at, palette, cells: held } = keyframe;
  const extra = [
    keyframe.isRunning ? 1 : 0, keyframe.background, palette.length, 0, ...palette.flat(),
  ];
  const header = new DataView(new ArrayBuffer(32));
  header.setUint32(0, 0x5058_534e);
  header.setUint8(4, 1);
  header.setUint16(6, 32 + extra.length, true);
  header.setBigUint64(8, BigInt(version), true);
  header.setUint32(16, round, true);
  header.setUint16(20, width, true);
  header.setUint16(22, height, true);
  header.setBigInt64(24, BigInt(at), true);
  return joined([new Uint8Array(header.buffer), Uint8Array.from(extra), Uint8Array.from(held)]);
}

/** A zstd frame of raw blocks (RFC 8878, 3.1.1.2.2), with its size in the header. */
export function frame(plain: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const head = new DataView(new ArrayBuffer(9));
  head.setUint32(0, 0x28b5_2ffd);
  // Single segment, content size of four bytes.
  head.setUint8(4, 0xa0);
  head.setUint32(5, plain.length, true);
  parts.push(new Uint8Array(head.buffer));
  const size = 64 * 1024;
  for (let at = 0; at === 0 || at < plain.length; at += size) {
    const block = plain.subarray(at, at + size);
    const isLast = at + size >= plain.length ? 1 : 0;
    const word = (block.length << 3) | isLast;
    parts.push(Uint8Array.of(word & 0xff, (word >> 8) & 0xff, word >> 16), block);
  }
  return joined(parts);
}

function others(events: readonly WrittenEvent[]): number[] {
  const bytes: number[] = [];
  let between = 0;
  for (const event of events) {
    if ('x' in event) {
      between += 1;
    } else {
      const body = encode([1, event.kind, 0, event.body]);
      bytes.push(...leb128(between), ...leb128(body.length), ...body);
      between = 0;
    }
  }
  return bytes;
}

/** Sections 3 to 6. */
function cells(placements: readonly Placement[]): number[][] {
  const sorted = placements
    .map(({ x, y, color }, index) => ({ key: keyOf(x, y), color, index }))
    .sort((a, b) => a.key - b.key || a.index - b.index);
  const place = new Uint32Array(placements.length);
  sorted.forEach(({ index }, at) => { place[index] = at; });
  return [
    sorted.flatMap(({ key }, at) => leb128(key - (sorted[at - 1]?.key ?? 0))),
    sorted.map(({ color }) => color),
    [...place].map((at) => at >> 8),
    ranks(place),
  ];
}

function ranks(place: Uint32Array): number[] {
  const numbers: { value: number; bound: number }[] = [];
  for (let start = 0; start < place.length; start += 256) {
    const inBlock = [...place].filter((at) => at >= start && at < start + 256);
    const free = inBlock.map((_, at) => start + at);
    for (const at of inBlock) {
      const value = free.indexOf(at);
      numbers.push({ value, bound: free.length });
      free.splice(value, 1);
    }
  }
  let state = 65_536;
  const words: number[] = [];
  for (const { value, bound } of numbers.filter((one) => one.bound > 1).reverse()) {
    const from = Math.ceil((value * PRECISION) / bound);
    const width = Math.ceil(((value + 1) * PRECISION) / bound) - from;
    if (state >= 2 ** 18 * width) {
      words.unshift(state % 65_536);
      state = Math.floor(state / 65_536);
    }
    state = Math.floor(state / width) * PRECISION + from + (state % width);
  }
  const bytes = [0, 8, 16, 24].map((shift) => Math.floor(state / 2 ** shift) % 256);
  return [...bytes, ...words.flatMap((word) => [word % 256, word >> 8])];
}

/** Sections 7 to 9. */
function players(placements: readonly Placement[], pseudonyms: number): number[][] {
  const codes: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  let given = pseudonyms;
  let lastKnown = 0;
  let tile = -1;
  let list: number[] = [];
  let turn = 0;
  for (const { x, y, player } of byTile(placements)) {
    if (tileOf(x, y) !== tile) {
      [tile, list, turn] = [tileOf(x, y), [], 0];
    }
    const at = list.indexOf(player);
    if (at >= 0) {
      codes.push(((at + list.length - turn) % list.length) + 1);
      list.splice(at, 1);
      turn = at;
    } else {
      codes.push(0);
      if (player > given) {
        high.push(0);
        given = player;
      } else {
        const distance = player - lastKnown;
        const folded = distance >= 0 ? 2 * distance : -2 * distance - 1;
        low.push(folded % 256);
        high.push(...leb128(Math.floor(folded / 256) + 1));
        lastKnown = player;
      }
      if (list.length === 64) {
        list.shift();
        turn = Math.max(turn - 1, 0);
      }
    }
    list.push(player);
  }
  return [codes, low, high];
}

/** Placements by tile, then by version: the order in which who is new gets a pseudonym. */
export function byTile<T extends { x: number; y: number }>(placements: readonly T[]): T[] {
  return placements
    .map((placement, index) => ({ placement, index }))
    .sort((a, b) => (
      tileOf(a.placement.x, a.placement.y) - tileOf(b.placement.x, b.placement.y) ||
      a.index - b.index
    ))
    .map(({ placement }) => placement);
}

function tileOf(x: number, y: number): number {
  return keyOf(x, y) >> 10;
}

function keyOf(x: number, y: number): number {
  return ((y >> 5) << 18) | ((x >> 5) << 10) | ((y & 31) << 5) | (x & 31);
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
