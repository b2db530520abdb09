/** What this browser keeps of a login session, and how its tabs take turns. */

import { keptInTab, keptOnDevice, randomWord } from '../storage/kept-text';

/** Tells of marks that other tabs set, or take away (`null`). */
type MarkListener = (mark: string | null) => void;

/** The browser's side of a login session. */
export interface LoginDevice {
  /** The name used last, or empty. */
  rememberedName: string;
  /** The refresh token where cookies do not reach (the Mini App), else `null`. */
  refreshToken: string | null;
  /**
   * The present sign-in of this browser, a random word; `null` while nobody is signed in. It says
   * that a refresh cookie is likely there: guests have none, and ask for nothing.
   */
  readonly mark: string | null;
  /** Marks a new sign-in and returns its mark. */
  setMark(): string;
  /** Takes the mark away, unless another tab has signed in since. */
  clearMark(mark: string): void;
  /** Listens until aborted. */
  onMark(changed: MarkListener, signal: AbortSignal): void;
  /** Runs while no other tab of this browser does. */
  exclusive<T>(run: () => Promise<T>): Promise<T>;
}

const MARK_KEY = 'pixelwars.signed-in';
const REFRESH_LOCK = 'pixelwars.refresh';

/** The browser that the page runs in. */
export class BrowserDevice implements LoginDevice {
  private readonly name = keptOnDevice('pixelwars.name');
  private readonly signedIn = keptOnDevice(MARK_KEY);
  private readonly token = keptInTab('pixelwars.refresh-token');

  get rememberedName(): string {
    return this.name.get() ?? '';
  }

  set rememberedName(name: string) {
    this.name.set(name);
  }

  get refreshToken(): string | null {
    return this.token.get();
  }

  set refreshToken(token: string | null) {
    this.token.set(token);
  }

  get mark(): string | null {
    return this.signedIn.get();
  }

  setMark(): string {
    const mark = randomWord();
    this.signedIn.set(mark);
    return mark;
  }

  clearMark(mark: string): void {
    if (this.mark === mark) {
      this.signedIn.set(null);
    }
  }

  onMark(changed: MarkListener, signal: AbortSignal): void {
    const heard = ({ key, newValue }: StorageEvent): void => {
      // The key is `null` when everything was deleted at once.
      if (key === MARK_KEY || key === null) {
        changed(key === null ? null : newValue);
      }
    };
    window.addEventListener('storage', heard, { signal });
  }

  exclusive<T>(run: () => Promise<T>): Promise<T> {
    // Pages that are not served securely have no locks; the server's grace has to do there.
    return 'locks' in navigator ? navigator.locks.request(REFRESH_LOCK, run) : run();
  }
}
