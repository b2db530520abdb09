/** Looking back: the canvas as it was at a version, while the live one goes on underneath. */

import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import { fetchPicture } from '../api/cells';
import { ApiError } from '../api/http';
import { Cells } from '../canvas/cells';
import { parsePalette } from '../canvas/palette';
import type { ShownCanvas } from '../game/state';
import { useGame } from './game';

/** How far a look back has come. */
export type PastState = 'now' | 'loading' | 'shown' | 'ahead' | 'unknown' | 'failed';

/** The version that is looked at instead of now. */
export const usePast = defineStore('past', () => {
  const { state } = useGame();
  /** The version that was asked for; `null` for now. */
  const version = ref<number | null>(null);
  const progress = ref<PastState>('now');
  const canvas = shallowRef<ShownCanvas | null>(null);
  /** Whether another canvas than the live one is shown, or about to be. */
  const isOn = computed(() => version.value !== null);

  async function load(wanted: number): Promise<void> {
    const slug = state.info?.canvas;
    if (slug === undefined) {
      return;
    }
    progress.value = 'loading';
    let outcome: PastState = 'shown';
    let found: ShownCanvas | null = null;
    try {
      const [bytes, { decodePicture }] = await Promise.all([
        fetchPicture(slug, wanted),
        import('../past/picture'),
      ]);
      const { width, height, cells, colors } = await decodePicture(bytes);
      found = { cells: new Cells(width, height, cells), palette: parsePalette(colors) };
    } catch (error) {
      // A version after the newest known one has not happened, whatever else is said of it.
      outcome = wanted > (state.version ?? Infinity) ? 'ahead' : stateOf(error);
    }
    if (version.value === wanted) {
      canvas.value = found;
      progress.value = outcome;
    }
  }

  /** Shows a version, or the live canvas again. */
  function look(wanted: number | null): void {
    if (wanted !== null && wanted === version.value) {
      again();
      return;
    }
    version.value = wanted;
    canvas.value = null;
    progress.value = 'now';
  }

  /** The version that is looked at was asked for once more: only a failed look is repeated. */
  function again(): void {
    if (progress.value !== 'shown' && progress.value !== 'loading') {
      retry();
    }
  }

  /** Tries again after a failure. */
  function retry(): void {
    if (version.value !== null) {
      void load(version.value);
    }
  }

  // The address may name a version before it is known which canvas this is.
  watch([version, () => state.info?.canvas] as const, ([wanted]) => {
    if (wanted !== null && progress.value === 'now') {
      void load(wanted);
    }
  });

  return { version, progress, canvas, isOn, look, retry };
});

function stateOf(error: unknown): PastState {
  if (!(error instanceof ApiError)) {
    return 'failed';
  }
  if (error.code === 'version_ahead') {
    return 'ahead';
  }
  return error.status < 500 ? 'unknown' : 'failed';
}
