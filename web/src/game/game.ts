/** One player at one canvas: puts the parts together and keeps the state that the page shows. */

import { CanvasApi, firstCanvas } from '../api/client';
import { ApiError } from '../api/http';
import type { CanvasInfo, PlayAnswer, PlayerName } from '../api/types';
import type { Point } from '../canvas/viewport';
import { retryDelay } from '../live/backoff';
import { Feed, type FeedEnd, type FeedState } from '../live/feed';
import { CanvasFollower, type CanvasSink } from '../live/follower';
import type { PlayerStatus } from '../live/frames';
import { SnapshotPoller } from '../live/poller';
import { errorText, formatCountdown, t } from '../locales';
import { Placer, type Refusal } from '../placements/placer';
import { ServerClock } from '../placements/server-clock';
import { Account } from './account';
import type { AccountState } from './account-state';
import { type ChangeListener, Changes } from './changes';
import type { Parts } from './parts';
import type { RedirectOutcome } from './redirect';
import { SeatMark } from './seat-mark';
import { showBase } from './shown-canvas';
import type { GameState, Message, Pause } from './state';

/** Local and server times are told apart no better than this: HTTP dates have whole seconds. */
const CLOCKS_DIFFER_MS = 1_000;

/** Follows the server's canvas as a guest, and plays when asked to. */
export class Game {
  /** Who plays. */
  readonly account: Account;
  private readonly state: GameState;
  private readonly cellsChanged: () => void;
  private readonly changes = new Changes();
  private readonly clock = new ServerClock();
  private readonly seat = new SeatMark();
  private readonly stop = new AbortController();
  private parts: Parts | null = null;
  private isSeen = false;
  /** While the connection is lost: until when it may come back by itself (local Unix ms). */
  private returnUntil: number | null = null;

  /** Writes into the states; `cellsChanged` is called when cells of the shown canvas did. */
  constructor(state: GameState, accountState: AccountState, cellsChanged: () => void) {
    this.state = state;
    this.cellsChanged = cellsChanged;
    this.account = new Account(accountState, {
      playerChanged: (player) => { this.playerChanged(player); },
      say: (tone, text) => { this.say(tone, text); },
    });
    const { signal } = this.stop;
    window.addEventListener('online', this.comeBack, { signal });
    window.addEventListener('offline', () => { this.parts?.feed.reconnect(); }, { signal });
  }

  /** Finds the server's canvas, follows it, and goes on with a game that a reload broke off. */
  async begin(): Promise<void> {
    const signedIn = this.account.begin();
    await this.findCanvas();
    const outcome = await signedIn;
    if (this.account.session.player !== null && !this.stop.signal.aborted) {
      await this.goOn(outcome);
    }
  }

  /** Whether somebody looks at the canvas: from then on it is loaded. */
  look(isSeen = true): void {
    this.isSeen = isSeen;
    if (isSeen && this.state.feed === 'stopped') {
      this.parts?.follower.reload();
      this.parts?.poller.start();
    }
  }

  /** Calls `listener` with every change of the canvas's truth; the answer stops that. */
  onChanges(listener: ChangeListener): () => void {
    return this.changes.listen(listener);
  }

  /** Leaves the canvas for good. */
  dispose(): void {
    this.stop.abort();
    this.account.dispose();
    this.parts?.feed.stop();
    this.parts?.poller.stop();
    this.parts?.follower.stop();
  }

  /** Shows a message. */
  say(tone: Message['tone'], text: string): void {
    this.state.message = { tone, text };
  }

  /** Takes a seat for whoever is signed in, also from their other tabs and devices. */
  play(): void {
    this.state.message = null;
    this.start();
  }

  /** Gives the seat, or the place in the queue, up. */
  async leave(): Promise<void> {
    if (this.parts === null) {
      return;
    }
    const { api, feed } = this.parts;
    feed.stop();
    this.watch(null);
    // A seat that could not be given up ends by itself.
    await api.leave().catch(() => undefined);
  }

  /** Logs out, of this login session or of all; a seat is given up first, for others to have. */
  async logOut(isEverywhere: boolean): Promise<void> {
    if (this.state.feed !== 'stopped') {
      await this.leave();
    }
    await (isEverywhere ? this.account.logOutEverywhere() : this.account.logOut());
  }

  /** Tries a lost connection again at once. */
  readonly comeBack = (): void => { this.parts?.feed.hurry(); };

  /** Places a colour on a cell; resolves to whether it is durably placed. */
  async place({ x, y }: Point, color: number): Promise<boolean> {
    const { canvas } = this.state;
    if (this.parts === null || canvas === null) {
      return false;
    }
    const refusal = await this.parts.placer.place(canvas.cells, x, y, color);
    return this.told(refusal, t('place.done', { x, y }));
  }

  /** Takes the last placement back; resolves to whether that is done. */
  async undo(): Promise<boolean> {
    const { parts } = this;
    return parts !== null && this.told(await parts.placer.undo(), t('place.undone'));
  }

  private told(refusal: Refusal | null, done: string): boolean {
    if (refusal !== null) {
      this.complain(refusal);
      return false;
    }
    this.say('spoken', done);
    return true;
  }

  private start(): void {
    if (this.parts !== null && this.account.session.player !== null) {
      this.state.pause = null;
      this.parts.poller.stop();
      this.parts.feed.start();
    }
  }

  private complain(refusal: Refusal): void {
    if (refusal.code === 'session_superseded') {
      this.parts?.feed.takenOver();
      return;
    }
    if (refusal.code === 'not_playing' && this.state.status === 'queued') {
      this.say('warning', t('place.queued'));
      return;
    }
    const time = formatCountdown(refusal.retryAfterMs ?? 0);
    this.say('warning', errorText(refusal, { time }));
  }

  private async findCanvas(): Promise<void> {
    for (let attempt = 0; this.parts === null && !this.stop.signal.aborted; attempt += 1) {
      try {
        const canvas = await firstCanvas();
        this.state.slug = canvas.canvas;
        this.parts = this.assemble(canvas);
        this.look(this.isSeen);
      } catch {
        this.state.isReached = false;
        const wait = retryDelay(attempt, Math.random());
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Whoever signed in to play plays; a game that a reload broke off goes on. */
  private async goOn(outcome: RedirectOutcome | null): Promise<void> {
    if (outcome?.kind === 'signed-in') {
      this.start();
      return;
    }
    const me = await this.account.me();
    if (me === null || me.status === 'afk' || this.state.feed !== 'stopped') {
      return;
    }
    if (await this.seat.isOurs()) {
      this.start();
    } else {
      this.state.pause = { kind: 'elsewhere' };
    }
  }

  private assemble(canvas: CanvasInfo): Parts {
    const { state, clock } = this;
    const api = new CanvasApi(canvas, this.account.session, clock);
    const placer = new Placer(api, {
      clock,
      mend: async (code) => {
        switch (code) {
          case 'not_playing':
            return (await feed.playAgain()) === 'playing';
          case 'human_check_required':
            this.say('info', t('place.proving'));
            return this.account.proveHuman();
          default:
            return false;
        }
      },
      events: {
        pendingChanged: this.cellsChanged,
        charges: (charges) => { state.charges = charges; },
        undoable: (undoable) => { state.undoable = undoable; },
        acknowledged: (version) => {
          follower.expect(version);
          // The feed may have been faster than the answer.
          placer.reached(state.version ?? 0);
        },
        playingUntil: (at) => {
          state.seatUntil = at;
          this.keptUntil(at);
        },
      },
    });
    // Known before the charges that come with a seat, which are counted by it.
    placer.setRule(canvas.cooldown);
    const follower = new CanvasFollower(api, this.sink(placer));
    const feed = this.feed(api, follower, placer);
    const poller = new SnapshotPoller(follower, {
      latest: (known) => api.latestSnapshot(known),
      everyMs: () => state.info?.limits.poll_ms,
      reached: (isReached) => { state.isReached = isReached; },
    });
    return { api, placer, follower, feed, poller };
  }

  private feed(api: CanvasApi, follower: CanvasFollower, placer: Placer): Feed {
    const { state } = this;
    return new Feed(follower, {
      play: async (isAsked) => {
        const answer = await this.takeSeat(api, isAsked);
        placer.takeSeat(answer);
        return answer;
      },
      me: () => this.account.me(),
      mayReturn: () => this.mayReturn(),
      events: {
        state: (next, retryAt) => { this.feedChanged(next, retryAt); },
        status: (status, position, until) => { this.statusChanged(status, position, until); },
        online: (counts) => { state.online = counts; },
        notice: (text) => { this.say('info', text); },
        delayed: (error) => { this.say('warning', errorText(error)); },
        ended: (end) => { this.feedEnded(end); },
      },
    });
  }

  /** A newer session of the account is outdone by a still newer one, if a person asked for it. */
  private async takeSeat(api: CanvasApi, isAsked: boolean): Promise<PlayAnswer> {
    try {
      return await api.play();
    } catch (error) {
      const isHeldElsewhere = error instanceof ApiError && error.code === 'session_superseded';
      if (!isAsked || !isHeldElsewhere) {
        throw error;
      }
    }
    await this.account.session.refresh();
    return api.play();
  }

  /** Somebody who has been away longer than their seat is asked before they take another. */
  private mayReturn(): 'yes' | 'afk' | 'taken-over' {
    if (this.seat.isTaken) {
      return 'taken-over';
    }
    const { returnUntil } = this;
    // In doubt the seat is over: a look for it after its end would take another.
    return returnUntil !== null && Date.now() >= returnUntil - CLOCKS_DIFFER_MS ? 'afk' : 'yes';
  }

  /** The server keeps the seat, or the place in the queue, until then (local Unix ms). */
  private keptUntil(at: number): void {
    if (this.returnUntil !== null) {
      this.returnUntil = Math.max(this.returnUntil, at);
    }
  }

  private feedChanged(feed: FeedState, retryAt: number | null): void {
    const { state } = this;
    state.feed = feed;
    state.retryAt = retryAt;
    state.isLost = feed === 'waiting' || (feed === 'connecting' && state.isLost);
    if (feed === 'live') {
      this.returnUntil = null;
    } else if (feed === 'waiting' && this.returnUntil === null) {
      // The queue keeps a place without a socket as long as a seat without an action.
      const keptMs = state.info?.limits.afk_after_ms;
      const lost = keptMs === undefined ? null : Date.now() + keptMs;
      this.returnUntil = state.status === 'playing' ? (state.seatUntil ?? lost) : lost;
    }
  }

  private statusChanged(status: PlayerStatus, position: number, until: number): void {
    const { state } = this;
    state.status = status;
    state.queuePosition = position;
    const end = until === 0 ? null : this.clock.toLocal(until);
    state.seatUntil = status === 'playing' ? end : null;
    if (end !== null) {
      this.keptUntil(end);
    }
    if (status !== 'afk') {
      this.seat.hold();
    }
  }

  private feedEnded(end: FeedEnd): void {
    const { seatUntil } = this.state;
    switch (end.kind) {
      case 'refused':
        if (end.error.code === 'banned') {
          this.watch({ kind: 'banned', text: end.error.message });
        } else {
          this.watch(null);
          this.say('warning', errorText(end.error));
        }
        break;
      case 'afk':
      case 'closed':
        this.watch(end);
        if (seatUntil === null || Date.now() < seatUntil - CLOCKS_DIFFER_MS) {
          // Too early for a seat to end by itself: perhaps the login session was ended elsewhere.
          void this.account.me();
        }
        break;
      case 'taken-over':
      case 'banned':
      case 'crowded':
        this.watch(end);
        break;
    }
  }

  /** Goes back to watching; `pause` says why, if there is something to say. */
  private watch(pause: Pause | null): void {
    const { state } = this;
    state.status = this.account.session.player === null ? 'guest' : 'afk';
    state.queuePosition = 0;
    state.seatUntil = null;
    state.pause = pause;
    this.returnUntil = null;
    this.seat.letGo();
    this.parts?.poller.start();
  }

  /** The seat belongs to the player who was signed in until now. */
  private playerChanged(player: PlayerName | null): void {
    if (this.state.feed === 'stopped') {
      this.state.status = player === null ? 'guest' : 'afk';
      this.state.pause = null;
    } else {
      this.parts?.feed.stop();
      this.watch(null);
    }
  }

  private sink(placer: Placer): CanvasSink {
    const { state } = this;
    const takeInfo = (info: CanvasInfo): void => {
      state.info = info;
      state.online = info.online;
      placer.setRule(info.cooldown);
    };
    return {
      info: takeInfo,
      base: (snapshot, info) => {
        showBase(state, snapshot, info, this.changes);
        takeInfo(info);
      },
      changes: (delta) => {
        state.canvas?.cells.apply(delta.indexes, delta.colors);
        this.changes.tell(delta);
      },
      version: (version) => {
        state.version = version;
        placer.reached(version);
        this.cellsChanged();
      },
      behind: (isBehind) => { state.isBehind = isBehind; },
      reached: (isReached) => { state.isReached = isReached; },
    };
  }
}
