/** A segment laid over the canvas before it: every change with what it changed, for both ways. */

import { HistoryError } from './faults';
import { type Fold, foldOnto, foldOpening } from './fold';
import type { Keyframe, Shape } from './keyframe';
import { EVENT_KINDS, type EventKind } from './log-event';
import type { Segment } from './segment';

/** A change of size, colours or state between two events. */
export interface ShapeStep {
  /** The event that made it: the canvas before has `before`, the one after has `after`. */
  readonly index: number;
  readonly before: Shape;
  readonly after: Shape;
}

/** What a page needs to show any version of a segment, going forwards and backwards. */
export interface Chapter {
  /** Version of its first event. */
  readonly first: number;
  readonly round: number;
  readonly count: number;
  /** The canvas after `baseEvents` of its events: 1 when the first one opens the round, else 0. */
  readonly base: Uint8Array<ArrayBuffer>;
  readonly baseShape: Shape;
  readonly baseEvents: number;
  /** The round's title, if it is opened here. */
  readonly title: string | null;
  /** Time of each event, Unix ms. */
  readonly times: Float64Array<ArrayBuffer>;
  /** The latest time up to each event: it never goes back. */
  readonly clock: Float64Array<ArrayBuffer>;
  /** Number of each event's kind, an index into `EVENT_KINDS`. */
  readonly kinds: Uint8Array<ArrayBuffer>;
  /** Pseudonyms; 0 for nobody. */
  readonly players: Uint32Array<ArrayBuffer>;
  /** Where each event's changes end; they begin where those of the event before end. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** Packed cells, with the colour after and before. */
  readonly cells: Uint32Array<ArrayBuffer>;
  readonly after: Uint8Array<ArrayBuffer>;
  readonly before: Uint8Array<ArrayBuffer>;
  readonly steps: readonly ShapeStep[];
}

/**
 * Lays a segment over the keyframe before it.
 * @param base `null` when the segment's first event opens its round
 * @param clockFrom what the clock shows before the segment, Unix ms
 * @throws {HistoryError} when the keyframe is of another version or round, or a placement lies
 * outside of the canvas.
 */
export function chapterOf(
  segment: Segment, base: Keyframe | null, clockFrom = Number.NEGATIVE_INFINITY,
): Chapter {
  const { first, round, count, times, players } = segment;
  const { fold, title, baseEvents } = begin(segment, base);
  const baseShape = fold.shape;
  const baseCells = fold.cells.slice();
  const kinds = new Uint8Array(count);
  const ends = new Uint32Array(count);
  const steps: ShapeStep[] = [];
  let nextOther = 0;
  for (let index = 0; index < count; index += 1) {
    const other = segment.others[nextOther];
    if (other?.index !== index) {
      fold.place(segment.cells[index] ?? 0, segment.colors[index] ?? 0);
    } else {
      nextOther += 1;
      kinds[index] = EVENT_KINDS.indexOf(other.event.kind);
      const before = fold.shape;
      if (index >= baseEvents) {
        fold.apply(other.event);
      }
      if (fold.shape !== before) {
        steps.push({ index, before, after: fold.shape });
      }
    }
    ends[index] = fold.changes.length;
  }
  return {
    first, round, count, base: baseCells, baseShape, baseEvents, title, times,
    clock: clockOf(times, clockFrom), kinds, players, ends, ...fold.changes.columns(), steps,
  };
}

function begin(
  segment: Segment,
  base: Keyframe | null,
): { fold: Fold; title: string | null; baseEvents: number } {
  if (base !== null) {
    if (base.version !== segment.first - 1 || base.shape.round !== segment.round) {
      throw new HistoryError('foreign', `keyframe ${base.version} is not of this segment`);
    }
    return { fold: foldOnto(base, segment.count), title: null, baseEvents: 0 };
  }
  const [opening] = segment.others;
  if (opening?.index !== 0 || opening.event.kind !== 'RoundOpened') {
    throw new HistoryError('foreign', `nothing comes before segment ${segment.first}`);
  }
  if (opening.event.round !== segment.round) {
    throw new HistoryError('foreign', `segment ${segment.first} opens another round`);
  }
  const { event } = opening;
  return { fold: foldOpening(event, segment.count), title: event.title, baseEvents: 1 };
}

/** The kind of an event of a chapter. */
export function kindOf({ kinds }: Chapter, index: number): EventKind {
  return EVENT_KINDS[kinds[index] ?? 0] ?? 'PlacementMade';
}

/** Where the changes of an event begin. */
export function changesFrom({ ends }: Chapter, index: number): number {
  return index <= 0 ? 0 : (ends[index - 1] ?? 0);
}

/** How many events have happened when the clock shows a time (Unix ms), at least `baseEvents`. */
export function eventsUntil({ clock, baseEvents }: Chapter, time: number): number {
  let low = baseEvents;
  let high = clock.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((clock[middle] ?? 0) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Memory that a chapter takes, in bytes. */
export function bytesOf(chapter: Chapter): number {
  const { base, times, clock, kinds, players, ends, cells, after, before } = chapter;
  const columns = [base, times, clock, kinds, players, ends, cells, after, before];
  return [...new Set(columns.map(({ buffer }) => buffer))]
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The same array when times never go back, as is usual. */
function clockOf(
  times: Float64Array<ArrayBuffer>, from: number,
): Float64Array<ArrayBuffer> {
  if (times.every((time, index) => time >= (times[index - 1] ?? from))) {
    return times;
  }
  let latest = from;
  return times.map((time) => {
    latest = Math.max(latest, time);
    return latest;
  });
}
