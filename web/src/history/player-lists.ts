/** Who placed: players are told by their place in short lists, one for each tile. */

import type { ByteReader } from './byte-reader';
import { malformed } from './faults';

/** Players in the list of a tile at most; docs/FORMATS.md, Segment. */
const LIST_LENGTH = 64;

interface TileList {
  readonly players: Uint32Array;
  length: number;
  turn: number;
}

/** Reads players one by one, in the order of the placements. */
export class PlayerLists {
  private readonly tiles = new Map<number, TileList>();
  private readonly numbers: ByteReader;
  private highest: number;

  /** `highest` is the highest pseudonym given out before; `numbers` is read for new players. */
  constructor(numbers: ByteReader, highest: number) {
    this.numbers = numbers;
    this.highest = highest;
  }

  /** An event that is no placement tells of a player. */
  saw(pseudonym: number): void {
    this.highest = Math.max(this.highest, pseudonym);
  }

  /**
   * The player of the next placement, which is in this tile.
   * @throws {HistoryError} for a place that the list does not have, or an unknown number.
   */
  next(tile: number, code: number): number {
    let list = this.tiles.get(tile);
    if (list === undefined) {
      list = { players: new Uint32Array(LIST_LENGTH), length: 0, turn: 0 };
      this.tiles.set(tile, list);
    }
    return code === 0 ? this.introduce(list) : recall(list, code);
  }

  private introduce(list: TileList): number {
    const number = this.numbers.leb128();
    if (number > this.highest) {
      throw malformed(`player ${number} before the newest was never there`);
    }
    const player = this.highest + 1 - number;
    this.highest = Math.max(this.highest, player);
    if (list.length === LIST_LENGTH) {
      list.players.copyWithin(0, 1);
      list.length -= 1;
      list.turn = Math.max(list.turn - 1, 0);
    }
    list.players[list.length] = player;
    list.length += 1;
    return player;
  }
}

function recall(list: TileList, code: number): number {
  const { players, length } = list;
  if (code > length) {
    throw malformed(`a tile's list of ${length} has no player ${code}`);
  }
  const place = (list.turn + code - 1) % length;
  const player = players[place] ?? 0;
  players.copyWithin(place, place + 1, length);
  players[length - 1] = player;
  list.turn = place;
  return player;
}
