/** Where Telegram's client opens the page, and what it hands over there to sign somebody in. */

/** Where Telegram opens the page; everything else of a Mini App lies below it. */
export const MINI_APP = '/mini-app';

/** All that a client writes into the hash begins so. */
const LAUNCH_WORD = 'tgWebApp';

/** What of a window tells whether a client of Telegram shows it. */
export interface ClientWindow {
  readonly parent: unknown;
  /** The way to the client that its own WebViews give a page. */
  readonly TelegramWebviewProxy?: unknown;
  /** The way to it on Windows Phone and in old desktop clients. */
  readonly external?: unknown;
}

/** Whether Telegram opened this page as a Mini App, by its address. */
export function isMiniAppAddress(path: string): boolean {
  return path === MINI_APP || path.startsWith(`${MINI_APP}/`);
}

/** Whether there is a client to talk to: around a WebView, or a page that frames this one. */
export function hasClient(page: ClientWindow): boolean {
  const { external } = page;
  return page.TelegramWebviewProxy !== undefined || page.parent !== page ||
    (typeof external === 'object' && external !== null && 'notify' in external);
}

/**
 * Whether launch data is to be believed. Anybody can write a link with a stranger's data, and
 * whoever followed it would play as that stranger: so only at the Mini App's own address, which
 * none but Telegram may frame, and only inside of a client.
 */
export function isLaunched(path: string, page: ClientWindow): boolean {
  return isMiniAppAddress(path) && hasClient(page);
}

/** Takes launch data that is not to be believed out of the page's address. */
export function dropForeignLaunch(): void {
  const address = new URL(location.href);
  const rest = withoutLaunch(address.hash);
  if (rest !== address.hash && !isLaunched(address.pathname, window)) {
    address.hash = rest;
    history.replaceState(history.state, '', address);
  }
}

/** A hash without what a client wrote there. */
export function withoutLaunch(hash: string): string {
  const parts = hash.replace(/^#/, '').split('&');
  const rest = parts.filter((part) => !part.startsWith(LAUNCH_WORD)).join('&');
  return rest === '' ? '' : `#${rest}`;
}

/**
 * The `initData` of a Mini App's address, exactly as the client signed it, or `null` elsewhere.
 * The hash holds it with one layer of percent-encoding around it; what is inside stays untouched.
 */
export function rawInitData(hash: string): string | null {
  const data = new URLSearchParams(hash.replace(/^#/, '')).get('tgWebAppData');
  return data === null || data === '' ? null : data;
}
