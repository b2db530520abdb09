/**
 * The live connection: a ticket, a socket, and coming back after it is lost. It knows frames
 * only as far as the connection needs them and hands the rest on.
 */

import { ApiError, isFinal } from '../api/http';
import type { MeAnswer, PlayAnswer } from '../api/types';
import { backoffDelay } from './backoff';
import { decodeFrame, type Frame, type OnlineCounts, type PlayerStatus } from './frames';
import type { CanvasFollower } from './follower';

/** `ended` is final until `start` is called again. */
export type FeedState = 'stopped' | 'connecting' | 'live' | 'waiting';

/** Why the feed ended without being asked to. */
export type FeedEnd =
  /** No action for too long. */
  | { readonly kind: 'afk' }
  /** The same player plays in another tab or on another device. */
  | { readonly kind: 'taken-over' }
  /** A moderator has banned the player; `text` is the server's sentence about it. */
  | { readonly kind: 'banned'; readonly text: string }
  /** The account or its network has too many feeds open. */
  | { readonly kind: 'crowded' }
  /** The server closed the feed on purpose and said no more. */
  | { readonly kind: 'closed' }
  /** The server refuses to let this player play. */
  | { readonly kind: 'refused'; readonly error: ApiError };

/** What the server says of the player's seat over HTTP. */
export type SeatAnswer = Pick<MeAnswer, 'status' | 'position' | 'until'>;

/** What the feed needs from outside. */
export interface FeedOptions {
  /**
   * Takes a seat. `isAsked` says whether a person asked for it, who then takes the seat over from
   * their other tabs and devices; coming back by itself never does.
   */
  readonly play: (isAsked: boolean) => Promise<PlayAnswer>;
  /** Asks for the player's status; `null` when the server does not answer. */
  readonly me: () => Promise<SeatAnswer | null>;
  /** Whether a lost connection may come back by itself, or what has ended meanwhile. */
  readonly mayReturn: () => 'yes' | 'afk' | 'taken-over';
  readonly events: FeedEvents;
  readonly random?: () => number;
  readonly openSocket?: (url: string, protocols: string[]) => WebSocket;
}

/** What the feed tells. */
export interface FeedEvents {
  /** While `waiting`, `retryAt` is when the next try comes (local Unix ms); else `null`. */
  state(state: FeedState, retryAt: number | null): void;
  /** `until` is when the seat ends, in the server's Unix ms; 0 when it does not. */
  status(status: PlayerStatus, position: number, until: number): void;
  online(counts: OnlineCounts): void;
  notice(text: string): void;
  /** The server lets nobody in at the moment; another try follows. */
  delayed(error: ApiError): void;
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
/** The server's own close codes, which all mean: do not come back by yourself. */
const TAKEN_OVER = 4001;
const BANNED = 4003;
const TOO_MANY_FEEDS = 4008;

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
  /** Whether a person asked for the seat that is being taken. */
  private isAsked = false;
  private again: Promise<PlayerStatus> | null = null;
  /** What the server said about the ban that it is about to close the feed for. */
  private banText: string | null = null;
  /** The last resync, while no status has come after it on the same connection. */
  private lostStatus: symbol | null = null;
  private isAskingStatus = false;

  constructor(follower: CanvasFollower, options: FeedOptions) {
    this.follower = follower;
    this.options = options;
    this.random = options.random ?? Math.random;
  }

  /** Connects, and stays connected until stopped or ended. */
  start(): void {
    if (this.state === 'stopped') {
      this.attempt = 0;
      this.isAsked = true;
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
      this.comeBack();
    }
  }

  /** Gives the present connection up for a new one. */
  reconnect(): void {
    if (this.state !== 'stopped') {
      this.disconnect();
      this.wait(null);
    }
  }

  /**
   * Takes a seat anew at once, because the server says that there is none; resolves to what came
   * of it. Calls at the same time share one try.
   */
  playAgain(): Promise<PlayerStatus> {
    if (this.state === 'stopped') {
      return Promise.resolve('afk');
    }
    this.again ??= this.connect().finally(() => { this.again = null; });
    return this.again;
  }

  /** The server told by another way that the same player plays elsewhere. */
  takenOver(): void {
    if (this.state !== 'stopped') {
      this.end({ kind: 'taken-over' });
    }
  }

  private comeBack(): void {
    const may = this.isAsked ? 'yes' : this.options.mayReturn();
    if (may === 'yes') {
      void this.connect();
    } else {
      this.end({ kind: may });
    }
  }

  private async connect(): Promise<PlayerStatus> {
    this.disconnect();
    this.enter('connecting');
    const { connection } = this;
    let answer: PlayAnswer;
    try {
      answer = await this.options.play(this.isAsked);
    } catch (error) {
      if (connection === this.connection) {
        this.playFailed(error);
      }
      return 'afk';
    }
    if (connection !== this.connection) {
      return 'afk';
    }
    this.isAsked = false;
    this.options.events.status(answer.status, answer.position, unixMs(answer.until));
    this.open(answer.feed);
    return answer.status;
  }

  private playFailed(error: unknown): void {
    if (!(error instanceof ApiError)) {
      this.wait(null);
    } else if (!isFinal(error)) {
      this.options.events.delayed(error);
      this.wait(error.retryAfterMs);
    } else if (error.code === 'session_superseded') {
      this.end({ kind: 'taken-over' });
    } else {
      this.end({ kind: 'refused', error });
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
    socket.onclose = ({ code }: CloseEvent) => {
      if (connection === this.connection) {
        this.closed(code);
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
        this.seatTold(frame.status, frame.position, frame.until);
        break;
      case 'round':
        follower.roundChanged(frame.version);
        break;
      case 'online':
        options.events.online(frame);
        break;
      case 'notice':
        this.notice(frame.notice, frame.text);
        break;
      case 'resync':
        follower.resync(frame.version);
        this.lostStatus = Symbol('resync');
        void this.askStatus();
        break;
    }
  }

  private seatTold(status: PlayerStatus, position: number, until: number): void {
    this.lostStatus = null;
    this.options.events.status(status, position, until);
    if (status === 'afk') {
      this.seatEnded();
    }
  }

  /**
   * Asks for a status that may have been among the frames a resync stands for, unless one comes by
   * itself meanwhile. Without an answer the next change tells. One request at a time.
   */
  private async askStatus(): Promise<void> {
    if (this.isAskingStatus) {
      return;
    }
    this.isAskingStatus = true;
    // Each round answers the resyncs before it, so there are no more rounds than those.
    while (this.lostStatus !== null) {
      const { lostStatus } = this;
      const me = await this.options.me();
      if (this.lostStatus === lostStatus) {
        this.lostStatus = null;
        if (me !== null) {
          this.seatTold(me.status, me.position, unixMs(me.until));
        }
      }
    }
    this.isAskingStatus = false;
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

  private notice(kind: string, text: string): void {
    switch (kind) {
      case 'taken_over':
        this.end({ kind: 'taken-over' });
        break;
      case 'banned':
        this.banText = text;
        break;
      default:
        this.options.events.notice(text);
    }
  }

  private seatEnded(): void {
    this.end(this.banText === null ? { kind: 'afk' } : { kind: 'banned', text: this.banText });
  }

  private closed(code: number): void {
    switch (code) {
      case TAKEN_OVER:
        this.end({ kind: 'taken-over' });
        break;
      case BANNED:
        this.end({ kind: 'banned', text: this.banText ?? '' });
        break;
      case TOO_MANY_FEEDS:
        this.end({ kind: 'crowded' });
        break;
      case CLOSED_ON_PURPOSE:
        this.end({ kind: 'closed' });
        break;
      default:
        this.disconnect();
        this.wait(null);
    }
  }

  private end(end: FeedEnd): void {
    this.stop();
    this.isAsked = false;
    this.options.events.ended(end);
  }

  private wait(atLeastMs: number | null): void {
    if (this.liveSince !== 0 && Date.now() - this.liveSince >= STABLE_MS) {
      this.attempt = 0;
    }
    this.liveSince = 0;
    const delay = Math.max(backoffDelay(this.attempt, this.random()), atLeastMs ?? 0);
    this.enter('waiting', Date.now() + delay);
    this.attempt += 1;
    this.timer = setTimeout(() => { this.comeBack(); }, delay);
  }

  private disconnect(): void {
    this.connection += 1;
    this.banText = null;
    this.lostStatus = null;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = null;
  }

  private enter(state: FeedState, retryAt: number | null = null): void {
    if (this.state !== state || retryAt !== null) {
      this.state = state;
      this.options.events.state(state, retryAt);
    }
  }
}

/** The Unix ms of an RFC 3339 time; 0 for none. */
function unixMs(time: string | null): number {
  return time === null ? 0 : Date.parse(time);
}
