/** From events to the canvas, with every change kept (docs/FORMATS.md, What events do). */

import { NOT_OPEN } from '../canvas/palette';
import { HistoryError, malformed } from './faults';
import { hexOf, type Keyframe, MAX_SIDE, type Shape } from './keyframe';
import type { CellColor, LogEvent } from './log-event';
import { columnOf, packedCell, rowOf } from './segment';

type RoundOpened = Extract<LogEvent, { kind: 'RoundOpened' }>;

/** Changes of all events of a segment at most: what one page holds in memory, 6 bytes each. */
const MAX_CHANGES = 64 * 1024 * 1024;

/** Cells with the colours before and after, in the order of the changes. */
export class Changes {
  private cells: Uint32Array<ArrayBuffer>;
  private after: Uint8Array<ArrayBuffer>;
  private before: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(expected: number) {
    this.cells = new Uint32Array(expected);
    this.after = new Uint8Array(expected);
    this.before = new Uint8Array(expected);
  }

  /** @throws {HistoryError} when a segment changes more than a page can hold. */
  push(cell: number, before: number, after: number): void {
    const { length } = this;
    if (length === this.cells.length) {
      this.grow();
    }
    this.cells[length] = cell;
    this.before[length] = before;
    this.after[length] = after;
    this.length = length + 1;
  }

  /** All changes, without spare room. */
  columns(): Record<'after' | 'before', Uint8Array<ArrayBuffer>> & {
    cells: Uint32Array<ArrayBuffer>;
  } {
    const { length } = this;
    return {
      cells: this.cells.slice(0, length),
      after: this.after.slice(0, length),
      before: this.before.slice(0, length),
    };
  }

  private grow(): void {
    const room = Math.max(this.cells.length * 2, 1024);
    if (room > MAX_CHANGES) {
      throw malformed('a segment changes more cells than a page can hold');
    }
    const { cells, after, before } = this;
    this.cells = new Uint32Array(room);
    this.after = new Uint8Array(room);
    this.before = new Uint8Array(room);
    this.cells.set(cells);
    this.after.set(after);
    this.before.set(before);
  }
}

/** The canvas of one round while its events are applied. */
export class Fold {
  cells: Uint8Array<ArrayBuffer>;
  shape: Shape;
  readonly changes: Changes;

  constructor(shape: Shape, cells: Uint8Array<ArrayBuffer>, expectedChanges: number) {
    this.shape = shape;
    this.cells = cells;
    this.changes = new Changes(expectedChanges);
  }

  /**
   * A placement that counts.
   * @throws {HistoryError} when it cannot.
   */
  place(cell: number, color: number): void {
    if (!this.shape.isRunning || !this.set(columnOf(cell), rowOf(cell), color)) {
      throw new HistoryError('foreign', 'a placement does not lie on its canvas');
    }
  }

  /** Any other event; one that breaks a rule changes nothing. */
  apply(event: LogEvent): void {
    const { shape } = this;
    if (!('round' in event) || event.round !== shape.round || !shape.isRunning) {
      return;
    }
    switch (event.kind) {
      case 'PlacementMade':
      case 'PlacementUndone':
        this.set(event.x, event.y, event.color);
        break;
      case 'CellsRestored':
        event.cells.forEach(({ x, y, color }: CellColor) => { this.set(x, y, color); });
        break;
      case 'RegionErased':
        this.erase(event);
        break;
      case 'RoundClosed':
        this.shape = { ...shape, isRunning: false };
        break;
      case 'CanvasExpanded':
        this.expand(event.width, event.height);
        break;
      case 'PaletteExtended':
        this.extendPalette(event.palette.map(hexOf));
        break;
      case 'RoundOpened':
      case 'CooldownChanged':
      case 'RegionProtected':
      case 'RegionUnprotected':
        break;
    }
  }

  private set(x: number, y: number, color: number): boolean {
    const { width, height, colors } = this.shape;
    const at = y * width + x;
    const before = this.cells[at] ?? NOT_OPEN;
    if (x >= width || y >= height || color >= colors.length || before === NOT_OPEN) {
      return false;
    }
    this.cells[at] = color;
    this.changes.push(packedCell(x, y), before, color);
    return true;
  }

  private erase(event: Extract<LogEvent, { kind: 'RegionErased' }>): void {
    const right = Math.min(event.x + event.width, this.shape.width);
    const bottom = Math.min(event.y + event.height, this.shape.height);
    for (let y = event.y; y < bottom; y += 1) {
      for (let x = event.x; x < right; x += 1) {
        this.set(x, y, event.color);
      }
    }
  }

  private expand(width: number, height: number): void {
    const { shape } = this;
    const isLawful =
      width >= shape.width && height >= shape.height && width <= MAX_SIDE && height <= MAX_SIDE &&
      (width > shape.width || height > shape.height);
    if (isLawful) {
      this.cells = resized(this.cells, shape, { width, height });
      this.shape = { ...shape, width, height };
    }
  }

  private extendPalette(added: readonly string[]): void {
    const colors = [...this.shape.colors, ...added];
    const isLawful =
      added.length > 0 && colors.length <= NOT_OPEN && new Set(colors).size === colors.length;
    if (isLawful) {
      this.shape = { ...this.shape, colors };
    }
  }
}

/** Begins at a keyframe, whose cells are used up. */
export function foldOnto({ shape, cells }: Keyframe, expectedChanges: number): Fold {
  return new Fold(shape, cells, expectedChanges);
}

/**
 * Begins right after a round was opened.
 * @throws {HistoryError} for a round that the rules do not allow.
 */
export function foldOpening(event: RoundOpened, expectedChanges: number): Fold {
  const { round, width, height, background, mask, maxCharges } = event;
  const colors = event.palette.map(hexOf);
  const isLawful =
    width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE && maxCharges >= 1 &&
    background < colors.length && colors.length <= NOT_OPEN &&
    new Set(colors).size === colors.length &&
    (mask === null || mask.length === Math.ceil((width * height) / 8));
  if (!isLawful) {
    throw malformed(`round ${round} is opened against the rules`);
  }
  const cells = new Uint8Array(width * height).fill(background);
  if (mask !== null) {
    cells.forEach((_, index) => {
      if ((((mask[index >> 3] ?? 0) >> (index & 7)) & 1) === 0) {
        cells[index] = NOT_OPEN;
      }
    });
  }
  const shape = { round, width, height, colors, background, isRunning: true };
  return new Fold(shape, cells, expectedChanges);
}

/** Cells of a canvas made larger (new cells hold the background) or smaller again. */
export function resized(
  cells: Uint8Array,
  from: Shape,
  to: { readonly width: number; readonly height: number },
): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(to.width * to.height).fill(from.background);
  const width = Math.min(from.width, to.width);
  for (let y = 0; y < Math.min(from.height, to.height); y += 1) {
    next.set(cells.subarray(y * from.width, y * from.width + width), y * to.width);
  }
  return next;
}
