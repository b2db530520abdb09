import { expect, it } from 'vitest';

import { isLight, PaletteError, parsePalette } from './palette';

it('a palette becomes 256 colours of four bytes, the rest transparent', () => {
  const { rgba, colors } = parsePalette(['#ff4500', '#0000FF']);
  expect([...rgba.subarray(0, 9)]).toEqual([255, 69, 0, 255, 0, 0, 255, 255, 0]);
  expect(rgba.length).toBe(1024);
  expect(colors).toEqual(['#FF4500', '#0000FF']);
});

it.each([[['red']], [['#12345']], [Array.from({ length: 256 }, () => '#000000')]])(
  'an unlawful palette is refused',
  (colors) => {
    expect(() => parsePalette(colors)).toThrow(PaletteError);
  },
);

it('a check mark is black on light colours and white on dark ones', () => {
  expect(['#FFFFFF', '#FFD635', '#00CC78', '#FF4500'].map(isLight)).not.toContain(false);
  expect(['#000000', '#2450A4', '#6D001A', '#515252'].map(isLight)).not.toContain(true);
});
