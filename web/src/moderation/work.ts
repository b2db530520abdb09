/** What a player did, for their page: cells by the events of the history, and a picture of them. */

import type { HistoryEventsPage } from '../api/types';
import type { Cells } from '../canvas/cells';
import type { Palette } from '../canvas/palette';

type HistoryEvent = HistoryEventsPage['events'][number];

/** One thing that a player did to a cell. */
export interface WorkEvent {
  readonly version: number;
  /** Unix ms. */
  readonly at: number;
  readonly kind: 'placed' | 'took-back' | 'other';
  /** `null` for what sets no single cell. */
  readonly cell: { readonly x: number; readonly y: number; readonly color: number } | null;
  /** The version that was taken back. */
  readonly undone: number | null;
}

/** How bright a cell is that the player did not touch, of 1. */
const DIMMED = 0.22;

/** The colour of where a player worked once and has been painted over, and how it glows. */
const HOT = [255, 196, 0] as const;

/** Reads an event; what sets no single cell is told as `other`. */
export function workOf(event: HistoryEvent): WorkEvent {
  const { version } = event;
  const at = Date.parse(event.at);
  if (event.type === 'PlacementMade') {
    const { x, y, color } = event;
    return { version, at, kind: 'placed', undone: null, cell: { x, y, color } };
  }
  return event.type === 'PlacementUndone'
    ? { version, at, kind: 'took-back', cell: null, undone: event.placement }
    : { version, at, kind: 'other', cell: null, undone: null };
}

/**
 * A picture of the canvas, RGBA by rows: dimmed, with the cells of these events in the colours that
 * the player gave them, newest first in `events`; larger dots where a cell would be less than a
 * pixel, `dot` cells wide.
 */
export function pictureOfWork(
  cells: Pick<Cells, 'width' | 'height' | 'bytes'>,
  palette: Palette,
  events: readonly WorkEvent[],
  dot: number,
): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, bytes } = cells;
  const { rgba } = palette;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let index = 0; index < bytes.length; index += 1) {
    const from = (bytes[index] ?? 0) * 4;
    const grey = ((rgba[from] ?? 0) + (rgba[from + 1] ?? 0) + (rgba[from + 2] ?? 0)) / 3;
    pixels.fill(grey * DIMMED, index * 4, index * 4 + 3);
    pixels[index * 4 + 3] = rgba[from + 3] ?? 0;
  }
  const reach = Math.floor(Math.max(dot - 1, 0) / 2);
  const placed = events.flatMap(({ cell }) => cell ?? []);
  for (const { x, y } of placed) {
    for (let dy = -reach; dy <= reach; dy += 1) {
      for (let dx = -reach; dx <= reach; dx += 1) {
        paint(pixels, { width, height }, x + dx, y + dy, HOT);
      }
    }
  }
  // The newest colour of a cell is the one that is seen.
  for (const { x, y, color } of placed.toReversed()) {
    const at = color * 4;
    paint(pixels, { width, height }, x, y, [rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0]);
  }
  return pixels;
}

function paint(
  pixels: Uint8ClampedArray,
  { width, height }: { readonly width: number; readonly height: number },
  x: number,
  y: number,
  [red, green, blue]: readonly [number, number, number],
): void {
  if (x >= 0 && y >= 0 && x < width && y < height) {
    pixels.set([red, green, blue, 255], (y * width + x) * 4);
  }
}
