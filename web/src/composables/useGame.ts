/** The game as the components see it: reactive states and the acts of a player. */

import { computed, type ComputedRef, onScopeDispose, shallowReactive } from 'vue';

import { type AccountState, initialAccountState } from '../game/account-state';
import { Game } from '../game/game';
import { type Connection, connectionOf, type GameState, initialState } from '../game/state';

/** A game and what the page shows of it. */
export interface PlayedGame {
  readonly game: Game;
  readonly state: GameState;
  readonly account: AccountState;
  readonly connection: ComputedRef<Connection>;
}

/** Starts a game for the lifetime of the calling component; cells are drawn, not reactive. */
export function useGame(cellsChanged: () => void): PlayedGame {
  const state = shallowReactive(initialState());
  const account = shallowReactive(initialAccountState());
  const game = new Game(state, account, cellsChanged);
  onScopeDispose(() => { game.dispose(); });
  void game.begin();
  return { game, state, account, connection: computed(() => connectionOf(state)) };
}
