/** The signed-in player: an access token in memory and a name that outlives the page. */

import { ApiError } from './http';
import type { SignInAnswer } from './types';

/** The name survives a reload; the token on purpose does not. */
const NAME_KEY = 'pixelwars.name';

/** Signs in by name and keeps the token fresh. */
export class LoginSession {
  private readonly send: (name: string) => Promise<SignInAnswer>;
  private readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  private answer: SignInAnswer | null = null;
  private renewal: Promise<SignInAnswer> | null = null;

  /** `send` asks the server for a token; `storage` keeps the name. */
  constructor(
    send: (name: string) => Promise<SignInAnswer>,
    storage: Pick<Storage, 'getItem' | 'setItem'>,
  ) {
    this.send = send;
    this.storage = storage;
  }

  /** The player, or `null` while not signed in. */
  get player(): SignInAnswer['player'] | null {
    return this.answer?.player ?? null;
  }

  /** The name used last on this device. */
  get rememberedName(): string {
    return this.storage.getItem(NAME_KEY) ?? '';
  }

  /** Signs in and remembers the name. */
  async signIn(name: string): Promise<void> {
    this.answer = await this.send(name);
    this.storage.setItem(NAME_KEY, this.answer.player.name);
  }

  /**
   * Runs a request with the token. When the server no longer takes it, signs in again by the
   * same name and runs the request once more; requests that fail together sign in once.
   * @throws {ApiError} `unauthorized` when nobody is signed in.
   */
  async authorized<T>(run: (token: string) => Promise<T>): Promise<T> {
    if (this.answer === null) {
      throw new ApiError(401, 'unauthorized', 'nobody is signed in', null);
    }
    const used = this.answer;
    try {
      return await run(used.access_token);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) {
        throw error;
      }
      const renewed = await this.renewed(used);
      return run(renewed.access_token);
    }
  }

  private async renewed(used: SignInAnswer): Promise<SignInAnswer> {
    if (this.answer !== null && this.answer !== used) {
      return this.answer;
    }
    this.renewal ??= this.send(used.player.name).finally(() => {
      this.renewal = null;
    });
    this.answer = await this.renewal;
    return this.answer;
  }
}
