/** What the page shows of the account, in one place. */

import type { LinkedIdentity, PlayerName, SignInWays } from '../api/types';

/** Everything the components read of the account. Only the account writes it. */
export interface AccountState {
  /** `resuming` while it is being found out whether somebody is still signed in. */
  login: 'resuming' | 'guest' | 'signed-in';
  player: PlayerName | null;
  /** The ways to sign in, or `null` before they are known. */
  ways: SignInWays | null;
  /** What leads to the player besides this browser; `null` before it is known. */
  identities: readonly LinkedIdentity[] | null;
  /** Whether the page is shown inside Telegram. */
  isMiniApp: boolean;
  /** What a sign-in that is under way does. */
  work: 'none' | 'signing-in' | 'proving';
  /** Why the last try to sign in failed, or empty. */
  complaint: string;
}

/** The account of a page that has just been opened. */
export function initialAccountState(): AccountState {
  return {
    login: 'resuming',
    player: null,
    ways: null,
    identities: null,
    isMiniApp: false,
    work: 'none',
    complaint: '',
  };
}
