/**
 * The live connection: a ticket, a socket, and coming back after it is lost. It knows frames
 * only as far as the connection needs them and hands the rest on.
 */

import { ApiError, isFinal } from '../api/http';
import type { PlayAnswer } from '../api/types';
import { backoffDelay } from './backoff';
import { decodeFrame, type Frame, type OnlineCounts, type PlayerStatus } from './frames';
import type { CanvasFollower } from './follower';

/** `ended` is final until `start` is called again. */
export type FeedState = 'stopped' | 'connecting' | 'live' | 'waiting';

/** Why the feed ended without being asked to. */
export type FeedEnd =
  /** No action for too long. */
  | { readonly kind: 'afk' }
  /** The same player opened the canvas elsewhere, or a moderator ended the game. */
  | { readonly kind: 'closed'; readonly reason: string }
  /** The server refuses to let this player play. */
  | { readonly kind: 'refused'; readonly error: ApiError };

/** What the feed needs from outside. */
export interface FeedOptions {
  readonly play: () => Promise<PlayAnswer>;
  readonly events: FeedEvents;
  readonly random?: () => number;
  readonly openSocket?: (url: string, protocols: string[]) => WebSocket;
}

/** What the feed tells. */
export interface FeedEvents {
  state(state: FeedState): void;
  status(status: PlayerStatus, position: number): void;
  online(counts: OnlineCounts): void;
  notice(kind: string, text: string): void;
  ended(end: FeedEnd): void;
}

/** The WebSocket subprotocol of these frames; the ticket is sent as a second one. */
export const FEED_PROTOCOL = 'pixelwars.v1';

/** A connection without a hello in this time is given up. */
const HELLO_TIMEOUT_MS = 10_000;

/** After this long without a frame the server is asked whether the connection still lives. */
const QUIET_MS = 30_000;

/** A connection that lived this long starts the backoff from the beginning. */
const STABLE_MS = 10_000;

/** Normal closure (RFC 6455, 7.4.1): the server ended the game on purpose. */
const CLOSED_ON_PURPOSE = 1000;

/** Keeps a feed open while started. */
export class Feed {
  private readonly follower: CanvasFollower;
  private readonly options: FeedOptions;
  private readonly random: () => number;
  private state: FeedState = 'stopped';
  private socket: WebSocket | null = null;
  private attempt = 0;
  private liveSince = 0;
  /** Raised at each connection, so that an old one's late answers are told apart. */
  private connection = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(follower: CanvasFollower, options: FeedOptions) {
    this.follower = follower;
    this.options = options;
    this.random = options.random ?? Math.random;
  }

  /** Connects, and stays connected until stopped or ended. */
  start(): void {
    if (this.state === 'stopped') {
      this.attempt = 0;
      this.follower.follow('versions');
      void this.connect();
    }
  }

  /** Closes the connection and stays away. */
  stop(): void {
    this.disconnect();
    this.follower.follow('snapshots');
    this.enter('stopped');
  }

  /** Connects now instead of after the wait, for instance when the network came back. */
  hurry(): void {
    if (this.state === 'waiting') {
      void this.connect();
    }
  }

  /** Gives the present connection up for a new one. */
  reconnect(): void {
    if (this.state !== 'stopped') {
      this.disconnect();
      this.wait(null);
    }
  }

  private async connect(): Promise<void> {
    this.disconnect();
    this.enter('connecting');
    const { connection } = this;
    let answer: PlayAnswer;
    try {
      answer = await this.options.play();
    } catch (error) {
      if (connection === this.connection) {
        this.playFailed(error);
      }
      return;
    }
    if (connection !== this.connection) {
      return;
    }
    this.options.events.status(answer.status, answer.position);
    this.open(answer.feed);
  }

  private playFailed(error: unknown): void {
    if (error instanceof ApiError && isFinal(error)) {
      this.end({ kind: 'refused', error });
    } else {
      this.wait(error instanceof ApiError ? error.retryAfterMs : null);
    }
  }

  private open({ url, ticket }: PlayAnswer['feed']): void {
    const { connection } = this;
    const target = new URL(url, location.href);
    target.protocol = target.protocol === 'https:' ? 'wss:' : 'ws:';
    if (this.follower.version !== null && this.follower.round !== null) {
      target.searchParams.set('after', String(this.follower.version));
      target.searchParams.set('round', String(this.follower.round));
    }
    const protocols = [FEED_PROTOCOL, ticket];
    const openSocket = this.options.openSocket ?? ((to, names) => new WebSocket(to, names));
    const socket = openSocket(target.href, protocols);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (connection === this.connection && data instanceof ArrayBuffer) {
        this.message(new Uint8Array(data));
      }
    };
    socket.onclose = ({ code, reason }: CloseEvent) => {
      if (connection === this.connection) {
        this.closed(code, reason);
      }
    };
    this.socket = socket;
    this.timer = setTimeout(() => { this.reconnect(); }, HELLO_TIMEOUT_MS);
  }

  private message(bytes: Uint8Array): void {
    let frame: Frame | null;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      // What the frame held is unknown, so the connection that brought it proves nothing more.
      console.warn('the server sent a broken frame', error);
      this.reconnect();
      return;
    }
    this.watchQuiet();
    if (frame !== null) {
      this.handle(frame);
    }
  }

  private handle(frame: Frame): void {
    const { follower, options } = this;
    switch (frame.kind) {
      case 'hello':
        this.liveSince = Date.now();
        this.enter('live');
        follower.hello(frame.round, frame.version);
        break;
      case 'delta':
        follower.receive(frame);
        break;
      case 'status':
        options.events.status(frame.status, frame.position);
        if (frame.status === 'afk') {
          this.end({ kind: 'afk' });
        }
        break;
      case 'round':
        follower.roundChanged(frame.version);
        break;
      case 'online':
        options.events.online(frame);
        break;
      case 'notice':
        options.events.notice(frame.notice, frame.text);
        break;
      case 'resync':
        follower.resync(frame.version);
        break;
    }
  }

  /** A socket can be dead without a sign; silence makes the client ask over HTTP. */
  private watchQuiet(): void {
    const { connection } = this;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void this.follower.isCurrent().then((isCurrent) => {
        if (connection !== this.connection) {
          return;
        }
        if (isCurrent) {
          this.watchQuiet();
        } else {
          this.reconnect();
        }
      });
    }, QUIET_MS);
  }

  private closed(code: number, reason: string): void {
    if (code === CLOSED_ON_PURPOSE) {
      this.end({ kind: 'closed', reason });
    } else {
      this.disconnect();
      this.wait(null);
    }
  }

  private end(end: FeedEnd): void {
    this.stop();
    this.options.events.ended(end);
  }

  private wait(atLeastMs: number | null): void {
    if (this.liveSince !== 0 && Date.now() - this.liveSince >= STABLE_MS) {
      this.attempt = 0;
    }
    this.liveSince = 0;
    this.enter('waiting');
    const delay = Math.max(backoffDelay(this.attempt, this.random()), atLeastMs ?? 0);
    this.attempt += 1;
    this.timer = setTimeout(() => void this.connect(), delay);
  }

  private disconnect(): void {
    this.connection += 1;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }

  private enter(state: FeedState): void {
    if (this.state !== state) {
      this.state = state;
      this.options.events.state(state);
    }
  }
}
