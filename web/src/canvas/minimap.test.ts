import { expect, it } from 'vitest';

import { Cells } from './cells';
import { drawSampled, fittedSize } from './minimap';
import { NOT_OPEN, parsePalette } from './palette';

it('keeps the canvas’s shape', () => {
  expect(fittedSize({ width: 2_000, height: 1_000 }, 160)).toEqual({ width: 160, height: 80 });
  expect(fittedSize({ width: 1, height: 8_192 }, 160)).toEqual({ width: 1, height: 160 });
});

it('shows the cell in the middle of each pixel, and nothing where it is not open', () => {
  const cells = new Cells(4, 4, Uint8Array.from({ length: 16 }, (_, at) => at % 4));
  cells.apply([15], [NOT_OPEN]);
  const palette = parsePalette(['#010000', '#020000', '#030000', '#040000']);
  const pixels = new Uint32Array(4);
  drawSampled(cells, palette, pixels, 2);
  const bytes = new Uint8Array(pixels.buffer);
  expect([...bytes]).toEqual([2, 0, 0, 255, 4, 0, 0, 255, 2, 0, 0, 255, 0, 0, 0, 0]);
});
