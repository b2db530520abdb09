import { expect, it } from 'vitest';

import { MAX_SCALE } from '../canvas/manager';
import { hashOfPlace, placeFromHash } from './place-in-url';

it('a place is written and read as Pxls does', () => {
  const place = { x: 12, y: 340, scale: 7.25 };
  expect(hashOfPlace(place)).toBe('#x=12&y=340&scale=7.25');
  expect(placeFromHash('#x=12&y=340&scale=7.25')).toEqual(place);
});

it('the scale may be missing and is bounded', () => {
  expect(placeFromHash('#x=1&y=2')).toEqual({ x: 1, y: 2, scale: 16 });
  expect(placeFromHash('#x=1&y=2&scale=1e9')?.scale).toBe(MAX_SCALE);
  expect(placeFromHash('#x=1&y=2&scale=-3')?.scale).toBe(16);
});

it.each(['', '#', '#x=1', '#x=&y=2', '#x=a&y=2', '#x=Infinity&y=2', '#about'])(
  '%j names no place',
  (hash) => {
    expect(placeFromHash(hash)).toBeNull();
  },
);
