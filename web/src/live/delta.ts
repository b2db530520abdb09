/** The changed cells of a range of versions, as the feed and catch-up carry them. */

import { WireError } from './bytes';

/** Changed cells in index order; both lists have the same length. */
export interface Delta {
  readonly indexes: Uint32Array;
  readonly colors: Uint8Array;
}

/** What differs between two states of the same size, as if a delta had told it. */
export function differenceOf(before: Uint8Array, after: Uint8Array): Delta {
  const indexes: number[] = [];
  for (let index = 0; index < after.length; index += 1) {
    if (before[index] !== after[index]) {
      indexes.push(index);
    }
  }
  return {
    indexes: Uint32Array.from(indexes),
    colors: Uint8Array.from(indexes, (index) => after[index] ?? 0),
  };
}

/** Four groups of 7 bits hold any index of the largest canvas, 8192 x 8192. */
const MAX_LEB128_BYTES = 4;

/**
 * Reads a delta whole before anything is applied, so that a broken one changes nothing.
 * Format (docs/FORMATS.md, Delta): for each cell, the shortest LEB128 of the distance from the
 * previous index (the first from 0), then one byte of colour; indexes rise.
 * @throws {WireError} when it is cut short, not in the shortest form, out of order, or leaves the
 * canvas of `cellCount` cells.
 */
export function decodeDelta(bytes: Uint8Array, cellCount: number): Delta {
  // The shortest entry takes two bytes, so this is never too small.
  const indexes = new Uint32Array(bytes.length >> 1);
  const colors = new Uint8Array(bytes.length >> 1);
  let count = 0;
  let index = 0;
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    let distance = 0;
    let scale = 1;
    let group: number;
    do {
      group = bytes[at] ?? -1;
      if (group < 0 || at - start >= MAX_LEB128_BYTES) {
        throw new WireError(`delta has a broken distance at byte ${start}`);
      }
      distance += (group & 0x7f) * scale;
      scale *= 0x80;
      at += 1;
    } while (group >= 0x80);
    if (group === 0 && at - start > 1) {
      throw new WireError(`delta has a needlessly long distance at byte ${start}`);
    }
    const color = bytes[at];
    at += 1;
    index += distance;
    if (color === undefined || index >= cellCount || (distance === 0 && count > 0)) {
      throw new WireError(`delta has no valid cell at byte ${start}`);
    }
    indexes[count] = index;
    colors[count] = color;
    count += 1;
  }
  return { indexes: indexes.subarray(0, count), colors: colors.subarray(0, count) };
}
