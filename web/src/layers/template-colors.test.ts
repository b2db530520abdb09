import { expect, it } from 'vitest';

import { cellColors, MAX_SAMPLES, type Pixels, toPalette } from './template-colors';

/** `0xRRGGBB` by rows, `null` for a transparent pixel. */
function picture(width: number, colors: readonly (number | null)[]): Pixels {
  const data = new Uint8ClampedArray(colors.flatMap((color) =>
    color === null ? [9, 9, 9, 0] : [color >> 16, (color >> 8) & 0xff, color & 0xff, 255]));
  return { width, height: colors.length / width, data };
}

const [R, G] = [0xff0000, 0x00ff00];

it('a pixel is a cell', () => {
  expect([...cellColors(picture(2, [R, null, G, R]), 2, 2)]).toEqual([R, -1, G, R]);
});

it('a cell drawn as a block has its most common opaque colour', () => {
  const block = [
    null, R, null, G, G, G,
    R, R, R, G, R, G,
    null, R, null, G, G, G,
  ];
  expect([...cellColors(picture(6, block), 2, 1)]).toEqual([R, G]);
});

it('a dot in an empty block is the cell, an empty block is none', () => {
  const dots = [
    null, null, null, null, null, null,
    null, R, null, null, null, null,
    null, null, null, null, null, null,
  ];
  expect([...cellColors(picture(6, dots), 2, 1)]).toEqual([R, -1]);
});

it('a width that is no divisor of the picture’s leaves no cell empty', () => {
  expect([...cellColors(picture(5, [R, R, G, G, G]), 2, 1)]).toEqual([R, G]);
  expect([...cellColors(picture(2, [R, G]), 3, 1)]).toEqual([R, R, G]);
});

it('of a huge block only some pixels are looked at, from all of it', () => {
  const side = Math.sqrt(MAX_SAMPLES) * 8;
  const reads = { count: 0 };
  const data = new Proxy(new Uint8ClampedArray(side * side * 4), {
    get: (pixels, at) => {
      reads.count += 1;
      const row = Math.floor(Number(at) / 4 / side);
      return Number(at) % 4 === (row < side * 0.6 ? 0 : 1) || Number(at) % 4 === 3
        ? 255
        : pixels[Number(at)];
    },
  });
  expect([...cellColors({ width: side, height: side, data }, 1, 1)]).toEqual([R]);
  expect(reads.count).toBeLessThanOrEqual(MAX_SAMPLES * 4);
});

it('a block in which every pixel has another colour is done at once', () => {
  const colors = Array.from({ length: MAX_SAMPLES }, (_, at) => at + 1);
  const width = Math.sqrt(MAX_SAMPLES);
  expect([...cellColors(picture(width, [...colors.slice(1), 7]), 1, 1)]).toEqual([7]);
});

it('colours of the palette are found exactly, others by how they look', () => {
  const palette = ['#FFFFFF', '#FF0000', '#0000FF', '#FE0000'];
  const colors = Int32Array.of(0xff0000, 0xfe0000, 0xee1111, 0x1122cc, 0xf0f0f0, -1);
  expect([...toPalette(colors, palette)]).toEqual([1, 3, 3, 2, 0, 255]);
});

it('a dark yellow is nearer to yellow than to grey', () => {
  expect([...toPalette(Int32Array.of(0xd8b400), ['#898D90', '#FFD635'])]).toEqual([1]);
});
