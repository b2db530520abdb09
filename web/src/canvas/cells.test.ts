import { describe, expect, it } from 'vitest';

import { randomNumbers } from '../../tests/support/history-model';
import { Cells, TILE_SIZE } from './cells';

function blank(width: number, height: number): Cells {
  const cells = new Cells(width, height, new Uint8Array(width * height));
  cells.drainDirty();
  return cells;
}

describe('cells', () => {
  it('refuse bytes that do not fill the canvas', () => {
    expect(() => new Cells(3, 2, new Uint8Array(5))).toThrow(RangeError);
    expect(() => { blank(3, 2).replace(new Uint8Array(7)); }).toThrow(RangeError);
  });

  it('start with every tile dirty', () => {
    const cells = new Cells(TILE_SIZE + 1, 2, new Uint8Array((TILE_SIZE + 1) * 2));
    expect(cells.drainDirty()).toEqual([
      { left: 0, top: 0, right: TILE_SIZE, bottom: 2, indexes: null },
      { left: TILE_SIZE, top: 0, right: TILE_SIZE + 1, bottom: 2, indexes: null },
    ]);
    expect(cells.isDirty).toBe(false);
  });

  it('list few changes and box them, tile by tile', () => {
    const cells = blank(TILE_SIZE * 2, 4);
    cells.apply([1, 3 * cells.width + 5, TILE_SIZE + 7], [9, 9, 9]);
    expect(cells.drainDirty()).toEqual([
      { left: 1, top: 0, right: 6, bottom: 4, indexes: [1, 3 * cells.width + 5] },
      { left: TILE_SIZE + 7, top: 0, right: TILE_SIZE + 8, bottom: 1, indexes: [TILE_SIZE + 7] },
    ]);
  });

  it('list no more than a bound of changes', () => {
    const cells = blank(TILE_SIZE, 1);
    const indexes = Array.from({ length: 300 }, (_, index) => index);
    cells.apply(indexes, indexes.map(() => 1));
    expect(cells.drainDirty()).toEqual([
      { left: 0, top: 0, right: 300, bottom: 1, indexes: null },
    ]);
  });

  it('mark nothing that keeps its colour', () => {
    const cells = blank(4, 4);
    cells.apply([3], [0]);
    cells.replace(new Uint8Array(16));
    expect(cells.isDirty).toBe(false);
  });

  it('mark what differs in a whole new state, wherever it lies', () => {
    const cells = blank(100, 5);
    const next = new Uint8Array(500);
    const changed = [0, 63, 64, 321, 499];
    changed.forEach((index) => { next[index] = 7; });
    cells.replace(next);
    expect(cells.drainDirty()[0]?.indexes).toEqual(changed);
    expect(changed.map((index) => cells.trueColor(index))).toEqual([7, 7, 7, 7, 7]);
  });

  it('mark and hold whole new states right, whatever their width and how much differs', () => {
    const random = randomNumbers(7);
    for (const [width, height] of [[100, 70], [TILE_SIZE + 30, 40], [TILE_SIZE * 2, 9]] as const) {
      const cells = blank(width, height);
      const drawn = new Uint8Array(width * height);
      for (const share of [3, 50, 3, 1_000]) {
        const next = cells.bytes.map((color) => (random(share) === 0 ? random(32) : color));
        cells.replace(next.slice(), share === 50);
        expect(cells.bytes).toEqual(next);
        for (const { left, top, right, bottom } of cells.drainDirty()) {
          expect(Math.floor(left / TILE_SIZE)).toBe(Math.floor((right - 1) / TILE_SIZE));
          for (let y = top; y < bottom; y += 1) {
            drawn.set(next.subarray(y * width + left, y * width + right), y * width + left);
          }
        }
        expect(drawn).toEqual(next);
      }
    }
  });

  it('hand over only what is asked for, and keep the rest', () => {
    const cells = new Cells(TILE_SIZE * 3, 4, new Uint8Array(TILE_SIZE * 12));
    const seen = { left: TILE_SIZE, top: 0, right: TILE_SIZE * 2, bottom: 4 };
    expect(cells.drainDirty(seen).map(({ left }) => left)).toEqual([TILE_SIZE]);
    expect(cells.isDirtyIn(seen)).toBe(false);
    expect(cells.drainDirty(undefined, 1).map(({ left }) => left)).toEqual([0]);
    expect(cells.drainDirty().map(({ left }) => left)).toEqual([TILE_SIZE * 2]);
  });

  it('show pending over the truth without touching it', () => {
    const cells = blank(4, 4);
    cells.setPending(5, 7);
    expect([cells.shownColor(5), cells.trueColor(5)]).toEqual([7, 0]);
    cells.apply([5], [3]);
    expect(cells.shownColor(5)).toBe(7);
    cells.clearPending(5);
    expect(cells.shownColor(5)).toBe(3);
    expect(cells.drainDirty()[0]?.indexes).toContain(5);
  });
});
