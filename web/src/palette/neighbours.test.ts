import { expect, it } from 'vitest';

import { neighbourOf } from './neighbours';

/** Six colours in two rows of three, told column by column as the wide palette lays them out. */
const COLUMNS = [0, 1, 2].flatMap((column) => [0, 1].map((row) => ({
  left: column * 44, top: row * 44,
})));

it.each<[number, string, number | null]>([
  [0, 'ArrowRight', 2],
  [2, 'ArrowLeft', 0],
  [0, 'ArrowDown', 1],
  [3, 'ArrowUp', 2],
  [4, 'ArrowRight', 5],
  [5, 'ArrowRight', 5],
  [0, 'ArrowLeft', 0],
  [3, 'Home', 0],
  [1, 'End', 5],
  [1, 'a', null],
])('from %d %s leads to %s', (index, key, next) => {
  expect(neighbourOf(COLUMNS, index, key)).toBe(next);
});
