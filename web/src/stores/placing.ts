/** Choosing a colour and a cell, and placing the one on the other, by mouse, finger or key. */

import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import type { PointerKind } from '../canvas/gestures/tap';
import { NOT_OPEN } from '../canvas/palette';
import type { Point } from '../canvas/viewport';
import { t } from '../locales';
import { keptInTab } from '../storage/kept-text';
import { useGame } from './game';
import { readWish, writeWish } from './placing-wish';
import { usePast } from './past';
import { useSettings } from './settings';
import { useSigns } from './signs';
import { useView } from './view';

/** Turns taps and keys into placements. */
export const usePlacing = defineStore('placing', () => {
  const { game, state, account } = useGame();
  const view = useView();
  const past = usePast();
  const settings = useSettings();
  const signs = useSigns();
  const kept = keptInTab('pixelwars.wish');
  const wish = readWish(kept.get());
  const chosenColor = ref<number | null>(wish.color);
  const isSigningIn = ref(false);
  /** Whether the next tap takes a cell's colour instead of placing. */
  const isPicking = ref(false);
  /** Whether the canvas is held against placing and moving by accident. */
  const isHeld = ref(false);
  /** Whether the chosen cell waits for a button to place on it. */
  const confirms = ref(wish.cell !== null);
  /** The cell whose placement was refused last; another object for every refusal. */
  const refused = shallowRef<Point | null>(null);
  /** Why a player with a seat cannot place at the moment; empty when they can. */
  const obstacle = computed(() => {
    if (state.info?.open === false) {
      return t('play.closed');
    }
    if (state.info?.locked === true) {
      return t('play.locked');
    }
    if (past.isOn) {
      return t('play.past');
    }
    if (state.isLost) {
      return t('play.lost');
    }
    return isHeld.value ? t('play.held') : '';
  });
  const mayPlace = computed(() => state.status === 'playing' && obstacle.value === '');
  /** The cell to be confirmed by the button. */
  const target = computed(() =>
    confirms.value && mayPlace.value && chosenColor.value !== null ? view.selected : null,
  );
  /** The colour shown in the cursor's cell before it is placed. */
  const ghostColor = computed(() => (mayPlace.value ? chosenColor.value : null));
  const colorCount = computed(() => state.canvas?.palette.colors.length ?? 0);

  if (wish.cell !== null) {
    view.select(wish.cell);
  }

  watch(colorCount, (count, before) => {
    // Before the first canvas there is nothing to compare with.
    if (before > 0 && chosenColor.value !== null && chosenColor.value >= count) {
      chosenColor.value = null;
    }
  });
  // What was chosen before signing in is still chosen after it, also on the way back from afar.
  watch([() => view.selected, chosenColor, () => state.status], ([cell, color, status]) => {
    kept.set(status === 'playing' ? null : writeWish({ cell, color }));
  });

  /** Chooses a colour of the palette; one that does not exist is ignored. */
  function chooseColor(index: number | null): void {
    if (index === null || index < colorCount.value) {
      chosenColor.value = index;
      isPicking.value = false;
    }
  }

  /** Chooses the colour so many places further, around the ends. */
  function stepColor(step: number): void {
    const count = colorCount.value;
    if (count > 0) {
      const from = chosenColor.value ?? (step > 0 ? -1 : 0);
      chooseColor((from + step + count) % count);
    }
  }

  /** Chooses the colour that a cell of the live canvas has. */
  function pickColor(cell: Point | null): void {
    isPicking.value = false;
    const cells = state.canvas?.cells;
    if (cell !== null && cells?.contains(cell.x, cell.y) === true) {
      const color = cells.shownColor(cells.indexOf(cell.x, cell.y));
      if (color !== NOT_OPEN) {
        chooseColor(color);
      }
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

  async function placeAt(cell: Point | null): Promise<void> {
    if (cell === null || state.status !== 'playing') {
      return;
    }
    if (obstacle.value !== '') {
      game.say('info', obstacle.value);
    } else if (chosenColor.value === null) {
      // Once the colour is chosen, the button places it here.
      confirms.value = true;
      view.select(cell);
      game.say('info', t('palette.hint-color'));
    } else {
      const isPlaced = await game.place(cell, chosenColor.value);
      signs.give(isPlaced ? 'placed' : 'refused');
      refused.value = isPlaced ? refused.value : { ...cell };
    }
  }

  /** Places on the cell that was chosen before. */
  function placeTarget(): void {
    void placeAt(target.value);
    confirms.value = false;
    view.select(null);
  }

  /** Places on the cursor's cell; without one the cursor appears in the middle of the view. */
  function placeAtCursor(): void {
    void placeAt(view.cursor ?? view.moveSelected(0, 0));
  }

  /** A cell was tapped or clicked. */
  function tap(cell: Point, pointer: PointerKind): void {
    if (isPicking.value) {
      pickColor(cell);
      return;
    }
    const { confirmsTouch, confirmsMouse } = settings.values;
    const isFirst = pointer === 'mouse' ? confirmsMouse : confirmsTouch;
    // Who does not play yet chooses the cell for when they do.
    confirms.value = isFirst || state.status !== 'playing';
    if (confirms.value || !mayPlace.value) {
      view.select(cell);
      void view.revealAfterLayout(cell);
    } else {
      // The cell of an earlier key or tap has had its time.
      view.select(null);
    }
    if (state.status === 'playing' && (!confirms.value || chosenColor.value === null)) {
      void placeAt(cell);
    }
  }

  /** Takes the last placement back. */
  async function undo(): Promise<void> {
    if (state.undoable !== null) {
      signs.give((await game.undo()) ? 'placed' : 'refused');
    }
  }

  /** Lets go of what is held last: the picker, the cell, the colour. */
  function letGo(): void {
    if (isPicking.value) {
      isPicking.value = false;
    } else if (view.selected !== null) {
      view.select(null);
    } else {
      chosenColor.value = null;
    }
  }

  /** Whether a placement is under way, or its cell is chosen and waits for the button. */
  function isUnderWay(): boolean {
    return target.value !== null || (state.canvas?.cells.pendingCells.size ?? 0) > 0;
  }

  return {
    chosenColor, mayPlace, obstacle, target, ghostColor, isSigningIn, isPicking, isHeld, refused,
    chooseColor, stepColor, pickColor, play, placeTarget, placeAtCursor, tap, undo, letGo,
    isUnderWay,
  };
});
