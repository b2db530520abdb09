/** Which version each frame of a film shows. */

import type { Box } from '../canvas/viewport';
import { changesFrom, type Chapter } from '../history/chapter';
import type { History } from '../history/history';
import { columnOf, rowOf } from '../history/segment';
import { FilmError, type FilmOrder, framesOf } from './order';
import { MAX_EVENTS } from './limits';

/** A stretch without an event: it begins at `from` (Unix ms), and `cut` ms of it are left out. */
interface Pause {
  readonly from: number;
  readonly cut: number;
}

/** When a film begins and ends, Unix ms. */
type TimeSpan = readonly [number, number];

/** The longest list of pauses; the rest of the film runs without any being cut. */
const MAX_PAUSES = 100_000;

/** Finds the version of each frame, from the first to the last one. */
export class Pacing {
  readonly frames: number;
  private readonly history: History;
  private readonly order: FilmOrder;
  private readonly from: number;
  private readonly length: number;
  private readonly pauses: readonly Pause[];

  private constructor(
    history: History, order: FilmOrder, span: TimeSpan, pauses: readonly Pause[],
  ) {
    this.history = history;
    this.order = order;
    this.frames = framesOf(order);
    this.from = span[0];
    this.length = pauses.reduce((length, { cut }) => length - cut, span[1] - span[0]);
    this.pauses = pauses;
  }

  /**
   * Looks at both ends, and at all between them if idle time is skipped.
   * @throws {FilmError} when there are too many events; errors of `History.chapterAt`.
   */
  static async of(history: History, order: FilmOrder, region: Box): Promise<Pacing> {
    if (order.to - order.from > MAX_EVENTS) {
      throw new FilmError('too-large', `${order.to - order.from} events`);
    }
    const span = [await clockAt(history, order.from), await clockAt(history, order.to)] as const;
    const pauses = order.pace === 'time' && order.idleMs !== null
      ? await pausesOf(history, order, order.idleMs, region)
      : [];
    return new Pacing(history, order, span, pauses);
  }

  /** The version of a frame, counted from 0. Asked for in order, each chapter is read once. */
  async versionOf(frame: number): Promise<number> {
    const { from, to, pace } = this.order;
    const share = this.frames === 1 ? 1 : frame / (this.frames - 1);
    if (share === 1) {
      return to;
    }
    if (pace === 'events') {
      return from + Math.round(share * (to - from));
    }
    const version = await this.history.versionAt(this.timeAfter(share * this.length));
    return Math.min(Math.max(version, from), to);
  }

  /** The time (Unix ms) at so many ms of the film's own clock. */
  private timeAfter(elapsed: number): number {
    let time = this.from + elapsed;
    for (const { from, cut } of this.pauses) {
      if (time < from) {
        break;
      }
      time += cut;
    }
    return time;
  }
}

async function clockAt(history: History, version: number): Promise<number> {
  const chapter = await history.chapterAt(version);
  return chapter.clock[version - chapter.first] ?? 0;
}

/** The stretches in which nothing changes in the region for longer than `idleMs`. */
async function pausesOf(
  history: History, { from, to }: FilmOrder, idleMs: number, region: Box,
): Promise<Pause[]> {
  const pauses: Pause[] = [];
  let last = await clockAt(history, from);
  const note = (now: number) => {
    if (now - last > idleMs && pauses.length < MAX_PAUSES) {
      pauses.push({ from: last + idleMs, cut: now - last - idleMs });
    }
    last = Math.max(last, now);
  };
  for (let version = from + 1; version <= to;) {
    const chapter = await history.chapterAt(version);
    const end = Math.min(chapter.first + chapter.count - 1, to);
    for (; version <= end; version += 1) {
      if (shows(chapter, version - chapter.first, region)) {
        note(chapter.clock[version - chapter.first] ?? 0);
      }
    }
  }
  note(await clockAt(history, to));
  return pauses;
}

/** Whether an event changes something in a region. */
function shows(chapter: Chapter, index: number, { left, top, right, bottom }: Box): boolean {
  const end = changesFrom(chapter, index + 1);
  for (let at = changesFrom(chapter, index); at < end; at += 1) {
    const cell = chapter.cells[at] ?? 0;
    const x = columnOf(cell);
    const y = rowOf(cell);
    if (x >= left && x < right && y >= top && y < bottom) {
      return true;
    }
  }
  return false;
}
