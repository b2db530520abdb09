/** Which parts of a picture have to be drawn anew. */

import type { Box, Size } from './viewport';

/** Side of the blocks that damage is remembered by, in pixels of the picture. */
const BLOCK = 32;

/** More boxes than this cost more by their number than one box costs by its area. */
const MAX_BOXES = 64;

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
    for (let row = around.top; row < around.bottom; row += 1) {
      for (let column = around.left; column < around.right; column += 1) {
        const left = column;
        while (column < around.right && this.blocks[row * this.columns + column] === 1) {
          column += 1;
        }
        if (column > left) {
          this.push(boxes, { left, top: row, right: column, bottom: row + 1 });
        }
      }
    }
    return boxes.length > MAX_BOXES ? [this.inPixels(around)] : boxes;
  }

  /** Adds a run of blocks, joined with the one above when that is as wide. */
  private push(boxes: Box[], blocks: Box): void {
    const box = this.inPixels(blocks);
    const above = boxes.findIndex(
      ({ left, right, bottom }) => left === box.left && right === box.right && bottom === box.top,
    );
    const joined = boxes[above];
    if (joined === undefined) {
      boxes.push(box);
    } else {
      boxes[above] = { ...joined, bottom: box.bottom };
    }
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
