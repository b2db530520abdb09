/** Choosing a colour and a cell, and placing the one on the other, by mouse, finger or key. */

import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';

import type { PointerKind } from '../canvas/gestures/tap';
import type { Point } from '../canvas/viewport';
import { t } from '../locales';
import { useGame } from './game';
import { useSettings } from './settings';
import { useView } from './view';

/** Turns taps and keys into placements. */
export const usePlacing = defineStore('placing', () => {
  const { game, state, account } = useGame();
  const view = useView();
  const settings = useSettings();
  const chosenColor = ref<number | null>(null);
  const isSigningIn = ref(false);
  /** Whether the last tap chose the cell first, to be placed by a button. */
  const confirms = ref(false);
  const mayPlace = computed(
    () => state.status === 'playing' && state.info?.open === true && !state.info.locked,
  );
  /** The cell to be confirmed by the button. */
  const target = computed(() =>
    confirms.value && mayPlace.value && chosenColor.value !== null ? view.selected : null,
  );
  /** The colour shown in the cursor's cell before it is placed. */
  const ghostColor = computed(() => (mayPlace.value ? chosenColor.value : null));

  watch(
    () => state.canvas?.palette.colors.length ?? 0,
    (count) => {
      if (chosenColor.value !== null && chosenColor.value >= count) {
        chosenColor.value = null;
      }
    },
  );

  /** Chooses a colour of the palette; one that does not exist is ignored. */
  function chooseColor(index: number | null): void {
    if (index === null || index < (state.canvas?.palette.colors.length ?? 0)) {
      chosenColor.value = index;
    }
  }

  /** Takes a seat, or asks who wants one. */
  function play(): void {
    if (account.login === 'signed-in') {
      game.play();
    } else if (account.login === 'guest') {
      isSigningIn.value = true;
    }
  }

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

  /** Places on the cell that was chosen before. */
  function placeTarget(): void {
    placeAt(target.value);
    view.select(null);
  }

  /** Places on the cursor's cell; without one the cursor appears in the middle of the view. */
  function placeAtCursor(): void {
    placeAt(view.cursor ?? view.moveSelected(0, 0));
  }

  /** A cell was tapped or clicked. */
  function tap(cell: Point, pointer: PointerKind): void {
    const { confirmsTouch, confirmsMouse } = settings.values;
    confirms.value = pointer === 'touch' ? confirmsTouch : confirmsMouse;
    if (confirms.value) {
      view.select(cell);
      void view.revealAfterLayout(cell);
    } else if (chosenColor.value === null || !mayPlace.value) {
      view.select(cell);
    }
    if (state.status === 'guest') {
      play();
    } else if (!confirms.value || chosenColor.value === null) {
      placeAt(cell);
    }
  }

  /** Lets the cell go, or without one the colour. */
  function letGo(): void {
    if (view.selected !== null) {
      view.select(null);
    } else {
      chosenColor.value = null;
    }
  }

  return {
    chosenColor, mayPlace, target, ghostColor, isSigningIn, chooseColor, play, placeTarget,
    placeAtCursor, tap, letGo,
  };
});
