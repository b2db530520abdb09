/** What Telegram's client hands over to sign somebody in. */

/**
 * The `initData` of a Mini App's address, exactly as the client signed it, or `null` elsewhere.
 * The hash holds it with one layer of percent-encoding around it; what is inside stays untouched.
 */
export function rawInitData(hash: string): string | null {
  const data = new URLSearchParams(hash.replace(/^#/, '')).get('tgWebAppData');
  return data === null || data === '' ? null : data;
}
