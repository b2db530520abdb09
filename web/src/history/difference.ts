/** What differs between two versions. */

import { NOT_OPEN } from '../canvas/palette';
import type { HeatLayer } from '../canvas/scene';
import type { Box } from '../canvas/viewport';
import type { Shape } from './keyframe';

/** A version kept for comparing. */
export interface KeptVersion {
  readonly version: number;
  readonly shape: Shape;
  /** Palette indexes by rows; not changed any more. */
  readonly cells: Readonly<Uint8Array>;
}

/** The cells that differ, and how many. */
export interface Difference {
  readonly count: number;
  /** Around all that differ; `null` when none does. */
  readonly box: Box | null;
  readonly layer: HeatLayer;
}

const DIFFERENT = 255;

/**
 * Compares two canvases by the colours that are seen; what only one of them has differs. The layer
 * has the size of `shown`, and of cells in `region` only if there is one.
 */
export function differenceOf(
  shown: KeptVersion, other: KeptVersion, region: Box | null,
): Difference {
  const { width, height } = shown.shape;
  const values = new Uint8Array(width * height);
  const right = Math.min(region?.right ?? width, width);
  const bottom = Math.min(region?.bottom ?? height, height);
  let count = 0;
  let box: Box | null = null;
  for (let y = region?.top ?? 0; y < bottom; y += 1) {
    for (let x = region?.left ?? 0; x < right; x += 1) {
      const index = y * width + x;
      if (colorAt(other, x, y) !== colorOf(shown.shape, shown.cells[index])) {
        values[index] = DIFFERENT;
        count += 1;
        box = around(box, x, y);
      }
    }
  }
  return { count, box, layer: { width, height, values } };
}

function colorAt({ shape, cells }: KeptVersion, x: number, y: number): string {
  return x < shape.width && y < shape.height ? colorOf(shape, cells[y * shape.width + x]) : '';
}

function colorOf({ colors }: Shape, index = NOT_OPEN): string {
  return colors[index] ?? '';
}

function around(box: Box | null, x: number, y: number): Box {
  return {
    left: Math.min(box?.left ?? x, x),
    top: Math.min(box?.top ?? y, y),
    right: Math.max(box?.right ?? 0, x + 1),
    bottom: Math.max(box?.bottom ?? 0, y + 1),
  };
}
