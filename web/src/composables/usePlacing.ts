/** Choosing a colour and a cell, and placing the one on the other, by mouse, finger or key. */

import { computed, ref, watch } from 'vue';

import type { KeyCommand } from '../canvas/gestures/keyboard';
import type { PointerKind } from '../canvas/gestures/tap';
import type { Point } from '../canvas/viewport';
import { t } from '../locales';
import type { CanvasView } from './useCanvasView';
import type { PlayedGame } from './useGame';

/** What placing needs besides the game. */
export interface PlacingOptions {
  /** The canvas view; asked for late, since the view in turn reports to placing. */
  readonly view: () => CanvasView;
  /** Somebody who does not play yet touched the canvas. */
  readonly onGuestTap: () => void;
}

/** The placing of a page. */
export type Placing = ReturnType<typeof usePlacing>;

/** Turns taps and keys into placements. */
export function usePlacing({ game, state }: PlayedGame, { view, onGuestTap }: PlacingOptions) {
  const chosenColor = ref<number | null>(null);
  /** Whether the last tap was by finger, which chooses the cell first and places by a button. */
  const usesTouch = ref(false);
  const mayPlace = computed(
    () => state.status === 'playing' && state.info?.open === true && !state.info.locked,
  );
  /** The cell to be confirmed by the button. */
  const target = computed(() =>
    usesTouch.value && mayPlace.value && chosenColor.value !== null ? view().selected.value : null,
  );

  watch(
    () => state.canvas?.palette.colors.length ?? 0,
    (count) => {
      if (chosenColor.value !== null && chosenColor.value >= count) {
        chosenColor.value = null;
      }
    },
  );

  function placeAt(cell: Point | null): void {
    if (cell === null || !mayPlace.value) {
      return;
    }
    if (chosenColor.value === null) {
      game.say('info', t('palette.hint-color'));
    } else {
      void game.place(cell, chosenColor.value);
    }
  }

  function placeTarget(): void {
    placeAt(target.value);
    view().select(null);
  }

  function onTap(cell: Point, pointer: PointerKind): void {
    usesTouch.value = pointer === 'touch';
    if (usesTouch.value) {
      view().select(cell);
      void view().revealAfterLayout(cell);
    } else if (chosenColor.value === null || !mayPlace.value) {
      view().select(cell);
    }
    if (state.status === 'guest') {
      onGuestTap();
    } else if (!usesTouch.value || chosenColor.value === null) {
      placeAt(cell);
    }
  }

  function onKey(command: KeyCommand): void {
    switch (command.kind) {
      case 'move':
        view().moveSelected(command.dx, command.dy);
        break;
      case 'color':
        if (command.index < (state.canvas?.palette.colors.length ?? 0)) {
          chosenColor.value = command.index;
        }
        break;
      case 'place':
        placeAt(view().cursor.value ?? view().moveSelected(0, 0));
        break;
      case 'deselect':
        letGo();
        break;
      case 'zoom':
      case 'fit':
        break;
    }
  }

  /** Lets the cell go, or without one the colour. */
  function letGo(): void {
    if (view().selected.value !== null) {
      view().select(null);
    } else {
      chosenColor.value = null;
    }
  }

  return { chosenColor, mayPlace, target, placeTarget, onTap, onKey };
}
