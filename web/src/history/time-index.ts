/** Which version belongs to which time, to the nearest mark, without a segment being loaded. */

import { type Manifest, MARK_EVENTS, type RoundEntry } from './manifest';

/** A stretch of the log between two marks. */
export interface Stretch {
  /** Versions, both included. */
  readonly first: number;
  readonly last: number;
  /** Clock (Unix ms) at the first event, and at the first one of the next stretch. */
  readonly from: number;
  readonly to: number;
}

/** A part of the log: versions and clock (Unix ms), both ends included. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly from: number;
  readonly to: number;
}

/** The marks of a history as one rising list. */
export class TimeIndex {
  readonly stretches: readonly Stretch[];

  /** `newest` is the latest known moment. */
  constructor({ segments, open }: Manifest, newest: { version: number; at: number }) {
    const firsts: number[] = [];
    const clocks: number[] = [];
    let clock = Number.NEGATIVE_INFINITY;
    for (const { first, marks, clockTo } of segments) {
      marks.forEach((at, index) => {
        clock = Math.max(clock, at);
        firsts.push(first + index * MARK_EVENTS);
        clocks.push(clock);
      });
      clock = clockTo;
    }
    if (open !== null && newest.version >= open.first) {
      firsts.push(open.first);
      clocks.push(Math.max(clock, clocks.length === 0 ? newest.at : clock));
    }
    const end = Math.max(clock, newest.at);
    const last = Math.max(newest.version, segments.at(-1)?.last ?? 0);
    this.stretches = firsts.map((first, index) => ({
      first,
      last: (firsts[index + 1] ?? last + 1) - 1,
      from: clocks[index] ?? end,
      to: clocks[index + 1] ?? end,
    }));
  }

  /** About when a version happened, Unix ms; the nearest known moment for others. */
  timeOf(version: number): number {
    const { stretches } = this;
    const at = lastWhere(stretches.length, (index) => (stretches[index]?.first ?? 0) <= version);
    const stretch = stretches[Math.max(at, 0)];
    if (stretch === undefined) {
      return 0;
    }
    const { first, last, from, to } = stretch;
    const share = Math.min(Math.max((version - first) / (last - first + 1), 0), 1);
    return from + share * (to - from);
  }

  /** About the last version that had happened by a time (Unix ms); 0 before the first. */
  versionAt(time: number): number {
    const { stretches } = this;
    const at = lastWhere(stretches.length, (index) => (stretches[index]?.from ?? 0) <= time);
    const stretch = stretches[at];
    if (stretch === undefined) {
      return 0;
    }
    const { first, last, from, to } = stretch;
    const share = to > from ? Math.min((time - from) / (to - from), 1) : 1;
    return Math.min(first + Math.floor(share * (last - first + 1)), last);
  }

  /**
   * How busy the canvas was in each of `columns` equal parts of a span: events in it by time, and
   * events a millisecond by version, where every part has as many.
   * @param counted how many events of each stretch count; all of them unless told
   */
  activity(
    span: Span,
    axis: 'time' | 'version',
    columns: number,
    counted: readonly { first: number; last: number; count: number }[] | null = null,
  ): Float64Array {
    const sums = new Float64Array(columns);
    const [start, end] = axis === 'time' ? [span.from, span.to] : [span.first, span.last + 1];
    const width = (end - start) / columns;
    if (!(width > 0)) {
      return sums;
    }
    const stretches = counted?.map(({ first, last, count }) => ({
      first, last, count, from: this.timeOf(first), to: this.timeOf(last + 1),
    })) ?? this.stretches.map((stretch) => ({
      ...stretch, count: stretch.last - stretch.first + 1,
    }));
    for (const { first, last, from, to, count } of stretches) {
      const [left, right] = axis === 'time' ? [from, Math.max(to, from + 1)] : [first, last + 1];
      const density = axis === 'time'
        ? count / ((right - left) / width)
        : count / Math.max(to - from, 1);
      spread(sums, (left - start) / width, (right - start) / width, density);
    }
    return sums;
  }
}

/** The whole of a round. */
export function spanOf(round: RoundEntry, newest: { version: number; at: number }): Span {
  const end = round.closed ?? newest;
  return {
    first: round.opened.version,
    last: Math.max(end.version, round.opened.version),
    from: round.opened.at,
    to: Math.max(end.at, round.opened.at),
  };
}

/** Adds a density to the columns between two places, by how much of each lies there. */
function spread(counts: Float64Array, left: number, right: number, density: number): void {
  const from = Math.max(left, 0);
  const to = Math.min(right, counts.length);
  for (let column = Math.floor(from); column < to; column += 1) {
    const share = Math.min(column + 1, to) - Math.max(column, from);
    counts[column] = (counts[column] ?? 0) + Math.max(share, 0) * density;
  }
}

/** The last index for which `isBefore` holds, which holds for all before it; -1 for none. */
function lastWhere(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
