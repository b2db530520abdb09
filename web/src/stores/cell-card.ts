/** The card that tells everything about one cell. */

import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

import type { Point } from '../canvas/viewport';
import { useView } from './view';

/** Which cell's card is open, if any. */
export const useCellCard = defineStore('cell-card', () => {
  const view = useView();
  const cell = shallowRef<Point | null>(null);

  /** Opens the card of a cell, and rings the cell. */
  function open(at: Point | null): void {
    cell.value = at;
    if (at !== null) {
      view.select(at);
      void view.revealAfterLayout(at);
    }
  }

  /** Closes the card; answers whether there was one. */
  function close(): boolean {
    const wasOpen = cell.value !== null;
    cell.value = null;
    return wasOpen;
  }

  return { cell, open, close };
});
