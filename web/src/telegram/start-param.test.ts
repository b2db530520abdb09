import { expect, it } from 'vitest';

import { placeFromStart, startParam } from './start-param';

it('a place is read, with and without its optional parts', () => {
  const place = { canvas: null, x: 120, y: 45, scale: 16, version: null };
  expect(placeFromStart('x120_y45')).toEqual(place);
  expect(placeFromStart('x120_y45_z8')).toEqual({ ...place, scale: 8 });
  expect(placeFromStart('cmain_x120_y45_z8_v123')).toEqual({
    canvas: 'main', x: 120, y: 45, scale: 8, version: 123,
  });
  expect(placeFromStart('x0_y0_z0')?.scale).toBe(16);
});

it.each(['', 'ref_5', 'x1', 'x1_y', 'x-1_y2', 'y2_x1', 'x1_y2_z8_w9', `x1_y${'2'.repeat(600)}`])(
  '%j names no place',
  (param) => {
    expect(placeFromStart(param)).toBeNull();
  },
);

it('the parameter is found in the hash and in the signed data', () => {
  const data = encodeURIComponent('user=%7B%7D&start_param=x1_y2&hash=00');
  expect(startParam('#tgWebAppStartParam=x3_y4&tgWebAppVersion=8.0')).toBe('x3_y4');
  expect(startParam(`#tgWebAppData=${data}&tgWebAppVersion=8.0`)).toBe('x1_y2');
  expect(startParam('#x=1&y=2')).toBe('');
});
