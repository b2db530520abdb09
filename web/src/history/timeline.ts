/** Where in the history the page is, and the canvas there. */

import { Cells } from '../canvas/cells';
import { type Chapter, changesFrom } from './chapter';
import { resized } from './fold';
import type { History } from './history';
import type { Shape } from './keyframe';
import { columnOf, rowOf } from './segment';

/** What the timeline tells. */
export interface TimelineEvents {
  /** Other cells or other colours are to be shown from now on. */
  shown(cells: Cells, shape: Shape): void;
  /** Cells changed. */
  changed(): void;
  /** The version is another. */
  moved(version: number): void;
  /** A chapter is waited for, or no more. */
  waiting(isWaiting: boolean): void;
  /** A chapter could not be loaded. */
  failed(error: unknown): void;
}

/** One place in one history. Moves inside loaded chapters are done at once. */
export class Timeline {
  private readonly history: History;
  private readonly events: TimelineEvents;
  private cells: Cells | null = null;
  private shape: Shape | null = null;
  private current: Chapter | null = null;
  /** Events of the current chapter that have happened. */
  private offset = 0;
  /** The version asked for that is not shown yet. */
  private wanted: number | null = null;
  private isLoading = false;
  private scratchIndexes = new Uint32Array(0);
  private scratchColors = new Uint8Array(0);

  constructor(history: History, events: TimelineEvents) {
    this.history = history;
    this.events = events;
  }

  /** The version shown; 0 before the first. */
  get version(): number {
    return this.current === null ? 0 : this.current.first - 1 + this.offset;
  }

  /** The chapter that the version belongs to. */
  get chapter(): Chapter | null {
    return this.current;
  }

  /** The clock at the version shown, Unix ms. */
  get clock(): number {
    return this.current?.clock[Math.max(this.offset - 1, 0)] ?? 0;
  }

  get shownCells(): Cells | null {
    return this.cells;
  }

  get shownShape(): Shape | null {
    return this.shape;
  }

  /** Whether another version was asked for and is not shown yet. */
  get isSeeking(): boolean {
    return this.wanted !== null;
  }

  /**
   * Shows a version: at once if its chapter is loaded, else as soon as it is. Asking for another
   * one before that drops this one.
   */
  seek(version: number): void {
    const wanted = this.history.clamped(version);
    if (this.go(wanted)) {
      this.settle();
      return;
    }
    this.wanted = wanted;
    if (!this.isLoading) {
      void this.loadWanted();
    }
  }

  /** Shows a version if its chapter is loaded. */
  go(version: number): boolean {
    const chapter = this.history.peekAt(version);
    if (chapter === null) {
      return false;
    }
    const before = this.version;
    this.enter(chapter);
    this.moveTo(version - chapter.first + 1);
    if (this.version !== before) {
      this.events.moved(this.version);
    }
    return true;
  }

  private settle(): void {
    if (this.wanted !== null) {
      this.wanted = null;
      this.events.waiting(false);
    }
  }

  private async loadWanted(): Promise<void> {
    this.isLoading = true;
    this.events.waiting(true);
    for (let next = this.wanted; next !== null; next = this.wanted) {
      let problem: unknown = null;
      try {
        await this.history.chapterAt(next);
      } catch (error) {
        problem = error;
      }
      this.loaded(next, problem);
    }
    this.isLoading = false;
  }

  private loaded(version: number, problem: unknown): void {
    const { wanted } = this;
    if (wanted === null) {
      return;
    }
    if (this.go(wanted)) {
      this.settle();
    } else if (wanted === version) {
      this.settle();
      this.events.failed(problem);
    } else if (problem === null) {
      // While a slider is dragged, what came last is shown on the way to where it is by now.
      this.go(version);
    }
  }

  /** Makes a chapter the current one, going over its edge where the version shown lies there. */
  private enter(chapter: Chapter): void {
    const { current } = this;
    if (current?.first === chapter.first) {
      // The open chapter grows; what has happened in it stays.
      this.current = chapter;
      return;
    }
    if (current !== null && current.first + current.count === chapter.first) {
      if (chapter.baseEvents === 0) {
        this.moveTo(current.count);
        this.current = chapter;
        this.offset = 0;
        return;
      }
    } else if (current?.baseEvents === 0 && chapter.first + chapter.count === current.first) {
      this.moveTo(0);
      this.current = chapter;
      this.offset = chapter.count;
      return;
    }
    this.reset(chapter);
  }

  private reset(chapter: Chapter): void {
    this.current = chapter;
    this.offset = chapter.baseEvents;
    const { baseShape } = chapter;
    const { cells, shape } = this;
    const isSame = cells !== null && shape !== null && isSameShape(shape, baseShape);
    this.shape = baseShape;
    if (isSame) {
      cells.replace(chapter.base, true);
      this.events.changed();
    } else {
      this.show(new Cells(baseShape.width, baseShape.height, chapter.base.slice()));
    }
  }

  private show(cells: Cells): void {
    this.cells = cells;
    if (this.shape !== null) {
      this.events.shown(cells, this.shape);
    }
  }

  private moveTo(to: number): void {
    const { current } = this;
    if (current === null) {
      return;
    }
    const steps = current.steps.filter(
      ({ index }) => index >= Math.min(this.offset, to) && index < Math.max(this.offset, to),
    );
    if (to > this.offset) {
      for (const { index, before, after } of steps) {
        this.change(current, index);
        this.reshape(before, after);
        this.offset = index + 1;
      }
    } else {
      for (const { index, before, after } of steps.reverse()) {
        this.change(current, index + 1);
        this.reshape(after, before);
        this.offset = index;
      }
    }
    this.change(current, Math.max(to, current.baseEvents));
  }

  /** Applies the changes of the events up to an offset, or takes them back. */
  private change(chapter: Chapter, to: number): void {
    const { cells, shape } = this;
    if (cells === null || shape === null || to === this.offset) {
      return;
    }
    const isForward = to > this.offset;
    const from = changesFrom(chapter, Math.min(to, this.offset));
    const end = changesFrom(chapter, Math.max(to, this.offset));
    this.makeRoom(end - from);
    const { scratchIndexes, scratchColors } = this;
    const colors = isForward ? chapter.after : chapter.before;
    for (let at = 0; at < end - from; at += 1) {
      const source = isForward ? from + at : end - 1 - at;
      const cell = chapter.cells[source] ?? 0;
      scratchIndexes[at] = rowOf(cell) * shape.width + columnOf(cell);
      scratchColors[at] = colors[source] ?? 0;
    }
    cells.apply(scratchIndexes.subarray(0, end - from), scratchColors);
    this.offset = to;
    this.events.changed();
  }

  private makeRoom(count: number): void {
    if (this.scratchIndexes.length < count) {
      this.scratchIndexes = new Uint32Array(count);
      this.scratchColors = new Uint8Array(count);
    }
  }

  private reshape(from: Shape, to: Shape): void {
    const { cells } = this;
    this.shape = to;
    if (cells !== null && !isSameShape(from, to)) {
      const isSameSize = from.width === to.width && from.height === to.height;
      this.show(
        isSameSize ? cells : new Cells(to.width, to.height, resized(cells.bytes, from, to)),
      );
    }
  }
}

/** Whether two canvases have the same size and colours. */
function isSameShape(a: Shape, b: Shape): boolean {
  return a.width === b.width && a.height === b.height && a.colors.join() === b.colors.join();
}
