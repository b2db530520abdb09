/** What the page shows of the game, in one place. */

import type { CanvasInfo } from '../api/types';
import type { Cells } from '../canvas/cells';
import type { Palette } from '../canvas/palette';
import type { FeedState } from '../live/feed';
import type { OnlineCounts, PlayerStatus } from '../live/frames';
import type { Charges } from '../placements/cooldown';
import type { Undoable } from '../placements/placer';

/** How the page is connected, in the reader's terms. */
export type Connection =
  | 'loading'
  | 'watching'
  | 'connecting'
  | 'live'
  | 'catching-up'
  | 'reconnecting'
  | 'offline';

/** One line read out and shown for a few seconds; `spoken` ones are seen on the canvas anyway. */
export interface Message {
  readonly tone: 'spoken' | 'info' | 'good' | 'warning';
  readonly text: string;
}

/** What the canvas shows at the moment; replaced as a whole when it is another canvas. */
export interface ShownCanvas {
  readonly cells: Cells;
  readonly palette: Palette;
}

/** Why nobody plays on this page, although somebody could. */
export type Pause =
  /** No action for too long. */
  | { readonly kind: 'afk' }
  /** The game was taken over by another tab or device. */
  | { readonly kind: 'taken-over' }
  /** The page was opened while the player plays in another tab or on another device. */
  | { readonly kind: 'elsewhere' }
  /** `text` is the server's sentence about it, or empty. */
  | { readonly kind: 'banned'; readonly text: string }
  | { readonly kind: 'crowded' }
  | { readonly kind: 'closed' };

/** Everything the components read. Only the game writes it, except for a closed message. */
export interface GameState {
  /** What the canvas is called in addresses, or `null` before it is known. */
  slug: string | null;
  /** The canvas's rules, or `null` before they are known. */
  info: CanvasInfo | null;
  canvas: ShownCanvas | null;
  version: number | null;
  feed: FeedState;
  /** Whether a live connection was lost and has not come back yet. */
  isLost: boolean;
  /** When a lost connection is tried again (local Unix ms); `null` when no try is waited for. */
  retryAt: number | null;
  /** Whether the shown state is known to be old. */
  isBehind: boolean;
  /** Whether the server answered when it was last asked. */
  isReached: boolean;
  status: PlayerStatus | 'guest';
  /** Place in the queue from 1; 0 outside of it. */
  queuePosition: number;
  /** When the seat ends unless something is done (local Unix ms); `null` without a seat. */
  seatUntil: number | null;
  pause: Pause | null;
  online: OnlineCounts | null;
  charges: Charges;
  undoable: Undoable | null;
  message: Message | null;
}

/** The state of a page that has just been opened. */
export function initialState(): GameState {
  return {
    slug: null,
    info: null,
    canvas: null,
    version: null,
    feed: 'stopped',
    isLost: false,
    retryAt: null,
    isBehind: true,
    isReached: true,
    status: 'guest',
    queuePosition: 0,
    seatUntil: null,
    pause: null,
    online: null,
    charges: { available: 1, nextAt: null },
    undoable: null,
    message: null,
  };
}

/** The connection as the reader is told of it. */
export function connectionOf(state: GameState): Connection {
  switch (state.feed) {
    case 'connecting':
      return 'connecting';
    case 'waiting':
      return navigator.onLine ? 'reconnecting' : 'offline';
    case 'live':
      return state.isBehind ? 'catching-up' : 'live';
    case 'stopped':
      if (!state.isReached) {
        return 'offline';
      }
      return state.canvas === null && state.info === null ? 'loading' : 'watching';
  }
}
