/** A keyframe: all cells right after one version, with the colours and state of its round. */

import { HistoryError, malformed } from './faults';
import { isZstd, unpacked } from './zstd';

/** A canvas apart from its cells. */
export interface Shape {
  readonly round: number;
  readonly width: number;
  readonly height: number;
  /** `#RRGGBB` in palette order. */
  readonly colors: readonly string[];
  /** Palette index that new cells hold. */
  readonly background: number;
  /** Whether the round runs: only then does an event change anything. */
  readonly isRunning: boolean;
}

/** A canvas at one version. */
export interface Keyframe {
  readonly version: number;
  /** Time of the version's event, Unix ms. */
  readonly at: number;
  readonly shape: Shape;
  /** Palette indexes by rows; 255 is a cell that is not open. */
  readonly cells: Uint8Array<ArrayBuffer>;
}

/** The largest canvas is 8192 x 8192 (docs/FORMATS.md). */
export const MAX_SIDE = 8_192;

const MAGIC = 0x5058_534e;
const FORMAT = 1;
const HEADER_BYTES = 32;
const MAX_BYTES = MAX_SIDE * MAX_SIDE + 0xffff;
const IS_RUNNING = 1;

/** The bytes of a keyframe as they are hashed: a static server sends them compressed. */
export function plainKeyframe(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return isZstd(bytes) ? unpacked(bytes, 'a keyframe', MAX_BYTES) : bytes;
}

/**
 * Reads a keyframe that is not compressed (docs/FORMATS.md, Snapshot and Keyframe).
 * @throws {HistoryError} when the bytes are none of a known format.
 */
export function decodeKeyframe(bytes: Uint8Array<ArrayBuffer>): Keyframe {
  if (bytes.length < HEADER_BYTES + 4) {
    throw malformed(`${bytes.length} bytes are too few for a keyframe`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== FORMAT) {
    throw new HistoryError('unknown-format', 'the bytes are no keyframe of a known format');
  }
  const offset = view.getUint16(6, true);
  const width = view.getUint16(20, true);
  const height = view.getUint16(22, true);
  const colorCount = view.getUint8(34);
  const isLawful =
    width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE &&
    offset >= HEADER_BYTES + 4 + colorCount * 3 && bytes.length === offset + width * height;
  if (!isLawful) {
    throw malformed(`a keyframe of ${bytes.length} bytes says that it is ${width}x${height}`);
  }
  return {
    version: Number(view.getBigUint64(8, true)),
    at: Number(view.getBigInt64(24, true)),
    shape: {
      round: view.getUint32(16, true),
      width,
      height,
      colors: Array.from({ length: colorCount }, (_, index) => {
        const from = HEADER_BYTES + 4 + index * 3;
        return hexOf([...bytes.subarray(from, from + 3)]);
      }),
      background: view.getUint8(33),
      isRunning: (view.getUint8(32) & IS_RUNNING) !== 0,
    },
    // Cells are compared by words of four, which have to lie straight.
    cells: offset % 4 === 0 ? bytes.subarray(offset) : bytes.slice(offset),
  };
}

/** Three channels as `#RRGGBB`. */
export function hexOf(channels: readonly number[]): string {
  const digits = channels.map((channel) => channel.toString(16).padStart(2, '0'));
  return `#${digits.join('').toUpperCase()}`;
}
