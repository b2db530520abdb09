/** What is laid over the canvas besides templates: its heat. */

import { defineStore } from 'pinia';
import { onScopeDispose, ref, watch } from 'vue';

import type { HeatFeed } from '../layers/heat-feed';
import { useGame } from './game';
import { useView } from './view';

/** Switches the heat on and off. */
export const useLayers = defineStore('layers', () => {
  const { game, state } = useGame();
  const view = useView();
  const isHeatShown = ref(false);
  let feed: HeatFeed | null = null;
  /** Rises with every change, so that what is loaded late is not shown after it. */
  let generation = 0;

  function stop(): void {
    generation += 1;
    feed?.stop();
    feed = null;
    view.manager?.setHeat(null);
  }

  async function start(): Promise<void> {
    stop();
    const own = generation;
    const { info, canvas } = state;
    const round = info?.round;
    if (canvas === null || info === null || round == null) {
      return;
    }
    const [{ HeatFeed: Feed }, { recentPlacements }] = await Promise.all([
      import('../layers/heat-feed'),
      import('../layers/recent-events'),
    ]);
    if (own === generation) {
      const { width, height } = canvas.cells;
      feed = new Feed({
        width,
        height,
        round,
        onChanges: (listener) => game.onChanges(listener),
        recent: () => recentPlacements(info.canvas, state.version ?? 0),
      }, (layer) => { view.manager?.setHeat(layer); });
    }
  }

  watch([isHeatShown, () => state.canvas?.cells, () => view.manager], ([isShown]) => {
    if (isShown) {
      void start();
    } else {
      stop();
    }
  });
  onScopeDispose(stop);

  /** Shows the heat, or the plain canvas again. */
  function toggleHeat(): void {
    isHeatShown.value = !isHeatShown.value;
  }

  return { isHeatShown, toggleHeat };
});
