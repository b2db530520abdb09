/** One player at one canvas: puts the parts together and keeps the state that the page shows. */

import { CanvasApi, firstCanvas } from '../api/client';
import { ApiError } from '../api/http';
import type { CanvasInfo } from '../api/types';
import { Cells } from '../canvas/cells';
import { parsePalette } from '../canvas/palette';
import type { Point } from '../canvas/viewport';
import { retryDelay } from '../live/backoff';
import { Feed, type FeedEnd } from '../live/feed';
import { CanvasFollower, type CanvasSink } from '../live/follower';
import { SnapshotPoller } from '../live/poller';
import type { Snapshot } from '../live/snapshot';
import { errorText, formatCountdown, t } from '../locales';
import { Placer, type Refusal } from '../placements/placer';
import type { GameState, Message } from './state';

/** Exists once it is known which canvas the server has. */
interface Parts {
  readonly api: CanvasApi;
  readonly placer: Placer;
  readonly follower: CanvasFollower;
  readonly feed: Feed;
  readonly poller: SnapshotPoller;
}

/** Follows the server's canvas as a guest, and plays when asked to. */
export class Game {
  private readonly state: GameState;
  private readonly cellsChanged: () => void;
  private readonly stop = new AbortController();
  private parts: Parts | null = null;

  /** Writes into `state`; `cellsChanged` is called when cells of the shown canvas did. */
  constructor(state: GameState, cellsChanged: () => void) {
    this.state = state;
    this.cellsChanged = cellsChanged;
    const { signal } = this.stop;
    window.addEventListener('online', () => { this.parts?.feed.hurry(); }, { signal });
    window.addEventListener('offline', () => { this.parts?.feed.reconnect(); }, { signal });
  }

  /** The name used last on this device, or empty. */
  get rememberedName(): string {
    return this.parts?.api.session.rememberedName ?? '';
  }

  /** Whether a player is signed in on this page. */
  get isSignedIn(): boolean {
    return this.parts?.api.session.player != null;
  }

  /** Finds the server's canvas, however long that takes, and follows it. */
  async begin(): Promise<void> {
    for (let attempt = 0; this.parts === null && !this.stop.signal.aborted; attempt += 1) {
      try {
        this.parts = this.assemble(await firstCanvas());
        this.parts.follower.reload();
        this.parts.poller.start();
      } catch {
        this.state.isReached = false;
        const wait = retryDelay(attempt, Math.random());
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Leaves the canvas for good. */
  dispose(): void {
    this.stop.abort();
    this.parts?.feed.stop();
    this.parts?.poller.stop();
    this.parts?.follower.stop();
  }

  /** Shows a message. */
  say(tone: Message['tone'], text: string): void {
    this.state.message = { tone, text };
  }

  /** Signs in by name unless signed in, and takes a seat; resolves to whether that began. */
  async play(name: string): Promise<boolean> {
    if (this.parts === null) {
      return false;
    }
    const { api, feed, poller } = this.parts;
    try {
      if (api.session.player === null) {
        await api.session.signIn(name);
      }
    } catch (error) {
      const refusal = error instanceof ApiError ? error : { code: 'unavailable', message: '' };
      this.say('warning', errorText(refusal));
      return false;
    }
    this.state.message = null;
    poller.stop();
    feed.start();
    return true;
  }

  /** Places a colour on a cell. */
  async place({ x, y }: Point, color: number): Promise<void> {
    const { canvas } = this.state;
    if (this.parts === null || canvas === null) {
      return;
    }
    const refusal = await this.parts.placer.place(canvas.cells, x, y, color);
    if (refusal === null) {
      this.say('spoken', t('place.done', { x, y }));
      return;
    }
    this.complain(refusal);
    if (refusal.code === 'not_playing') {
      this.parts.feed.reconnect();
    }
  }

  /** Takes the last placement back. */
  async undo(): Promise<void> {
    if (this.parts === null) {
      return;
    }
    const refusal = await this.parts.placer.undo();
    if (refusal === null) {
      this.say('spoken', t('place.undone'));
    } else {
      this.complain(refusal);
    }
  }

  private complain(refusal: Refusal): void {
    const time = formatCountdown(refusal.retryAfterMs ?? 0);
    this.say('warning', errorText(refusal, { time }));
  }

  private assemble(slug: string): Parts {
    const { state } = this;
    const api = new CanvasApi(slug, localStorage);
    const placer = new Placer(api, {
      pendingChanged: this.cellsChanged,
      charges: (charges) => { state.charges = charges; },
      undoable: (undoable) => { state.undoable = undoable; },
      acknowledged: (version) => { follower.expect(version); },
    });
    const follower = new CanvasFollower(api, this.sink(placer));
    const feed = this.feed(api, follower);
    const poller = new SnapshotPoller(
      follower,
      (knownUrl) => api.latestSnapshot(knownUrl),
      (isReached) => { state.isReached = isReached; },
    );
    return { api, placer, follower, feed, poller };
  }

  private feed(api: CanvasApi, follower: CanvasFollower): Feed {
    const { state } = this;
    return new Feed(follower, {
      play: () => api.play(),
      events: {
        state: (next) => { state.feed = next; },
        status: (status, position) => {
          state.status = status;
          state.queuePosition = position;
        },
        online: (counts) => { state.online = counts; },
        notice: (_kind, text) => { this.say('info', text); },
        ended: (end) => { this.feedEnded(end); },
      },
    });
  }

  private feedEnded(end: FeedEnd): void {
    this.state.status = 'afk';
    this.parts?.poller.start();
    switch (end.kind) {
      case 'afk':
        this.say('info', t('play.afk'));
        break;
      case 'closed':
        this.say('warning', t('play.elsewhere'));
        break;
      case 'refused':
        this.say('warning', errorText(end.error));
        break;
    }
  }

  private sink(placer: Placer): CanvasSink {
    const { state } = this;
    const takeInfo = (info: CanvasInfo): void => {
      state.info = info;
      state.online = info.online ?? state.online;
      placer.setRule(info.cooldown);
    };
    return {
      info: takeInfo,
      base: (snapshot, info) => {
        this.showBase(snapshot, info);
        takeInfo(info);
      },
      changes: ({ indexes, colors }) => { state.canvas?.cells.apply(indexes, colors); },
      version: (version) => {
        state.version = version;
        placer.reached(version);
        this.cellsChanged();
      },
      behind: (isBehind) => { state.isBehind = isBehind; },
      reached: (isReached) => { state.isReached = isReached; },
    };
  }

  /** The cells of a round live on through new bases, and pending placements with them. */
  private showBase(snapshot: Snapshot, info: CanvasInfo): void {
    const { canvas } = this.state;
    const palette = parsePalette(info.palette);
    const isSameShape =
      this.state.info?.round === info.round &&
      canvas?.cells.width === snapshot.width &&
      canvas.cells.height === snapshot.height;
    if (isSameShape) {
      canvas.cells.replace(snapshot.cells);
      this.state.canvas = { cells: canvas.cells, palette };
    } else {
      const cells = new Cells(snapshot.width, snapshot.height, snapshot.cells);
      this.state.canvas = { cells, palette };
    }
  }
}
