/** Which parts of a picture have to be drawn anew. */

import type { Box, Size } from './viewport';

/** Side of the blocks that damage is remembered by, in pixels of the picture. */
const BLOCK = 8;

/** More boxes than this cost more by their number than one box costs by its area. */
const MAX_BOXES = 1_024;

/** Collects damaged boxes of one picture and gives them back without overlaps. */
export class Damage {
  private readonly size: Size;
  private readonly columns: number;
  private readonly rows: number;
  private readonly blocks: Uint8Array;
  private around: Box | null = null;

  /** `size` is that of the picture, in pixels. */
  constructor(size: Size) {
    this.size = size;
    this.columns = Math.ceil(size.width / BLOCK);
    this.rows = Math.ceil(size.height / BLOCK);
    this.blocks = new Uint8Array(this.columns * this.rows);
  }

  /** Whether nothing of the picture is damaged. */
  get isEmpty(): boolean {
    return this.around === null;
  }

  /** Adds a box; what of it lies outside of the picture does not count. */
  add(box: Box): void {
    const left = Math.max(Math.floor(box.left / BLOCK), 0);
    const top = Math.max(Math.floor(box.top / BLOCK), 0);
    const right = Math.min(Math.ceil(box.right / BLOCK), this.columns);
    const bottom = Math.min(Math.ceil(box.bottom / BLOCK), this.rows);
    if (left >= right || top >= bottom) {
      return;
    }
    for (let row = top; row < bottom; row += 1) {
      this.blocks.fill(1, row * this.columns + left, row * this.columns + right);
    }
    const { around } = this;
    this.around = {
      left: Math.min(around?.left ?? left, left),
      top: Math.min(around?.top ?? top, top),
      right: Math.max(around?.right ?? right, right),
      bottom: Math.max(around?.bottom ?? bottom, bottom),
    };
  }

  /** The whole picture is damaged. */
  addAll(): void {
    const { width, height } = this.size;
    this.add({ left: 0, top: 0, right: width, bottom: height });
  }

  /** Boxes of pixels that together cover all damage and share no pixel. */
  boxes(): Box[] {
    const { around } = this;
    if (around === null) {
      return [];
    }
    const boxes: Box[] = [];
    /** The boxes that reach down to the row at hand, by the blocks they are wide. */
    let above = new Map<number, number>();
    for (let row = around.top; row < around.bottom; row += 1) {
      const reached = new Map<number, number>();
      for (const { left, right } of this.runsOf(row, around)) {
        const key = left * this.columns + right;
        const box = this.inPixels({ left, top: row, right, bottom: row + 1 });
        const at = above.get(key) ?? boxes.length;
        boxes[at] = { ...box, top: boxes[at]?.top ?? box.top };
        reached.set(key, at);
      }
      above = reached;
    }
    return boxes.length > MAX_BOXES ? [this.inPixels(around)] : boxes;
  }

  /** Damaged blocks of a row that lie side by side. */
  private runsOf(row: number, around: Box): { left: number; right: number }[] {
    const runs: { left: number; right: number }[] = [];
    const start = row * this.columns;
    for (let column = around.left; column < around.right; column += 1) {
      const left = column;
      while (column < around.right && this.blocks[start + column] === 1) {
        column += 1;
      }
      if (column > left) {
        runs.push({ left, right: column });
      }
    }
    return runs;
  }

  private inPixels({ left, top, right, bottom }: Box): Box {
    return {
      left: left * BLOCK,
      top: top * BLOCK,
      right: Math.min(right * BLOCK, this.size.width),
      bottom: Math.min(bottom * BLOCK, this.size.height),
    };
  }
}
