import { expect, it } from 'vitest';

import { Cells } from './cells';
import { drawSampled, fittedSize, holds } from './minimap';
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

it('tells a view of the whole canvas from one of a part, turned ones too', () => {
  const canvas = { width: 100, height: 50 };
  const box = (left: number, top: number, right: number, bottom: number) => [
    { x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom },
  ];
  const diamond = (radius: number) => [
    { x: 50, y: 25 - radius }, { x: 50 + radius, y: 25 },
    { x: 50, y: 25 + radius }, { x: 50 - radius, y: 25 },
  ];
  expect(holds(box(-10, -10, 110, 60), canvas)).toBe(true);
  expect(holds(box(0.5, 0, 100, 50), canvas)).toBe(true);
  expect(holds(box(-10, 5, 110, 60), canvas)).toBe(false);
  expect(holds(box(20, 20, 30, 30), canvas)).toBe(false);
  expect(holds(diamond(80), canvas)).toBe(true);
  expect(holds(diamond(70), canvas)).toBe(false);
  expect(holds([...diamond(80)].reverse(), canvas)).toBe(true);
  expect(holds([], canvas)).toBe(false);
});
