/** Boxes drawn over the cells: the cursor with its ghost, the selection, what is pending. */

import type { Cells } from './cells';
import type { Palette } from './palette';
import { type Rgb, type Scene, scaleOf } from './scene';
import type { Box } from './viewport';

/** A box in cells (fractions too), filled and ringed in white and black. */
export interface Mark {
  readonly box: Box;
  readonly fill: Rgb;
  /** 0 for no filling, 1 for a solid one. */
  readonly fillOpacity: number;
  /** Width of the white ring in CSS pixels; a black one of three quarters of it is around. */
  readonly ringPx: number;
}

/** Widths of all rings together, as a multiple of `ringPx`. */
export const RINGS_SHARE = 1.75;

const CURSOR_RING_PX = 2;
const FOCUS_DIM: Rgb = [12, 14, 20];
const FOCUS_DIM_OPACITY = 0.62;
const FOCUS_RING_PX = 1;
const SELECTION_RING_PX = 1.5;
const SELECTION_FILL: Rgb = [64, 140, 255];
const SELECTION_OPACITY = 0.16;

/** Smallest cells, in CSS pixels, in whose corner a mark can be seen. */
const PENDING_FROM_ZOOM = 8;
const PENDING_RING_PX = 1;
const PENDING_FILL: Rgb = [255, 255, 255];
/** Where in its cell a pending mark lies, as shares of the side from the top left corner. */
const PENDING_LEFT = 0.66;
const PENDING_TOP = 0.12;
const PENDING_SIDE = 0.22;

/** The marks of a frame, the lowest first. */
export function marksOf(scene: Scene, cells: Cells, palette: Palette): Mark[] {
  const { cursor, ghostColor, selection, focus } = scene;
  const marks = scaleOf(scene) >= PENDING_FROM_ZOOM ? pendingMarks(cells) : [];
  if (focus !== null) {
    marks.push(...focusMarks(focus, cells));
  }
  if (selection !== null) {
    marks.push({
      box: selection,
      fill: SELECTION_FILL,
      fillOpacity: SELECTION_OPACITY,
      ringPx: SELECTION_RING_PX,
    });
  }
  if (cursor !== null) {
    marks.push({
      box: { left: cursor.x, top: cursor.y, right: cursor.x + 1, bottom: cursor.y + 1 },
      fill: colorOf(palette, ghostColor ?? 0),
      fillOpacity: ghostColor === null ? 0 : 1,
      ringPx: CURSOR_RING_PX,
    });
  }
  return marks;
}

/** Whether two lists of marks look the same. */
export function isSameMarks(a: readonly Mark[], b: readonly Mark[]): boolean {
  return a.length === b.length && JSON.stringify(a) === JSON.stringify(b);
}

/** The four boxes around the focus, and its edge. */
function focusMarks({ left, top, right, bottom }: Box, { width, height }: Cells): Mark[] {
  const around: Box[] = [
    { left: 0, top: 0, right: width, bottom: top },
    { left: 0, top: bottom, right: width, bottom: height },
    { left: 0, top, right: left, bottom },
    { left: right, top, right: width, bottom },
  ];
  const dims = around.filter((box) => box.left < box.right && box.top < box.bottom).map((box) => ({
    box, fill: FOCUS_DIM, fillOpacity: FOCUS_DIM_OPACITY, ringPx: 0,
  }));
  const edge = {
    box: { left, top, right, bottom }, fill: FOCUS_DIM, fillOpacity: 0, ringPx: FOCUS_RING_PX,
  };
  return [...dims, edge];
}

function pendingMarks(cells: Cells): Mark[] {
  return [...cells.pendingCells.keys()].map((index) => {
    const left = (index % cells.width) + PENDING_LEFT;
    const top = Math.floor(index / cells.width) + PENDING_TOP;
    return {
      box: { left, top, right: left + PENDING_SIDE, bottom: top + PENDING_SIDE },
      fill: PENDING_FILL,
      fillOpacity: 1,
      ringPx: PENDING_RING_PX,
    };
  });
}

function colorOf({ rgba }: Palette, index: number): Rgb {
  const at = index * 4;
  return [rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0];
}
