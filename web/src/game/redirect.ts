/** The way to a provider and back: what the address says after it, and what it must not lose. */

import { keptInTab } from '../storage/kept-text';

/** What came of the way to a provider. */
export type RedirectOutcome =
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'linked'; readonly provider: string }
  /** `code` is one of the server's error codes. */
  | { readonly kind: 'failed'; readonly provider: string; readonly code: string };

const SIGN_IN = 'sign_in';
const SIGN_IN_ERROR = 'sign_in_error';
const LINKED = 'linked';

/** Reads what the server wrote into the query of the address; `null` when it wrote nothing. */
export function readRedirect(search: string): RedirectOutcome | null {
  const params = new URLSearchParams(search);
  const linked = params.get(LINKED);
  const code = params.get(SIGN_IN_ERROR);
  const provider = params.get(SIGN_IN) ?? linked ?? '';
  if (code !== null) {
    return { kind: 'failed', provider, code };
  }
  if (linked !== null) {
    return { kind: 'linked', provider: linked };
  }
  return params.has(SIGN_IN) ? { kind: 'signed-in' } : null;
}

/** The query without what `readRedirect` reads. */
export function withoutRedirect(search: string): string {
  const params = new URLSearchParams(search);
  [SIGN_IN, SIGN_IN_ERROR, LINKED].forEach((name) => { params.delete(name); });
  const rest = params.toString();
  return rest === '' ? '' : `?${rest}`;
}

/** The hash of the address never reaches a server, so the tab keeps it for the way back. */
const keptView = keptInTab('pixelwars.view');

/** Notes what is shown; to be called when the page is about to leave. */
export function keepView(): void {
  keptView.set(location.hash);
}

/** The server leads back to no longer path; it has to fit into a cookie. */
const MAX_PATH_LENGTH = 512;

/** The path for the server to lead back to; the start page if it would not take this one. */
export function returnPath(): string {
  const path = location.pathname + withoutRedirect(location.search);
  const isTaken = path.length <= MAX_PATH_LENGTH && !path.includes('//') && !path.includes('\\');
  return isTaken ? path : '/';
}

/** Reads the outcome from the page's address, once, and puts the address right. */
export function returnFromProvider(): RedirectOutcome | null {
  const outcome = readRedirect(location.search);
  if (outcome !== null) {
    const hash = location.hash || (keptView.get() ?? '');
    keptView.set(null);
    const address = location.pathname + withoutRedirect(location.search) + hash;
    history.replaceState(history.state, '', address);
  }
  return outcome;
}
