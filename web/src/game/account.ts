/** Who plays on this page: signing in and out, staying signed in, and what leads to the player. */

import * as requests from '../api/auth';
import { ApiError } from '../api/http';
import { BrowserDevice } from '../api/login-device';
import { isWorthRetrying, LOGGED_OUT_ELSEWHERE, LoginSession } from '../api/login-session';
import type { HumanCheck, MeAnswer, PlayerName, SignInAnswer } from '../api/types';
import { retryDelay } from '../live/backoff';
import { errorText, formatCountdown, t } from '../locales';
import type { AccountState } from './account-state';
import { isLaunched, rawInitData } from './mini-app';
import { keepView, type RedirectOutcome, returnFromProvider, returnPath } from './redirect';
import type { Message } from './state';

/** What an account tells. */
export interface AccountEvents {
  /** Somebody is signed in, or nobody is any more. */
  playerChanged(player: PlayerName | null): void;
  say(tone: Message['tone'], text: string): void;
}

/** The account of whoever uses this page. */
export class Account {
  /** Whose token requests go out with. */
  readonly session: LoginSession;
  private readonly state: AccountState;
  private readonly events: AccountEvents;
  private readonly device = new BrowserDevice();
  private readonly stop = new AbortController();

  /** Writes into `state`. */
  constructor(state: AccountState, events: AccountEvents) {
    this.state = state;
    this.events = events;
    this.session = new LoginSession(requests, this.device, {
      changed: (player) => { this.playerChanged(player); },
      ended: (code) => { this.loginEnded(code); },
    });
  }

  /** The name used last on this device, or empty. */
  get rememberedName(): string {
    return this.device.rememberedName;
  }

  /**
   * Signs in whoever was signed in before, whoever comes back from a provider, and whoever opened
   * the page in Telegram. Resolves to what came of the way to a provider, if the page was on one.
   */
  async begin(): Promise<RedirectOutcome | null> {
    const outcome = returnFromProvider();
    const initData = isLaunched(location.pathname, window) ? rawInitData(location.hash) : null;
    this.state.isMiniApp = initData !== null || this.device.refreshToken !== null;
    if (outcome?.kind === 'failed') {
      const error = { code: outcome.code, message: t('error.sign_in_failed') };
      const tone = outcome.code === 'sign_in_cancelled' ? 'info' : 'warning';
      this.events.say(tone, errorText(error));
    }
    if (initData !== null) {
      const { refreshToken } = this.device;
      await this.resume(async () => {
        this.session.signedIn(await requests.signInByMiniApp(initData, refreshToken));
      }, (error) => { this.launchRefused(error); });
    } else if (this.session.isRemembered || outcome?.kind === 'signed-in') {
      await this.resume(() => this.session.refresh());
    }
    if (this.session.player === null) {
      this.state.login = 'guest';
    } else if (outcome?.kind === 'linked') {
      this.events.say('good', t('account.linked', { provider: providerName(outcome.provider) }));
    }
    return outcome;
  }

  /** Fetches the ways to sign in, unless they are known. */
  async loadWays(): Promise<void> {
    if (this.state.ways === null) {
      try {
        this.state.ways = await requests.signInWays();
        this.state.complaint = '';
      } catch (error) {
        this.state.complaint = textOf(error);
      }
    }
  }

  /** Signs in by name; resolves to whether that succeeded. */
  async signInByName(name: string): Promise<boolean> {
    this.state.complaint = '';
    this.state.work = 'signing-in';
    try {
      this.session.signedIn(await this.byNameWithProof(name));
      this.device.rememberedName = name;
      return true;
    } catch (error) {
      this.state.complaint = textOf(error);
      return false;
    } finally {
      this.state.work = 'none';
    }
  }

  /** The address that a sign-in with a provider begins at, and that leads back here. */
  startHref(startUrl: string): string {
    const target = new URL(startUrl, location.href);
    target.searchParams.set('return_to', returnPath());
    return target.href;
  }

  /** Begins to link a provider's account: the page leaves, and comes back with the outcome. */
  async link(provider: string): Promise<void> {
    await this.tell(async () => {
      const url = await this.session.authorized((token) =>
        requests.linkUrl(token, provider, returnPath()),
      );
      keepView();
      location.assign(url);
    });
  }

  /** Takes a provider's accounts away from the player. */
  async unlink(provider: string): Promise<void> {
    await this.tell(async () => {
      await this.session.authorized((token) => requests.unlink(token, provider));
      await this.me();
      this.events.say('info', t('account.unlinked', { provider: providerName(provider) }));
    });
  }

  /** Solves what the server asks of who places as a script would; resolves to whether it did. */
  async proveHuman(): Promise<boolean> {
    try {
      const { human_check: check } = await requests.signInWays();
      if (check === null) {
        return false;
      }
      const { proveHuman } = await import('../api/human-check');
      const proof = await proveHuman(check);
      await this.session.authorized((token) => requests.giveProof(token, proof));
      return true;
    } catch {
      // The placement is refused then, with the server's reason.
      return false;
    }
  }

  /** Asks the server who is signed in and what they do; `null` when it does not answer. */
  async me(): Promise<MeAnswer | null> {
    try {
      const me = await this.session.authorized((token) => requests.whoAmI(token));
      this.state.identities = me.identities;
      return me;
    } catch {
      // What matters of it, an ended login session, has been told already.
      return null;
    }
  }

  /** Ends this login session. */
  async logOut(): Promise<void> {
    await this.tell(async () => {
      await this.session.logOut();
      this.events.say('info', t('account.logged-out'));
    });
  }

  /** Ends every login session of the account. */
  async logOutEverywhere(): Promise<void> {
    await this.tell(async () => {
      await this.session.logOutEverywhere();
      this.events.say('info', t('account.logged-out-everywhere'));
    });
  }

  /** Ends all of this object's own doing; whoever is signed in stays so. */
  dispose(): void {
    this.stop.abort();
    this.session.dispose();
  }

  /** Tries until it succeeds or the server says no; a server that is away is waited for. */
  private async resume(
    signIn: () => Promise<void>,
    refused: (error: unknown) => void = () => undefined,
  ): Promise<void> {
    for (let attempt = 0; !this.stop.signal.aborted; attempt += 1) {
      try {
        await signIn();
        return;
      } catch (error) {
        if (!isWorthRetrying(error)) {
          refused(error);
          return;
        }
        const wait = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
        const delay = Math.max(wait, retryDelay(attempt, Math.random()));
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
  }

  /** The Mini App's launch data, or the refresh token that goes with it, is of no use any more. */
  private launchRefused(error: unknown): void {
    this.device.refreshToken = null;
    this.events.say('warning', textOf(error));
  }

  private async byNameWithProof(name: string): Promise<SignInAnswer> {
    const check = this.state.ways?.human_check ?? null;
    if (check !== null) {
      return this.byNameProven(name, check);
    }
    try {
      return await this.byName(name);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'human_check_required') {
        throw error;
      }
      // The server has begun to ask for it since the page heard of the ways to sign in.
      this.state.ways = await requests.signInWays();
      const asked = this.state.ways.human_check;
      if (asked === null) {
        throw error;
      }
      return this.byNameProven(name, asked);
    }
  }

  private async byNameProven(name: string, check: HumanCheck): Promise<SignInAnswer> {
    this.state.work = 'proving';
    const { proveHuman } = await import('../api/human-check');
    const proof = await proveHuman(check);
    this.state.work = 'signing-in';
    return this.byName(name, proof);
  }

  private byName(name: string, proof?: string): Promise<SignInAnswer> {
    return requests.signInByName(name, { proof, hasCookies: !this.state.isMiniApp });
  }

  private async tell(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.events.say('warning', textOf(error));
    }
  }

  private playerChanged(player: PlayerName | null): void {
    this.state.player = player;
    this.state.identities = null;
    this.state.login = player === null ? 'guest' : 'signed-in';
    this.events.playerChanged(player);
  }

  private loginEnded(code: string): void {
    const isOwnDoing = code === LOGGED_OUT_ELSEWHERE;
    const text = isOwnDoing ? t('account.logged-out') : errorText({ code, message: '' });
    this.events.say(isOwnDoing ? 'info' : 'warning', text);
  }
}

/** A provider's name for people, where only its id is known. */
export function providerName(id: string): string {
  return id === 'oidc' ? t('account.provider') : id.charAt(0).toUpperCase() + id.slice(1);
}

/** What a failed request means to the reader. */
function textOf(error: unknown): string {
  if (error instanceof ApiError) {
    return errorText(error, { time: formatCountdown(error.retryAfterMs ?? 0) });
  }
  const isCheck = error instanceof Error && error.name === 'HumanCheckError';
  return t(isCheck ? 'error.human_check_failed' : 'error.unavailable');
}
