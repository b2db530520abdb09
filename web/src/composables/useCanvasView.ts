/** The canvas on the page: its manager, the cursor cell, and the place in the address. */

import { computed, nextTick, onBeforeUnmount, onMounted, type Ref, shallowRef, watch } from 'vue';

import { CanvasManager } from '../canvas/manager';
import type { KeyCommand } from '../canvas/gestures/keyboard';
import type { PointerKind } from '../canvas/gestures/tap';
import type { Insets, Point } from '../canvas/viewport';
import type { ShownCanvas } from '../game/state';
import { hashOfPlace, placeFromHash } from './place-in-url';
import { useTheme } from './useTheme';

/** The address follows the camera this long after it came to rest. */
const HASH_DELAY_MS = 300;

/** What the page does about taps and keys. */
export interface CanvasViewOptions {
  readonly canvas: () => ShownCanvas | null;
  /** The colour to place, or `null` while none is chosen or the player may not place. */
  readonly ghostColor: () => number | null;
  /** CSS pixels along the edges that the page's controls cover. */
  readonly insets: () => Insets;
  readonly onTap: (cell: Point, pointer: PointerKind) => void;
  readonly onKey: (command: KeyCommand) => void;
}

/** The canvas view of the calling component. */
export type CanvasView = ReturnType<typeof useCanvasView>;

/** Mounts a canvas in `host` for the lifetime of the calling component. */
export function useCanvasView(host: Ref<HTMLElement | null>, options: CanvasViewOptions) {
  const theme = useTheme();
  const manager = shallowRef<CanvasManager | null>(null);
  const hovered = shallowRef<Point | null>(null);
  const selected = shallowRef<Point | null>(null);
  const lastHovered = shallowRef<Point | null>(null);
  /** The ringed cell, with the ghost in it. */
  const cursor = computed(() => hovered.value ?? selected.value);
  /** The cell to tell about; it stays when the mouse leaves the canvas to press a button. */
  const told = computed(() => cursor.value ?? lastHovered.value);
  let hashTimer: ReturnType<typeof setTimeout> | undefined;

  function moved(center: Point, scale: number): void {
    clearTimeout(hashTimer);
    hashTimer = setTimeout(() => {
      history.replaceState(history.state, '', hashOfPlace({ ...center, scale }));
    }, HASH_DELAY_MS);
  }

  function lookWhereTheAddressSays(): void {
    const place = placeFromHash(location.hash);
    if (place !== null) {
      manager.value?.lookAt(place);
    }
  }

  onMounted(() => {
    if (host.value === null) {
      return;
    }
    const reduced = window.matchMedia('(prefers-reduced-motion: reduce)');
    manager.value = new CanvasManager(host.value, {
      theme: theme.value,
      insets: options.insets,
      reducedMotion: () => reduced.matches,
      events: {
        hover: (cell) => {
          hovered.value = cell;
          lastHovered.value = cell ?? lastHovered.value;
        },
        tap: options.onTap,
        longPress: () => undefined,
        pickColor: () => undefined,
        key: options.onKey,
        moved,
      },
    });
    lookWhereTheAddressSays();
    window.addEventListener('hashchange', lookWhereTheAddressSays);
  });
  onBeforeUnmount(() => {
    window.removeEventListener('hashchange', lookWhereTheAddressSays);
    clearTimeout(hashTimer);
    manager.value?.dispose();
  });

  watch([manager, options.canvas], ([current, shown]) => {
    if (shown !== null) {
      current?.show(shown.cells, shown.palette);
    }
  });
  watch(theme, (next) => { manager.value?.setTheme(next); });
  watch([manager, cursor, options.ghostColor], ([current, cell, color]) => {
    current?.setCursor(cell, color);
  });

  /** Moves the selected cell, from the middle of the view if there is none yet. */
  function moveSelected(dx: number, dy: number): Point | null {
    const current = manager.value;
    const cells = options.canvas()?.cells;
    if (current === null || cells === undefined) {
      return null;
    }
    const from = selected.value;
    const at = from === null ? current.middleCell() : { x: from.x + dx, y: from.y + dy };
    const cell = {
      x: Math.min(Math.max(at.x, 0), cells.width - 1),
      y: Math.min(Math.max(at.y, 0), cells.height - 1),
    };
    // The mouse may still rest on another cell; the keys have the word now.
    hovered.value = null;
    selected.value = cell;
    current.reveal(cell);
    return cell;
  }

  return {
    manager,
    selected,
    cursor,
    told,
    select: (cell: Point | null) => { selected.value = cell; },
    /** Brings a cell out from under the controls, once these have their new size. */
    revealAfterLayout: async (cell: Point) => {
      await nextTick();
      manager.value?.reveal(cell);
    },
    moveSelected,
    cellsChanged: () => { manager.value?.cellsChanged(); },
  };
}
