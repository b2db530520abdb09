/** The CPU copy of the canvas: the truth that every renderer draws from. */

import { type Box, overlaps } from './viewport';

/** Side of a texture tile in cells. WebGL2 promises textures of at least 2048. */
export const TILE_SIZE = 1024;

/** Above this many single changes a tile remembers only the box around them. */
const MAX_LISTED_CHANGES = 256;

/** The cells of one tile that changed since they were last drained: the box around them. */
export interface DirtyRegion extends Box {
  /** The changed cells' indexes, or `null` when there were too many to list. */
  readonly indexes: readonly number[] | null;
}

/**
 * One canvas of palette indexes by rows, with a thin layer of pending (not yet acknowledged)
 * cells over it. The truth below never holds anything the server has not said.
 */
export class Cells {
  readonly width: number;
  readonly height: number;
  private readonly truth: Uint8Array<ArrayBuffer>;
  private readonly pending = new Map<number, number>();
  private readonly tileColumns: number;
  private dirty = new Map<number, MutableRegion>();

  /**
   * Takes over `truth`, which must hold `width * height` bytes.
   * @throws {RangeError} when it does not.
   */
  constructor(width: number, height: number, truth: Uint8Array<ArrayBuffer>) {
    if (truth.length !== width * height) {
      throw new RangeError(`${truth.length} cells cannot fill a canvas of ${width}x${height}`);
    }
    this.width = width;
    this.height = height;
    this.truth = truth;
    this.tileColumns = Math.ceil(width / TILE_SIZE);
    this.markAllDirty();
  }

  /** The bytes of the truth, for reading only. */
  get bytes(): Readonly<Uint8Array<ArrayBuffer>> {
    return this.truth;
  }

  /** Pending cells: index to colour. */
  get pendingCells(): ReadonlyMap<number, number> {
    return this.pending;
  }

  /** Whether a cell lies on the canvas. */
  contains(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.width && y < this.height;
  }

  /** Position of a cell in the row-wise order. */
  indexOf(x: number, y: number): number {
    return y * this.width + x;
  }

  /** The acknowledged colour of a cell, by index. */
  trueColor(index: number): number {
    return this.truth[index] ?? 255;
  }

  /** The colour a cell is shown with: pending first, else the truth. */
  shownColor(index: number): number {
    return this.pending.get(index) ?? this.trueColor(index);
  }

  /** Sets many cells of the truth; indexes must lie on the canvas. */
  apply(indexes: ArrayLike<number>, colors: ArrayLike<number>): void {
    for (let i = 0; i < indexes.length; i += 1) {
      const index = indexes[i] ?? 0;
      const color = colors[i] ?? 0;
      if (this.truth[index] !== color) {
        this.truth[index] = color;
        this.markDirty(index);
      }
    }
  }

  /**
   * Replaces the whole truth by another state of the same size and marks what differs. Unless it is
   * kept, `next` is used up: its memory is freed at once where the browser can.
   * @throws {RangeError} when the size differs.
   */
  replace(next: Uint8Array<ArrayBuffer>, isKept = false): void {
    const { truth } = this;
    if (next.length !== truth.length) {
      throw new RangeError(`${next.length} cells cannot replace ${truth.length}`);
    }
    const left = inWords(truth);
    const right = inWords(next);
    for (let start = 0; start < next.length; start += RUN_CELLS) {
      const end = Math.min(start + RUN_CELLS, next.length);
      if (isSame(left, right, start, end)) {
        continue;
      }
      if (this.markRun(start, end - start)) {
        truth.set(next.subarray(start, end), start);
        continue;
      }
      for (let index = start; index < end; index += 1) {
        const color = next[index] ?? 0;
        if (truth[index] !== color) {
          truth[index] = color;
          this.markDirty(index);
        }
      }
    }
    if (!isKept) {
      free(next.buffer);
    }
  }

  /** Shows a cell with a colour that the server has not acknowledged yet. */
  setPending(index: number, color: number): void {
    this.pending.set(index, color);
    this.markDirty(index);
  }

  /** Shows the truth of a cell again. */
  clearPending(index: number): void {
    if (this.pending.delete(index)) {
      this.markDirty(index);
    }
  }

  /** Whether anything is to be drawn anew. */
  get isDirty(): boolean {
    return this.dirty.size > 0;
  }

  /** Marks every cell as changed, for a renderer that starts from nothing. */
  markAllDirty(): void {
    this.dirty = new Map();
    for (let top = 0; top < this.height; top += TILE_SIZE) {
      for (let left = 0; left < this.width; left += TILE_SIZE) {
        this.dirty.set(this.tileOf(left, top), {
          left,
          top,
          right: Math.min(left + TILE_SIZE, this.width),
          bottom: Math.min(top + TILE_SIZE, this.height),
          indexes: null,
        });
      }
    }
  }

  /**
   * Hands over what changed since the last call, at most one region per tile; what nobody asked
   * for yet stays marked.
   * @param seen only tiles with changes in this box
   * @param maxCells no further region once those handed over have this many cells
   */
  drainDirty(seen?: Box, maxCells = Number.POSITIVE_INFINITY): DirtyRegion[] {
    const regions: DirtyRegion[] = [];
    let cells = 0;
    for (const [tile, region] of this.dirty) {
      if (cells >= maxCells) {
        break;
      }
      if (seen === undefined || overlaps(region, seen)) {
        this.dirty.delete(tile);
        regions.push(region);
        cells += (region.right - region.left) * (region.bottom - region.top);
      }
    }
    return regions;
  }

  /** Whether anything changed in this box that was not handed over. */
  isDirtyIn(seen: Box): boolean {
    return [...this.dirty.values()].some((region) => overlaps(region, seen));
  }

  private tileOf(x: number, y: number): number {
    return Math.floor(y / TILE_SIZE) * this.tileColumns + Math.floor(x / TILE_SIZE);
  }

  private markDirty(index: number): void {
    const x = index % this.width;
    const y = (index - x) / this.width;
    const tile = this.tileOf(x, y);
    const region = this.dirty.get(tile);
    if (region === undefined) {
      this.dirty.set(tile, { left: x, top: y, right: x + 1, bottom: y + 1, indexes: [index] });
      return;
    }
    include(region, x, y, 1);
    region.indexes?.push(index);
    if ((region.indexes?.length ?? 0) > MAX_LISTED_CHANGES) {
      region.indexes = null;
    }
  }

  /** Marks a run of cells if it lies in one row of a tile whose changes are not listed any more. */
  private markRun(start: number, length: number): boolean {
    const x = start % this.width;
    const y = (start - x) / this.width;
    const last = x + length - 1;
    const region = this.dirty.get(this.tileOf(x, y));
    if (region?.indexes !== null || last >= this.width || (x ^ last) >= TILE_SIZE) {
      return false;
    }
    include(region, x, y, length);
    return true;
  }
}

interface MutableRegion {
  left: number;
  top: number;
  right: number;
  bottom: number;
  indexes: number[] | null;
}

function include(region: MutableRegion, x: number, y: number, width: number): void {
  region.left = Math.min(region.left, x);
  region.top = Math.min(region.top, y);
  region.right = Math.max(region.right, x + width);
  region.bottom = Math.max(region.bottom, y + 1);
}

/** Cells compared at once by words: whole states are mostly alike. */
const RUN_CELLS = 64;

/** Whether both agree from `start`, a multiple of four, to `end`; `false` when unknown. */
function isSame(
  left: Uint32Array | null, right: Uint32Array | null, start: number, end: number,
): boolean {
  if (left === null || right === null || end % 4 !== 0) {
    return false;
  }
  for (let word = start / 4; word < end / 4; word += 1) {
    if (left[word] !== right[word]) {
      return false;
    }
  }
  return true;
}

/** Gives memory back before the garbage collector finds it; ES2024, Chrome 114, Safari 17.4. */
function free(buffer: ArrayBuffer & { transfer?: (length: number) => ArrayBuffer }): void {
  buffer.transfer?.(0);
}

function inWords(bytes: Uint8Array): Uint32Array | null {
  return bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    : null;
}
