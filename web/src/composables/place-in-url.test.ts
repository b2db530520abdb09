import { expect, it } from 'vitest';

import { MAX_SCALE } from '../canvas/manager';
import {
  hashOfPlace, placeFromAddress, queryWithoutPlace, versionFromAddress,
} from './place-in-url';

function fromHash(hash: string) {
  return placeFromAddress({ hash, search: '' });
}

function fromQuery(search: string) {
  return placeFromAddress({ hash: '', search });
}

it('a place is written and read as Pxls does', () => {
  const place = { x: 12, y: 340, scale: 7.25 };
  expect(hashOfPlace(place)).toBe('#x=12&y=340&scale=7.25');
  expect(fromHash('#x=12&y=340&scale=7.25')).toEqual({ ...place, angle: 0 });
  expect(fromQuery('?x=12&y=340&scale=7.25')).toEqual({ ...place, angle: 0 });
});

it('the turn is written in degrees when there is one, and a past version', () => {
  const hash = hashOfPlace({ x: 1, y: 2, scale: 8, angle: -Math.PI / 2 }, 77);
  expect(hash).toBe('#x=1&y=2&scale=8&angle=-90&v=77');
  expect(fromHash(hash)?.angle).toBeCloseTo(-Math.PI / 2);
  expect(versionFromAddress({ hash, search: '' })).toBe(77);
  expect(hashOfPlace({ x: 1, y: 2, scale: 8, angle: 0.001 })).toBe('#x=1&y=2&scale=8');
});

it('a template in the hash outlives a new place, and a launch does not', () => {
  const template = 'template=https%3A%2F%2Fa.example%2Fb.png&ox=3&oo=0.4';
  const before = `#x=1&y=2&${template}&tgWebAppData=secret`;
  expect(hashOfPlace({ x: 5, y: 6, scale: 8 }, null, before)).toBe(
    `#x=5&y=6&scale=8&${template}`,
  );
});

it('pixelplanet’s form is read: the zoom is ten times the scale’s binary logarithm', () => {
  expect(fromHash('#d,100,-20,30')).toEqual({ x: 100, y: -20, scale: 8, angle: 0 });
  expect(fromHash('#d,1,2')).toMatchObject({ x: 1, y: 2, scale: 16 });
  expect(fromHash('#d%2C1%2C2%2C-10')).toMatchObject({ scale: 0.5 });
});

it('rplace.live’s form is read: 50 pixels per cell at z=1', () => {
  expect(fromQuery('?x=7&y=8&z=0.2&board=x')).toEqual({ x: 7, y: 8, scale: 10, angle: 0 });
  expect(queryWithoutPlace('?x=7&y=8&z=0.2&board=b')).toBe('?board=b');
  expect(queryWithoutPlace('?x=7&y=8')).toBe('');
});

it('the scale may be missing and is bounded', () => {
  expect(fromHash('#x=1&y=2')).toEqual({ x: 1, y: 2, scale: 16, angle: 0 });
  expect(fromHash('#x=1&y=2&scale=1e9')?.scale).toBe(MAX_SCALE);
  expect(fromHash('#x=1&y=2&scale=-3')?.scale).toBe(16);
});

it.each(['', '#', '#x=1', '#x=&y=2', '#x=a&y=2', '#x=Infinity&y=2', '#about', '#d,1', '#dd,1,2,3'])(
  '%j names no place',
  (hash) => {
    expect(fromHash(hash)).toBeNull();
  },
);

it.each(['#v=0', '#v=-1', '#v=1.5', '#v=abc', '#v=9999999999999999', ''])(
  '%j names no version',
  (hash) => {
    expect(versionFromAddress({ hash, search: '' })).toBeNull();
  },
);
