/** A small picture of the whole canvas: one cell stands for those around it. */

import type { Cells } from './cells';
import type { Palette } from './palette';
import type { Point } from './viewport';

/** Fits a canvas into a square of `side`, keeping its shape; at least one pixel each way. */
export function fittedSize(
  { width, height }: Pick<Cells, 'width' | 'height'>,
  side: number,
): { width: number; height: number } {
  const scale = side / Math.max(width, height);
  return {
    width: Math.max(Math.round(width * scale), 1),
    height: Math.max(Math.round(height * scale), 1),
  };
}

/**
 * Draws the acknowledged cells into `pixels` (RGBA, `width` × the rows that fit), reading one cell
 * per pixel, so that the cost does not grow with the canvas.
 */
export function drawSampled(
  cells: Cells,
  palette: Palette,
  pixels: Uint32Array,
  width: number,
): void {
  const height = pixels.length / width;
  const colors = new Uint32Array(palette.rgba.buffer);
  const columns = Uint32Array.from(
    { length: width },
    (_, x) => Math.floor(((x + 0.5) * cells.width) / width),
  );
  const { bytes } = cells;
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(((y + 0.5) * cells.height) / height) * cells.width;
    for (let x = 0; x < width; x += 1) {
      pixels[y * width + x] = colors[bytes[row + (columns[x] ?? 0)] ?? 0] ?? 0;
    }
  }
}

/** What a view may cut off of the whole canvas, in cells, and still show all of it. */
const CUT_CELLS = 1;

/** Whether a view with these corners (in cells, in order) shows the whole canvas. */
export function holds(
  corners: readonly Point[],
  { width, height }: Pick<Cells, 'width' | 'height'>,
): boolean {
  const [a, b, c] = corners;
  if (a === undefined || b === undefined || c === undefined) {
    return false;
  }
  const turn = Math.sign((b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x));
  return corners.every((from, index) => {
    const to = corners[(index + 1) % corners.length] ?? from;
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    const least = -CUT_CELLS * Math.hypot(dx, dy);
    return [[0, 0], [width, 0], [0, height], [width, height]].every(
      ([x = 0, y = 0]) => turn * (dx * (y - from.y) - dy * (x - from.x)) >= least,
    );
  });
}
