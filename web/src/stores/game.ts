/** The game of this page, for every component. */

import { defineStore } from 'pinia';
import { computed, markRaw, onScopeDispose, shallowReactive } from 'vue';

import { archivedCanvas } from '../archive';
import { initialAccountState } from '../game/account-state';
import { Game } from '../game/game';
import { connectionOf, initialState } from '../game/state';

/**
 * One player at one canvas. `state` and `account` are reactive one level deep and are written by
 * the game alone; the cells in them are not reactive, `onCellsChanged` tells of those.
 */
export const useGame = defineStore('game', () => {
  const state = shallowReactive(initialState());
  const account = shallowReactive(initialAccountState());
  const listeners = new Set<() => void>();
  const game = markRaw(new Game(state, account, () => {
    listeners.forEach((listener) => { listener(); });
  }));
  onScopeDispose(() => { game.dispose(); });
  if (archivedCanvas === null) {
    void game.begin();
  }

  /** Calls `listener` whenever cells of the shown canvas changed; the answer stops that. */
  function onCellsChanged(listener: () => void): () => void {
    listeners.add(listener);
    return () => { listeners.delete(listener); };
  }

  return { state, account, game, connection: computed(() => connectionOf(state)), onCellsChanged };
});
