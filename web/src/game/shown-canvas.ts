/** Takes a whole new state of the canvas over. */

import type { CanvasInfo } from '../api/types';
import { Cells } from '../canvas/cells';
import { parsePalette } from '../canvas/palette';
import type { Snapshot } from '../live/snapshot';
import type { Changes } from './changes';
import type { GameState } from './state';

/** The cells of a round live on through new bases, and pending placements with them. */
export function showBase(
  state: GameState,
  snapshot: Snapshot,
  info: CanvasInfo,
  changes: Changes,
): void {
  const { canvas } = state;
  const palette = parsePalette(info.palette);
  const isSameShape =
    state.info?.round === info.round &&
    canvas?.cells.width === snapshot.width &&
    canvas.cells.height === snapshot.height;
  if (isSameShape) {
    const delta = changes.between(canvas.cells.bytes, snapshot.cells);
    canvas.cells.replace(snapshot.cells);
    state.canvas = { cells: canvas.cells, palette };
    changes.tell(delta);
  } else {
    state.canvas = { cells: new Cells(snapshot.width, snapshot.height, snapshot.cells), palette };
    changes.tell(null);
  }
}
