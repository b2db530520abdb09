/** Who placed: players are told by their place in short lists, one for each tile. */

import { ByteReader } from './byte-reader';
import { malformed } from './faults';
import { SECTION_NAMES } from './segment-file';

/** Players in the list of a tile at most; docs/FORMATS.md, Segment. */
const LIST_LENGTH = 64;

/** Bits of a cell's key below those of its tile. */
const TILE_SHIFT = 10;

/** The numbers of those who are not on a tile's list yet. */
export class Pseudonyms {
  private readonly low: ByteReader;
  private readonly high: ByteReader;
  /** The highest number given out so far. */
  private given: number;
  private lastKnown = 0;

  /** `given` is the highest number given out before the segment. */
  constructor(low: Uint8Array, high: Uint8Array, given: number) {
    this.low = new ByteReader(low, SECTION_NAMES[8]);
    this.high = new ByteReader(high, SECTION_NAMES[9]);
    this.given = given;
  }

  /** @throws {HistoryError} at the end, and for a number that was never given out. */
  next(): number {
    const high = this.high.leb128();
    if (high === 0) {
      this.given += 1;
      return this.given;
    }
    const folded = (high - 1) * 0x100 + this.low.byte();
    const known = this.lastKnown + (folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2);
    if (known < 1 || known > this.given) {
      throw malformed(`nobody is player ${known}`);
    }
    this.lastKnown = known;
    return known;
  }

  finish(): void {
    this.low.finish();
    this.high.finish();
  }
}

/** The players who placed on one tile, those who did last at the end. */
class TileList {
  private readonly players = new Uint32Array(LIST_LENGTH);
  private length = 0;
  private turn = 0;

  clear(): void {
    this.length = 0;
    this.turn = 0;
  }

  add(player: number): void {
    if (this.length === LIST_LENGTH) {
      this.players.copyWithin(0, 1);
      this.length -= 1;
      this.turn = Math.max(this.turn - 1, 0);
    }
    this.players[this.length] = player;
    this.length += 1;
  }

  recall(code: number): number {
    const { players, length } = this;
    if (code > length) {
      throw malformed(`a tile's list of ${length} has no player ${code}`);
    }
    const place = (this.turn + code - 1) % length;
    const player = players[place] ?? 0;
    players.copyWithin(place, place + 1, length);
    players[length - 1] = player;
    this.turn = place;
    return player;
  }
}

/**
 * The player of each placement, by version.
 * @param keys of the cells, sorted
 * @param order the place of each placement, by version, in the order of the keys
 * @param codes sorted by tile, then by version
 * @throws {HistoryError} for a place that a list does not have, or an unknown number.
 */
export function playersOf(
  keys: Uint32Array, order: Uint32Array, codes: Uint8Array, pseudonyms: Pseudonyms,
): Uint32Array {
  const byTile = sortedByTile(keys, order);
  const players = new Uint32Array(order.length);
  const list = new TileList();
  let tile = -1;
  for (let at = 0; at < codes.length; at += 1) {
    const ownTile = (keys[at] ?? 0) >>> TILE_SHIFT;
    if (ownTile !== tile) {
      tile = ownTile;
      list.clear();
    }
    const code = codes[at] ?? 0;
    let player: number;
    if (code === 0) {
      player = pseudonyms.next();
      list.add(player);
    } else {
      player = list.recall(code);
    }
    players[byTile[at] ?? 0] = player;
  }
  pseudonyms.finish();
  return players;
}

/** Placements by tile, then by version. The keys are sorted by tile, so a tile is a range there. */
function sortedByTile(keys: Uint32Array, order: Uint32Array): Uint32Array {
  const next = new Map<number, number>();
  for (let at = keys.length - 1; at >= 0; at -= 1) {
    next.set((keys[at] ?? 0) >>> TILE_SHIFT, at);
  }
  const sorted = new Uint32Array(order.length);
  for (let placement = 0; placement < order.length; placement += 1) {
    const tile = (keys[order[placement] ?? 0] ?? 0) >>> TILE_SHIFT;
    const at = next.get(tile) ?? 0;
    sorted[at] = placement;
    next.set(tile, at + 1);
  }
  return sorted;
}
