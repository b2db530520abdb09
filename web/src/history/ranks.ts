/** Where the placements of a segment belong in the order of its cells. */

import { malformed } from './faults';

/** Places of a block; the last one has those that are left. */
const BLOCK = 256;

/** Bits of precision of the number stream; docs/FORMATS.md, Segment. */
const PRECISION_BITS = 14;
const PRECISION = 1 << PRECISION_BITS;

/** The lowest state of the stream, and the one it ends with. */
const LEAST_STATE = 0x1_0000;

/** Numbers below a bound that changes, coded by rANS (Duda, arXiv:1311.2540). */
class NumberStream {
  private readonly view: DataView;
  private state: number;
  private at = 4;

  constructor(bytes: Uint8Array) {
    if (bytes.length < 4 || bytes.length % 2 !== 0) {
      throw malformed('the ranks end early');
    }
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.state = this.view.getUint32(0, true);
  }

  /** The next number, from 0 to below `bound`. */
  next(bound: number): number {
    const slot = this.state & (PRECISION - 1);
    const value = (slot * bound) >>> PRECISION_BITS;
    const from = Math.ceil((value * PRECISION) / bound);
    const to = Math.ceil(((value + 1) * PRECISION) / bound);
    let state = (to - from) * (this.state >>> PRECISION_BITS) + slot - from;
    if (state < LEAST_STATE) {
      if (this.at >= this.view.byteLength) {
        throw malformed('the ranks end early');
      }
      state = state * LEAST_STATE + this.view.getUint16(this.at, true);
      this.at += 2;
    }
    this.state = state >>> 0;
    return value;
  }

  finish(): void {
    if (this.at !== this.view.byteLength || this.state !== LEAST_STATE) {
      throw malformed('the ranks do not end as they should');
    }
  }
}

/** Places of a block that are not yet taken: in groups, so that finding one takes few steps. */
class FreePlaces {
  private static readonly GROUP = 16;
  private readonly isTaken = new Uint8Array(BLOCK);
  private readonly free = new Uint8Array(BLOCK / FreePlaces.GROUP);

  reset(): void {
    this.isTaken.fill(0);
    this.free.fill(FreePlaces.GROUP);
  }

  /** Takes the place that `rank` others that are not taken come before. */
  take(rank: number): number {
    const { free, isTaken } = this;
    let left = rank;
    let group = 0;
    while (left >= (free[group] ?? BLOCK)) {
      left -= free[group] ?? 0;
      group += 1;
    }
    let place = group * FreePlaces.GROUP;
    while (isTaken[place] === 1 || left > 0) {
      left -= isTaken[place] === 1 ? 0 : 1;
      place += 1;
    }
    isTaken[place] = 1;
    free[group] = (free[group] ?? 0) - 1;
    return place;
  }
}

/**
 * The place of each placement, by version, in the order of the cells.
 * @param blocks the number of its block for each placement, by version
 * @throws {HistoryError} when a block has more or fewer placements than places, or the stream of
 * the ranks is not used up by them.
 */
export function placesInOrder(blocks: Uint8Array, ranks: Uint8Array): Uint32Array {
  const count = blocks.length;
  const places = new Uint32Array(count);
  if (count === 0 && ranks.length === 0) {
    return places;
  }
  const stream = new NumberStream(ranks);
  const free = new FreePlaces();
  /** By block, then by version. */
  const order = new Uint8Array(count);
  for (let start = 0; start < count; start += BLOCK) {
    const size = Math.min(BLOCK, count - start);
    free.reset();
    for (let taken = 0; taken < size; taken += 1) {
      const left = size - taken;
      order[start + taken] = free.take(left === 1 ? 0 : stream.next(left));
    }
  }
  stream.finish();
  const used = new Uint32Array(Math.ceil(count / BLOCK));
  for (let index = 0; index < count; index += 1) {
    const block = blocks[index] ?? 0;
    const start = block * BLOCK;
    const nth = used[block] ?? BLOCK;
    if (nth >= Math.min(BLOCK, count - start)) {
      throw malformed(`block ${block} has more placements than places`);
    }
    used[block] = nth + 1;
    places[index] = start + (order[start + nth] ?? 0);
  }
  return places;
}
