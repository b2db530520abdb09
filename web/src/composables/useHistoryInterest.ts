/** What of the history counts: a region, a cell, a player; and the steps from one to the next. */

import {
  computed, type ComputedRef, inject, type InjectionKey, onScopeDispose, provide, ref, type Ref,
  shallowRef, type ShallowRef, watch,
} from 'vue';

import type { Box, Point } from '../canvas/viewport';
import { momentFromHash } from '../history/address';
import { stepFrom } from '../history/search';
import { type CountedStretch, type Progress, Survey } from '../history/survey';
import { type Interest, isAll } from '../history/tally';
import { t } from '../locales';
import { useGame } from '../stores/game';
import type { HistoryView } from './useHistoryView';

/** A followed player: the pseudonym of the round, and the name if it is known. */
export interface FollowedPlayer {
  readonly round: number;
  readonly pseudonym: number;
  readonly name: string;
}

/** The page's interest; one for the page and all its parts. */
export interface HistoryInterest {
  readonly region: ShallowRef<Box | null>;
  readonly player: ShallowRef<FollowedPlayer | null>;
  readonly interest: ComputedRef<Interest>;
  readonly isNarrow: ComputedRef<boolean>;
  /** The cell that the region is, if it is a single one. */
  readonly cell: ComputedRef<Point | null>;
  /** Events that count, as far as the round was read; `null` while everything counts. */
  readonly counted: ShallowRef<readonly CountedStretch[] | null>;
  readonly reading: ShallowRef<Progress | null>;
  readonly isSearching: Ref<boolean>;
  /** To the next event that counts. */
  step(direction: 1 | -1): Promise<void>;
  clear(): void;
}

const KEY: InjectionKey<HistoryInterest> = Symbol('history interest');

/** The interest of the page that this part belongs to. */
export function useHistoryInterest(): HistoryInterest {
  const found = inject(KEY);
  if (found === undefined) {
    throw new Error('only parts of the history page have its interest');
  }
  return found;
}

/** Makes the interest for a page and its parts. */
export function provideHistoryInterest(view: HistoryView): HistoryInterest {
  const { game } = useGame();
  const region = shallowRef<Box | null>(momentFromHash(location.hash).region);
  const player = shallowRef<FollowedPlayer | null>(null);
  const counted = shallowRef<readonly CountedStretch[] | null>(null);
  const reading = shallowRef<Progress | null>(null);
  const isSearching = ref(false);
  let survey: Survey | null = null;
  /** The latest search; older ones are not waited for any more. */
  let lastSearch = 0;
  const interest = computed<Interest>(() => ({
    region: region.value,
    player: player.value?.pseudonym ?? null,
  }));
  const isNarrow = computed(() => !isAll(interest.value));
  const cell = computed(() => {
    const box = region.value;
    return box !== null && box.right - box.left === 1 && box.bottom - box.top === 1
      ? { x: box.left, y: box.top }
      : null;
  });

  async function step(direction: 1 | -1): Promise<void> {
    const history = view.history.value;
    if (history === null) {
      return;
    }
    view.pause();
    lastSearch += 1;
    const own = lastSearch;
    isSearching.value = isNarrow.value;
    try {
      const found = await stepFrom(
        history, view.version.value, direction, interest.value, () => own === lastSearch,
      );
      if (found !== null) {
        view.seek(found);
      } else if (own === lastSearch && isNarrow.value) {
        game.say('info', t('history.none-further'));
      }
    } catch {
      game.say('warning', t('history.part-failed'));
    }
    isSearching.value = isSearching.value && own !== lastSearch;
  }

  async function read(): Promise<void> {
    survey?.stop();
    survey = null;
    counted.value = null;
    reading.value = null;
    const { history, round } = view;
    if (history.value === null || round.value === null || !isNarrow.value) {
      return;
    }
    const own = new Survey(history.value, round.value, interest.value, false);
    survey = own;
    counted.value = [];
    try {
      await own.run((progress) => {
        if (survey === own) {
          counted.value = [...own.stretches];
          reading.value = progress.done === progress.of ? null : progress;
        }
      });
    } catch {
      // The counts so far stay; what is shown of the canvas does not depend on them.
      reading.value = survey === own ? null : reading.value;
    }
  }

  watch([interest, () => view.round.value?.round, view.history], () => { void read(); });
  watch(() => view.round.value?.round, (round) => {
    // A pseudonym is of one round.
    player.value = player.value?.round === round ? player.value : null;
  });
  watch([region, view.manager, view.canvas], ([box, manager]) => { manager?.setFocus(box); });
  onScopeDispose(() => { survey?.stop(); });

  const made: HistoryInterest = {
    region, player, interest, isNarrow, cell, counted, reading, isSearching, step,
    clear: () => {
      region.value = null;
      player.value = null;
    },
  };
  provide(KEY, made);
  return made;
}
