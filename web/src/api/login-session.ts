/**
 * The signed-in player: an access token in memory only, renewed by a refresh token that the page
 * never sees (a cookie) or, in the Mini App, holds for as long as the WebView lives.
 */

import { retryDelay } from '../live/backoff';
import { ApiError, isFinal, NetworkError } from './http';
import type { LoginDevice } from './login-device';
import type { PlayerName, SignInAnswer } from './types';

/** The requests this needs. */
export interface LoginRequests {
  refresh(refreshToken: string | null): Promise<SignInAnswer>;
  logOut(refreshToken: string | null): Promise<void>;
  logOutEverywhere(token: string): Promise<void>;
}

/** What a login session tells. */
export interface LoginEvents {
  /** Somebody is signed in, or nobody is any more. */
  changed(player: PlayerName | null): void;
  /** The login session ended without this page asking for it; `code` says why. */
  ended(code: string): void;
}

/** A token is replaced this long before its end, or in the last quarter of a short life. */
const RENEW_BEFORE_MS = 60_000;

/** A token that ends sooner than this is replaced before it is used. */
const TOO_SHORT_MS = 5_000;

/** Sends of one refresh at most: the server repeats its answer to them for 10 s. */
const MAX_REFRESH_SENDS = 3;

/** Timers of browsers cannot wait longer than 2^31 - 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The code of `ended` when another tab of this browser logged out. */
export const LOGGED_OUT_ELSEWHERE = 'logged_out_elsewhere';

interface Held {
  readonly answer: SignInAnswer;
  /** Local Unix ms. */
  readonly endsAt: number;
}

/** Holds the token of whoever is signed in, and keeps it fresh. */
export class LoginSession {
  private readonly requests: LoginRequests;
  private readonly device: LoginDevice;
  private readonly events: LoginEvents;
  private readonly stop = new AbortController();
  private held: Held | null = null;
  private mark: string | null;
  private refreshing: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(requests: LoginRequests, device: LoginDevice, events: LoginEvents) {
    this.requests = requests;
    this.device = device;
    this.events = events;
    this.mark = device.mark;
    device.onMark((mark) => { this.markChanged(mark); }, this.stop.signal);
  }

  /** The player, or `null` while not signed in. */
  get player(): PlayerName | null {
    return this.held?.answer.player ?? null;
  }

  /** Whether a refresh is worth trying: somebody signed in here before. */
  get isRemembered(): boolean {
    return this.mark !== null || this.device.refreshToken !== null;
  }

  /** Takes over what a sign-in answered. */
  signedIn(answer: SignInAnswer): void {
    if (answer.refresh_token === undefined) {
      this.mark = this.device.setMark();
    }
    this.take(answer);
  }

  /**
   * Gets a new token, and with it a new session number; calls at the same time share one request.
   * @throws {ApiError} 401 when the login session is over; `ended` has been told then.
   */
  refresh(): Promise<void> {
    this.refreshing ??= this.device
      .exclusive(() => this.refreshNow())
      .finally(() => { this.refreshing = null; });
    return this.refreshing;
  }

  /**
   * Runs a request with the token. When the server finds it too old, the request is run once more
   * with a new one.
   * @throws {ApiError} `unauthorized` when nobody is signed in.
   */
  async authorized<T>(run: (token: string) => Promise<T>): Promise<T> {
    if (this.held !== null && this.held.endsAt - Date.now() < TOO_SHORT_MS) {
      await this.refresh();
    }
    const used = this.held;
    if (used === null) {
      throw unauthorized();
    }
    try {
      return await run(used.answer.access_token);
    } catch (error) {
      if (!(error instanceof ApiError) || !(await this.isMended(error, used))) {
        throw error;
      }
      return run(this.token());
    }
  }

  /** Ends the login session on the server and here. */
  async logOut(): Promise<void> {
    try {
      await this.device.exclusive(() => this.requests.logOut(this.device.refreshToken));
    } catch (error) {
      // Over already, which is what was asked for.
      if (!(error instanceof ApiError) || error.status !== 401) {
        throw error;
      }
    }
    this.forget();
  }

  /** Ends all login sessions of the account, this one among them. */
  async logOutEverywhere(): Promise<void> {
    await this.authorized((token) => this.requests.logOutEverywhere(token));
    this.forget();
  }

  /** Ends all of this object's own doing; the login session stays. */
  dispose(): void {
    this.stop.abort();
    clearTimeout(this.timer);
  }

  /** Whether a refused request may be sent again with the token held now. */
  private async isMended(error: ApiError, used: Held): Promise<boolean> {
    if (error.code === 'session_superseded') {
      // By this page's own newer session, if there is one: else by another tab or device.
      return this.held !== used && this.held !== null;
    }
    if (error.status !== 401) {
      return false;
    }
    if (error.code === 'session_revoked' && this.held === used) {
      this.end(error.code);
      return false;
    }
    if (this.held === used) {
      await this.refresh();
    }
    return this.held !== null;
  }

  private token(): string {
    if (this.held === null) {
      throw unauthorized();
    }
    return this.held.answer.access_token;
  }

  private async refreshNow(): Promise<void> {
    for (let sends = 1; ; sends += 1) {
      try {
        const answer = await this.requests.refresh(this.device.refreshToken);
        if (answer.refresh_token === undefined) {
          this.mark ??= this.device.setMark();
        }
        this.take(answer);
        return;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) {
          this.end(error.code);
        }
        if (!(error instanceof NetworkError) || sends === MAX_REFRESH_SENDS) {
          throw error;
        }
        const wait = retryDelay(sends - 1, Math.random());
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  private take(answer: SignInAnswer): void {
    const lifeMs = answer.expires_in * 1_000;
    const before = this.player;
    this.held = { answer, endsAt: Date.now() + lifeMs };
    if (answer.refresh_token !== undefined) {
      this.device.refreshToken = answer.refresh_token;
    }
    clearTimeout(this.timer);
    const renewIn = lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 4);
    this.timer = setTimeout(() => { this.renew(); }, Math.min(renewIn, MAX_TIMER_MS));
    if (before?.id !== answer.player.id || before.name !== answer.player.name) {
      this.events.changed(answer.player);
    }
  }

  /** A page that nobody sees waits until it is needed: `authorized` renews as well. */
  private renew(): void {
    if (!document.hidden) {
      // Tried again when the token is used; an end has been told by then.
      this.refresh().catch(() => undefined);
    }
  }

  /** Another tab signed in, perhaps as somebody else, or logged out. */
  private markChanged(mark: string | null): void {
    if (mark === this.mark || this.device.refreshToken !== null) {
      return;
    }
    if (mark === null) {
      this.mark = null;
      if (this.held !== null) {
        this.end(LOGGED_OUT_ELSEWHERE);
      }
      return;
    }
    this.mark = mark;
    this.refresh().catch(() => undefined);
  }

  private end(code: string): void {
    const wasSignedIn = this.held !== null;
    const wasRemembered = this.isRemembered;
    this.forget();
    if (wasSignedIn || (wasRemembered && code !== 'refresh_token_missing')) {
      this.events.ended(code);
    }
  }

  private forget(): void {
    clearTimeout(this.timer);
    if (this.mark !== null) {
      this.device.clearMark(this.mark);
    }
    this.mark = null;
    this.device.refreshToken = null;
    if (this.held !== null) {
      this.held = null;
      this.events.changed(null);
    }
  }
}

/** Whether asking for a token again may still bring one. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof ApiError && !isFinal(error));
}

function unauthorized(): ApiError {
  return new ApiError(401, 'unauthorized', 'nobody is signed in', null);
}
