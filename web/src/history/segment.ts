/** A segment: a stretch of the log that never changes, in columns (docs/FORMATS.md, Segment). */

import { ByteReader } from './byte-reader';
import { malformed } from './faults';
import { decodeEvent, type LogEvent } from './log-event';
import { playersOf, Pseudonyms } from './player-lists';
import { placesInOrder } from './ranks';
import { SECTION_NAMES, type SegmentFile, type SegmentHeader } from './segment-file';

/** Bits of a packed cell that hold its column; the others hold its row. Sides reach 8192. */
export const COLUMN_BITS = 13;
const COLUMN_MASK = (1 << COLUMN_BITS) - 1;

/** A cell in one number, whatever the canvas's width. */
export function packedCell(x: number, y: number): number {
  return (y << COLUMN_BITS) | x;
}

/** The column of a packed cell. */
export function columnOf(cell: number): number {
  return cell & COLUMN_MASK;
}

/** The row of a packed cell. */
export function rowOf(cell: number): number {
  return cell >>> COLUMN_BITS;
}

/** An event that is no plain placement. */
export interface OtherEvent {
  /** Which event of the segment it is, from 0. */
  readonly index: number;
  readonly event: LogEvent;
}

/** A decoded segment: columns by event, in the order of the log. */
export interface Segment {
  /** Version of its first event. */
  readonly first: number;
  readonly round: number;
  readonly count: number;
  /** Times, Unix ms. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Pseudonyms; 0 for nobody. */
  readonly players: Uint32Array<ArrayBuffer>;
  /** The packed cell and the colour of each placement; of other events nothing is told here. */
  readonly cells: Uint32Array<ArrayBuffer>;
  readonly colors: Uint8Array<ArrayBuffer>;
  readonly others: readonly OtherEvent[];
}

/**
 * Reads a segment.
 * @throws {HistoryError} when a section does not hold what it should.
 */
export function decodeSegment({ header, sections }: SegmentFile): Segment {
  const section = (index: number): Uint8Array => sections[index] ?? new Uint8Array(0);
  const { first, round, count, placements } = header;
  const others = othersOf(section(0), header);
  const times = timesOf(section(1), section(2), header);
  const { keys, hues } = sortedCells(section(3), section(4), placements);
  if (section(5).length !== placements || section(7).length !== placements) {
    throw malformed('a segment has more or fewer blocks or players than placements');
  }
  const order = placesInOrder(section(5), section(6));
  const numbers = new Pseudonyms(section(8), section(9), header.pseudonyms);
  const placedBy = playersOf(keys, order, section(7), numbers);
  const players = new Uint32Array(count);
  const cells = new Uint32Array(count);
  const colors = new Uint8Array(count);
  let nextOther = 0;
  for (let index = 0, placement = 0; index < count; index += 1) {
    const other = others[nextOther];
    if (other?.index === index) {
      nextOther += 1;
      players[index] = other.event.player;
      continue;
    }
    const place = order[placement] ?? 0;
    players[index] = placedBy[placement] ?? 0;
    cells[index] = cellOfKey(keys[place] ?? 0);
    colors[index] = hues[place] ?? 0;
    placement += 1;
  }
  return { first, round, count, times, players, cells, colors, others };
}

function othersOf(bytes: Uint8Array, { count, placements }: SegmentHeader): OtherEvent[] {
  const reader = new ByteReader(bytes, SECTION_NAMES[0]);
  const others: OtherEvent[] = [];
  let index = -1;
  for (let left = count - placements; left > 0; left -= 1) {
    index += reader.leb128() + 1;
    if (index >= count) {
      throw malformed('an event lies past the end of its segment');
    }
    others.push({ index, event: decodeEvent(reader.take(reader.leb128())) });
  }
  reader.finish();
  return others;
}

function timesOf(
  low: Uint8Array, high: Uint8Array, header: SegmentHeader,
): Float64Array<ArrayBuffer> {
  const { count, lowBits, firstTime, leastDistance } = header;
  const times = new Float64Array(count);
  const reader = new ByteReader(high, SECTION_NAMES[2]);
  if (low.length !== (lowBits === 0 ? 0 : count - 1)) {
    throw malformed('a segment has more or fewer low times than events');
  }
  const scale = 2 ** lowBits;
  let time = firstTime;
  times[0] = time;
  for (let index = 1; index < count; index += 1) {
    const rest = lowBits === 0 ? 0 : (low[index - 1] ?? 0);
    if (rest >= scale) {
      throw malformed('a low time has more bits than it may');
    }
    time += reader.leb128() * scale + rest + leastDistance;
    times[index] = time;
  }
  reader.finish();
  if (!Number.isSafeInteger(time)) {
    throw malformed('a segment has times that nobody counts');
  }
  return times;
}

function sortedCells(
  distances: Uint8Array,
  colors: Uint8Array,
  count: number,
): { keys: Uint32Array; hues: Uint8Array } {
  const reader = new ByteReader(distances, SECTION_NAMES[3]);
  const keys = new Uint32Array(count);
  let key = 0;
  for (let index = 0; index < count; index += 1) {
    key += reader.leb128();
    if (key >= 2 ** (COLUMN_BITS * 2)) {
      throw malformed('a cell lies outside of every canvas');
    }
    keys[index] = key;
  }
  reader.finish();
  if (colors.length !== count) {
    throw malformed('a segment has more or fewer colours than placements');
  }
  return { keys, hues: colors };
}

/** `key` = (y >> 5) << 18 | (x >> 5) << 10 | (y & 31) << 5 | (x & 31). */
function cellOfKey(key: number): number {
  const y = ((key >>> 18) << 5) | ((key >>> 5) & 31);
  const x = (((key >>> 10) & 0xff) << 5) | (key & 31);
  return packedCell(x, y);
}
