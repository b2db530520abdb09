/** Where the canvas is in a frame; the same rules as the server's, for videos. */

import type { Box } from '../canvas/viewport';
import { MAX_FRAME_PIXELS, MAX_FRAME_SIDE, MAX_REDUCTION, MAX_SCALE } from './limits';

/** How cells become pixels: a cell is `pixels` wide, or a pixel `cells`; one of the two is 1. */
export interface FilmScale {
  readonly pixels: number;
  readonly cells: number;
}

/** Width and height in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** Where things are in a frame. */
export interface FilmLayout extends FrameSize {
  /** The part of the canvas that is shown, in cells. */
  readonly region: Box;
  readonly scale: FilmScale;
  /** Where the region begins: at even pixels. */
  readonly left: number;
  readonly top: number;
}

/** Why there is no such layout. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
}

/** The box that a frame is fitted into when no size is asked for. */
const DEFAULT_BOX: FrameSize = { width: 1_920, height: 1_080 };

const SCALES: readonly FilmScale[] = [
  ...Array.from({ length: MAX_SCALE }, (_, at) => ({ pixels: MAX_SCALE - at, cells: 1 })),
  ...Array.from({ length: MAX_REDUCTION - 1 }, (_, at) => ({ pixels: 1, cells: at + 2 })),
];

/** Pixels that so many cells take. */
export function pixelsOf(cells: number, scale: FilmScale): number {
  return Math.ceil(cells / scale.cells) * scale.pixels;
}

/** Reads `3` and `1/3`; `null` for anything else. */
export function parseScale(text: string): FilmScale | null {
  const parts = /^(1\/)?(\d{1,2})$/.exec(text);
  const number = Number(parts?.[2] ?? 0);
  if (parts === null || number < 1) {
    return null;
  }
  return parts[1] === undefined
    ? scaleIn({ pixels: number, cells: 1 }, 1)
    : scaleIn({ pixels: 1, cells: number }, 2);
}

/** The scale, if it is lawful and its larger side is at least `least`. */
function scaleIn(scale: FilmScale, least: number): FilmScale | null {
  const { pixels, cells } = scale;
  const isLawful = pixels <= MAX_SCALE && cells <= MAX_REDUCTION;
  return isLawful && Math.max(pixels, cells) >= least ? scale : null;
}

/**
 * Lays a region out.
 * @param scale the largest that fits when `null`
 * @param frame as large as the region needs when `null`
 * @throws {LayoutError} when the frame is beyond the bounds, or the region does not fit it.
 */
export function layoutOf(
  region: Box, scale: FilmScale | null, frame: FrameSize | null,
): FilmLayout {
  const columns = region.right - region.left;
  const rows = region.bottom - region.top;
  const room = frame ?? DEFAULT_BOX;
  const fits = (one: FilmScale) => (
    pixelsOf(columns, one) <= room.width && pixelsOf(rows, one) <= room.height
  );
  const chosen = scale ?? SCALES.find(fits) ?? { pixels: 1, cells: MAX_REDUCTION };
  const content = { width: pixelsOf(columns, chosen), height: pixelsOf(rows, chosen) };
  const width = even(frame?.width ?? content.width);
  const height = even(frame?.height ?? content.height);
  if (width * height > MAX_FRAME_PIXELS || Math.max(width, height) > MAX_FRAME_SIDE) {
    throw new LayoutError(`a frame of ${width}x${height} pixels is too large`);
  }
  if (content.width > width || content.height > height) {
    throw new LayoutError(`${content.width}x${content.height} does not fit ${width}x${height}`);
  }
  return {
    width, height, region, scale: chosen,
    left: middle(width - content.width),
    top: middle(height - content.height),
  };
}

function even(side: number): number {
  return side + (side % 2);
}

function middle(free: number): number {
  return Math.floor(free / 4) * 2;
}
