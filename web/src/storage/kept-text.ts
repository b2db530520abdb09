/** A text that the browser keeps for the page. */

/** Reads and writes one key; a browser that forbids storage keeps nothing, which is no error. */
export class KeptText {
  private readonly storage: () => Storage;
  private readonly key: string;

  /** `storage` is asked for late: reading `localStorage` throws where it is forbidden. */
  constructor(storage: () => Storage, key: string) {
    this.storage = storage;
    this.key = key;
  }

  /** The text, or `null` when there is none. */
  get(): string | null {
    try {
      return this.storage().getItem(this.key);
    } catch {
      return null;
    }
  }

  /** Keeps a text; `null` deletes it. */
  set(text: string | null): void {
    try {
      if (text === null) {
        this.storage().removeItem(this.key);
      } else {
        this.storage().setItem(this.key, text);
      }
    } catch {
      // Nothing depends on more than this page's own memory.
    }
  }
}

/** Kept on this device until deleted. */
export function keptOnDevice(key: string): KeptText {
  return new KeptText(() => localStorage, key);
}

/** Kept for this tab, through reloads. */
export function keptInTab(key: string): KeptText {
  return new KeptText(() => sessionStorage, key);
}

/** A random word that tells one tab, or one sign-in, from others. Not a secret. */
export function randomWord(): string {
  return Math.random().toString(36).slice(2);
}
