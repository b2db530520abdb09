/** The canvas view: its manager, and the cells that the reader points at. */

import { defineStore } from 'pinia';
import { computed, nextTick, shallowRef, watch } from 'vue';

import type { CanvasManager } from '../canvas/manager';
import type { Point } from '../canvas/viewport';
import { useGame } from './game';

/** Where the camera is: the middle in cells, CSS pixels per cell, the clockwise turn in radians. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly angle: number;
}

/** What is pointed at and looked at on the canvas; `CanvasHost` mounts the manager. */
export const useView = defineStore('view', () => {
  const { state } = useGame();
  /** `null` until the canvas is mounted. */
  const manager = shallowRef<CanvasManager | null>(null);
  const hovered = shallowRef<Point | null>(null);
  const lastHovered = shallowRef<Point | null>(null);
  const selected = shallowRef<Point | null>(null);
  /** `null` until the first look; changes with every frame of a movement. */
  const camera = shallowRef<Camera | null>(null);
  /** The ringed cell, with the ghost in it. */
  const cursor = computed(() => hovered.value ?? selected.value);
  /** The cell to tell about; it stays when the mouse leaves the canvas to press a button. */
  const told = computed(() => cursor.value ?? lastHovered.value);

  // A new round may be smaller than the one before.
  watch(() => state.canvas, (canvas) => {
    const cell = selected.value;
    if (cell !== null && canvas?.cells.contains(cell.x, cell.y) === false) {
      selected.value = null;
    }
  });

  function hover(cell: Point | null): void {
    hovered.value = cell;
    lastHovered.value = cell ?? lastHovered.value;
  }

  function select(cell: Point | null): void {
    selected.value = cell;
  }

  /** Moves the selected cell, from the middle of the view if there is none yet. */
  function moveSelected(dx: number, dy: number): Point | null {
    const cells = state.canvas?.cells;
    if (manager.value === null || cells === undefined) {
      return null;
    }
    const from = selected.value;
    const at = from === null ? manager.value.middleCell() : { x: from.x + dx, y: from.y + dy };
    const cell = {
      x: Math.min(Math.max(at.x, 0), cells.width - 1),
      y: Math.min(Math.max(at.y, 0), cells.height - 1),
    };
    // The mouse may still rest on another cell; the keys have the word now.
    hovered.value = null;
    selected.value = cell;
    manager.value.reveal(cell);
    return cell;
  }

  /** Brings a cell out from under the controls, once these have their new size. */
  async function revealAfterLayout(cell: Point): Promise<void> {
    await nextTick();
    manager.value?.reveal(cell);
  }

  return {
    manager, hovered, selected, camera, cursor, told, hover, select, moveSelected,
    revealAfterLayout,
  };
});
