/** The game as the components see it: a reactive state and the acts of a player. */

import { computed, type ComputedRef, onScopeDispose, shallowReactive } from 'vue';

import { Game } from '../game/game';
import { type Connection, connectionOf, type GameState, initialState } from '../game/state';

/** A game and what the page shows of it. */
export interface PlayedGame {
  readonly game: Game;
  readonly state: GameState;
  readonly connection: ComputedRef<Connection>;
}

/** Starts a game for the lifetime of the calling component; cells are drawn, not reactive. */
export function useGame(cellsChanged: () => void): PlayedGame {
  const state = shallowReactive(initialState());
  const game = new Game(state, cellsChanged);
  onScopeDispose(() => { game.dispose(); });
  void game.begin();
  return { game, state, connection: computed(() => connectionOf(state)) };
}
