import { expect, it } from 'vitest';

import { readWish, writeWish } from './placing-wish';

it.each([
  { cell: { x: 12, y: 0 }, color: 3 },
  { cell: { x: 8_191, y: 8_191 }, color: null },
  { cell: null, color: 0 },
])('%j is read as it was written', (wish) => {
  expect(readWish(writeWish(wish))).toEqual(wish);
});

it.each([null, '', 'x', '1,2', '1;2;3', '-1,2;3'])('%j is no wish', (text) => {
  expect(readWish(text)).toEqual({ cell: null, color: null });
});

it('nothing chosen is nothing kept', () => {
  expect(writeWish({ cell: null, color: null })).toBeNull();
});
