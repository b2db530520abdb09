/** What a player did, for their page: cells by the events of the history, and a picture of them. */

import type { HistoryEventsPage, Region } from '../api/types';
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

/** The least side of the part that is shown, in cells, and what it is of that of the work. */
const LEAST_PART = 64;
const AROUND = 2;

/** What makes single cells of a large canvas seen. */
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

/** The part of the canvas that holds the work, with what is around it; all of it if it is wide. */
export function partOfWork(
  { width, height }: Pick<Cells, 'width' | 'height'>,
  events: readonly WorkEvent[],
): Region {
  const placed = events.flatMap(({ cell }) => cell ?? []);
  const whole = { x: 0, y: 0, width, height };
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const { x, y } of placed) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = Math.max(bottom, y + 1);
  }
  const side = Math.max(Math.max(right - left, bottom - top) * AROUND, LEAST_PART);
  if (placed.length === 0 || side >= Math.max(width, height)) {
    return whole;
  }
  const along = (from: number, to: number, length: number): readonly [number, number] => {
    const wanted = Math.min(Math.round(side), length);
    const middle = Math.round((from + to - wanted) / 2);
    return [Math.min(Math.max(middle, 0), length - wanted), wanted];
  };
  const [x, partWidth] = along(left, right, width);
  const [y, partHeight] = along(top, bottom, height);
  return { x, y, width: partWidth, height: partHeight };
}

/**
 * A picture of a part of the canvas, RGBA by rows: dimmed, with the cells of these events in the
 * colours that the player gave them, newest first in `events`, in larger dots of `dot` cells where
 * a cell would be less than a pixel.
 */
export function pictureOfWork(
  { cells, palette }: {
    readonly cells: Pick<Cells, 'width' | 'height' | 'bytes'>;
    readonly palette: Palette;
  },
  part: Region,
  events: readonly WorkEvent[],
  dot: number,
): Uint8ClampedArray<ArrayBuffer> {
  const { rgba } = palette;
  const pixels = new Uint8ClampedArray(part.width * part.height * 4);
  for (let y = 0; y < part.height; y += 1) {
    for (let x = 0; x < part.width; x += 1) {
      const from = (cells.bytes[(part.y + y) * cells.width + part.x + x] ?? 0) * 4;
      const grey = ((rgba[from] ?? 0) + (rgba[from + 1] ?? 0) + (rgba[from + 2] ?? 0)) / 3;
      const at = (y * part.width + x) * 4;
      pixels.fill(grey * DIMMED, at, at + 3);
      pixels[at + 3] = rgba[from + 3] ?? 0;
    }
  }
  const paint = (x: number, y: number, color: readonly [number, number, number]): void => {
    const [column, row] = [x - part.x, y - part.y];
    if (column >= 0 && row >= 0 && column < part.width && row < part.height) {
      pixels.set([...color, 255], (row * part.width + column) * 4);
    }
  };
  const reach = Math.floor(Math.max(dot - 1, 0) / 2);
  const placed = events.flatMap(({ cell }) => cell ?? []);
  for (const { x, y } of placed) {
    for (let dy = -reach; dy <= reach; dy += 1) {
      for (let dx = -reach; dx <= reach; dx += 1) {
        paint(x + dx, y + dy, HOT);
      }
    }
  }
  // The newest colour of a cell is the one that is seen.
  for (const { x, y, color } of placed.toReversed()) {
    const at = color * 4;
    paint(x, y, [rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0]);
  }
  return pixels;
}
