/** The game as the components see it: one reactive state and the acts of a player. */

import { computed, onScopeDispose, shallowReactive } from 'vue';

import { CanvasApi, firstCanvas } from '../api/client';
import { ApiError } from '../api/http';
import type { CanvasInfo } from '../api/types';
import { Cells } from '../canvas/cells';
import { type Palette, parsePalette } from '../canvas/palette';
import type { Point } from '../canvas/viewport';
import { retryDelay } from '../live/backoff';
import { Feed, type FeedEnd, type FeedState } from '../live/feed';
import { CanvasFollower, type CanvasSink } from '../live/follower';
import type { OnlineCounts, PlayerStatus } from '../live/frames';
import { SnapshotPoller } from '../live/poller';
import { errorText, formatCountdown, t } from '../locales';
import type { Charges } from '../placements/cooldown';
import { Placer, type Refusal, type Undoable } from '../placements/placer';

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
  readonly tone: 'spoken' | 'info' | 'warning';
  readonly text: string;
}

/** What the canvas shows at the moment. */
export interface ShownCanvas {
  readonly cells: Cells;
  readonly palette: Palette;
}

interface GameState {
  info: CanvasInfo | null;
  canvas: ShownCanvas | null;
  version: number | null;
  feed: FeedState;
  isBehind: boolean;
  isReached: boolean;
  status: PlayerStatus | 'guest';
  queuePosition: number;
  online: OnlineCounts | null;
  charges: Charges;
  undoable: Undoable | null;
  message: Message | null;
}

/** Options of the game. */
export interface GameOptions {
  /** Cells of the shown canvas changed and want drawing. */
  readonly onCellsChanged: () => void;
}

/** A game for the lifetime of the calling component. */
export type Game = ReturnType<typeof useGame>;

/** Starts following the server's canvas as a guest. */
export function useGame({ onCellsChanged }: GameOptions) {
  const state = shallowReactive<GameState>({
    info: null,
    canvas: null,
    version: null,
    feed: 'stopped',
    isBehind: true,
    isReached: true,
    status: 'guest',
    queuePosition: 0,
    online: null,
    charges: { available: 1, nextAt: null },
    undoable: null,
    message: null,
  });
  let parts: Parts | null = null;
  let isDisposed = false;

  function say(tone: Message['tone'], text: string): void {
    state.message = { tone, text };
  }

  function complain(refusal: Refusal): void {
    const time = formatCountdown(refusal.retryAfterMs ?? 0);
    say('warning', errorText(refusal, { time }));
  }

  async function begin(): Promise<void> {
    for (let attempt = 0; parts === null && !isDisposed; attempt += 1) {
      try {
        parts = assemble(await firstCanvas());
        parts.follower.reload();
        parts.poller.start();
      } catch {
        state.isReached = false;
        const wait = retryDelay(attempt, Math.random());
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  function assemble(slug: string): Parts {
    const api = new CanvasApi(slug, localStorage);
    const placer = new Placer(api, {
      pendingChanged: onCellsChanged,
      charges: (charges) => { state.charges = charges; },
      undoable: (undoable) => { state.undoable = undoable; },
      acknowledged: (version) => { follower.expect(version); },
    });
    const follower = new CanvasFollower(api, sinkInto(state, placer, onCellsChanged));
    const feed = new Feed(follower, {
      play: () => api.play(),
      events: {
        state: (next) => { state.feed = next; },
        status: (status, position) => {
          state.status = status;
          state.queuePosition = position;
        },
        online: (counts) => { state.online = counts; },
        notice: (_kind, text) => { say('info', text); },
        ended: (end) => { feedEnded(end); },
      },
    });
    const poller = new SnapshotPoller(
      follower,
      (knownUrl) => api.latestSnapshot(knownUrl),
      (isReached) => { state.isReached = isReached; },
    );
    return { api, placer, follower, feed, poller };
  }

  function feedEnded(end: FeedEnd): void {
    state.status = 'afk';
    parts?.poller.start();
    switch (end.kind) {
      case 'afk':
        say('info', t('play.afk'));
        break;
      case 'closed':
        say('warning', t('play.elsewhere'));
        break;
      case 'refused':
        say('warning', errorText(end.error));
        break;
    }
  }

  /** Signs in by name if needed and takes a seat; resolves to whether that was possible. */
  async function play(name: string): Promise<boolean> {
    if (parts === null) {
      return false;
    }
    const { api, feed, poller } = parts;
    try {
      if (api.session.player === null) {
        await api.session.signIn(name);
      }
    } catch (error) {
      const refusal = error instanceof ApiError ? error : { code: 'unreachable', message: '' };
      say('warning', errorText(refusal));
      return false;
    }
    state.message = null;
    poller.stop();
    feed.start();
    return true;
  }

  async function place({ x, y }: Point, color: number): Promise<void> {
    if (parts === null || state.canvas === null) {
      return;
    }
    const refusal = await parts.placer.place(state.canvas.cells, x, y, color);
    if (refusal === null) {
      say('spoken', t('place.done', { x, y }));
    } else {
      complain(refusal);
      if (refusal.code === 'not_playing') {
        parts.feed.reconnect();
      }
    }
  }

  async function undo(): Promise<void> {
    const refusal = (await parts?.placer.undo()) ?? null;
    if (refusal === null) {
      say('spoken', t('place.undone'));
    } else {
      complain(refusal);
    }
  }

  const hurry = (): void => { parts?.feed.hurry(); };
  const lost = (): void => { parts?.feed.reconnect(); };
  window.addEventListener('online', hurry);
  window.addEventListener('offline', lost);
  onScopeDispose(() => {
    isDisposed = true;
    window.removeEventListener('online', hurry);
    window.removeEventListener('offline', lost);
    parts?.feed.stop();
    parts?.poller.stop();
    parts?.follower.stop();
  });
  void begin();

  return {
    state,
    connection: computed(() => connectionOf(state)),
    rememberedName: () => parts?.api.session.rememberedName ?? '',
    isSignedIn: () => parts?.api.session.player != null,
    say,
    play,
    place,
    undo,
  };
}

interface Parts {
  readonly api: CanvasApi;
  readonly placer: Placer;
  readonly follower: CanvasFollower;
  readonly feed: Feed;
  readonly poller: SnapshotPoller;
}

function sinkInto(state: GameState, placer: Placer, onCellsChanged: () => void): CanvasSink {
  const takeInfo = (info: CanvasInfo): void => {
    state.info = info;
    state.online = info.online ?? state.online;
    placer.setRule(info.cooldown);
  };
  return {
    info: takeInfo,
    base: (snapshot, info) => {
      const { canvas } = state;
      const palette = parsePalette(info.palette);
      const continues =
        state.info?.round === info.round &&
        canvas?.cells.width === snapshot.width &&
        canvas.cells.height === snapshot.height;
      const cells =
        continues ? canvas.cells : new Cells(snapshot.width, snapshot.height, snapshot.cells);
      if (continues) {
        cells.replace(snapshot.cells);
      }
      takeInfo(info);
      state.canvas = { cells, palette };
    },
    changes: ({ indexes, colors }) => { state.canvas?.cells.apply(indexes, colors); },
    version: (version) => {
      state.version = version;
      placer.reached(version);
      onCellsChanged();
    },
    behind: (isBehind) => { state.isBehind = isBehind; },
    reached: (isReached) => { state.isReached = isReached; },
  };
}

function connectionOf(state: GameState): Connection {
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
