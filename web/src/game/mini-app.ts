/** The page inside Telegram: what the client hands over, and what it is told. */

/**
 * The `initData` of a Mini App's address, exactly as the client signed it, or `null` elsewhere.
 * The hash holds it with one layer of percent-encoding around it; what is inside stays untouched.
 */
export function rawInitData(hash: string): string | null {
  const data = new URLSearchParams(hash.replace(/^#/, '')).get('tgWebAppData');
  return data === null || data === '' ? null : data;
}

/** Tells the client that the page is there, and asks for all of the height. */
export async function greetTelegram(): Promise<void> {
  const { postEvent } = await import('@tma.js/bridge');
  postEvent('web_app_ready');
  postEvent('web_app_expand');
}
