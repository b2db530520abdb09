/** What is laid over the past canvas: its heat, its untouched cells, or what differs. */

import {
  computed, type ComputedRef, inject, type InjectionKey, onScopeDispose, provide, ref, type Ref,
  shallowRef, type ShallowRef, watch,
} from 'vue';

import type { Box } from '../canvas/viewport';
import { differenceOf, type KeptVersion } from '../history/difference';
import { heatAt } from '../history/heat-at';
import { type Progress, Survey } from '../history/survey';
import type { HistoryInterest } from './useHistoryInterest';
import type { HistoryView } from './useHistoryView';

/** Which layer is shown. */
export type HistoryLayer = 'none' | 'heat' | 'virgin' | 'difference';

/** The picture follows the moment this often. */
const SHOW_MS = 200;

/** A kept moment with its clock (Unix ms). */
export interface KeptMoment extends KeptVersion {
  readonly at: number;
}

/** The page's layer; one for the page and all its parts. */
export interface HistoryLayers {
  readonly layer: Ref<HistoryLayer>;
  /** Whether all that the heat is made of was read. */
  readonly isHeatWhole: Ref<boolean>;
  /** How far the round was read for its untouched cells; `null` when it is. */
  readonly reading: ShallowRef<Progress | null>;
  /** Untouched cells at the moment shown. */
  readonly virgins: Ref<number>;
  /** The moment kept as A. */
  readonly kept: ShallowRef<KeptMoment | null>;
  /** What differs between A and the moment shown. */
  readonly difference: ShallowRef<{ count: number; box: Box | null } | null>;
  /** Where `flip` goes back to, while A is shown. */
  readonly other: ComputedRef<number | null>;
  toggle(wanted: HistoryLayer): void;
  /** Keeps the moment shown as A. */
  keep(): void;
  /** To A, and back to where it was called. */
  flip(): void;
}

const KEY: InjectionKey<HistoryLayers> = Symbol('history layers');

/** The layers of the page that this part belongs to. */
export function useHistoryLayers(): HistoryLayers {
  const found = inject(KEY);
  if (found === undefined) {
    throw new Error('only parts of the history page have its layers');
  }
  return found;
}

/** Makes the layers for a page and its parts. */
export function provideHistoryLayers(view: HistoryView, interest: HistoryInterest): HistoryLayers {
  const layer = ref<HistoryLayer>('none');
  const isHeatWhole = ref(true);
  const reading = shallowRef<Progress | null>(null);
  const virgins = ref(0);
  const kept = shallowRef<KeptMoment | null>(null);
  const difference = shallowRef<{ count: number; box: Box | null } | null>(null);
  const flippedFrom = ref<number | null>(null);
  const other = computed(() => (
    view.version.value === kept.value?.version ? flippedFrom.value : null
  ));
  let survey: Survey | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;

  function showSoon(): void {
    timer ??= setTimeout(() => {
      timer = null;
      show();
    }, SHOW_MS);
  }

  function show(): void {
    const history = view.history.value;
    const canvas = view.canvas.value;
    const manager = view.manager.value;
    if (history === null || canvas === null || manager === null) {
      return;
    }
    const { shape, cells } = canvas;
    const version = view.version.value;
    switch (layer.value) {
      case 'none':
        manager.setHeat(null);
        break;
      case 'heat': {
        const heat = heatAt(history, version, shape);
        isHeatWhole.value = heat.isWhole;
        manager.setHeat(heat.layer);
        if (!heat.isWhole) {
          showSoon();
        }
        break;
      }
      case 'virgin': {
        const found = survey?.virginsAt(version, cells.bytes, shape);
        virgins.value = found?.count ?? 0;
        manager.setHeat(found?.layer ?? null);
        break;
      }
      case 'difference':
        compare({ version, shape, cells: cells.bytes });
        break;
    }
  }

  function compare(shown: KeptVersion): void {
    const found = kept.value === null
      ? null
      : differenceOf(shown, kept.value, interest.region.value);
    difference.value = found;
    view.manager.value?.setHeat(found?.layer ?? null);
  }

  async function readRound(): Promise<void> {
    survey?.stop();
    survey = null;
    reading.value = null;
    const history = view.history.value;
    const round = view.round.value;
    if (history === null || round === null || layer.value !== 'virgin') {
      return;
    }
    const own = new Survey(history, round, { region: null, player: null }, true);
    survey = own;
    try {
      await own.run((progress) => {
        if (survey === own) {
          reading.value = progress.done === progress.of ? null : progress;
          showSoon();
        }
      });
    } catch {
      // An incomplete answer would show placed cells as untouched.
      layer.value = survey === own ? 'none' : layer.value;
    }
  }

  function toggle(wanted: HistoryLayer): void {
    layer.value = layer.value === wanted ? 'none' : wanted;
  }

  function keep(): void {
    const canvas = view.canvas.value;
    if (canvas !== null) {
      flippedFrom.value = null;
      kept.value = {
        version: view.version.value,
        at: view.clock.value,
        shape: canvas.shape,
        cells: canvas.cells.bytes.slice(),
      };
    }
  }

  function flip(): void {
    const a = kept.value;
    if (a === null) {
      return;
    }
    const back = other.value;
    if (back !== null) {
      view.seek(back);
    } else {
      flippedFrom.value = view.version.value;
      view.seek(a.version);
    }
  }

  watch([layer, () => view.round.value?.round], () => { void readRound(); });
  watch([layer, view.manager], show);
  watch([view.version, view.canvas, kept, interest.region], () => {
    if (layer.value !== 'none') {
      showSoon();
    }
  });
  onScopeDispose(() => {
    survey?.stop();
    clearTimeout(timer ?? undefined);
  });

  const made: HistoryLayers = {
    layer, isHeatWhole, reading, virgins, kept, difference, other, toggle, keep, flip,
  };
  provide(KEY, made);
  return made;
}
