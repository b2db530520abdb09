/** A Telegram client that opens a Mini App, as far as a page can tell. */

import { createHmac } from 'node:crypto';

import type { Page } from '@playwright/test';

/** The token of a bot that nobody runs. */
export const BOT_TOKEN = '1234567890:AAE2etestsOnlyNotABotOfAnybody00000';

/** A person in Telegram. */
export interface TelegramPerson {
  readonly id: number;
  readonly first_name: string;
}

/**
 * Launch data of a Mini App, signed with the bot's token: HMAC-SHA-256 over all fields but `hash`
 * (core.telegram.org/bots/webapps, "Validating data received via the Mini App").
 */
export function initData(person: TelegramPerson, now = Date.now()): string {
  const fields: Record<string, string> = {
    auth_date: String(Math.floor(now / 1_000)),
    chat_instance: '-3788475317572404878',
    chat_type: 'private',
    signature: 'not-checked-by-those-who-have-the-token',
    // Slashes are escaped as the client does it: whoever writes the JSON anew breaks the hash.
    user: JSON.stringify({ ...person, photo_url: 'https://t.me/i/1.svg' }).replaceAll('/', '\\/'),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  const secret = createHmac('sha256', 'WebAppData').update(BOT_TOKEN).digest();
  const hash = createHmac('sha256', secret).update(lines.join('\n')).digest('hex');
  return new URLSearchParams({ ...fields, hash }).toString();
}

/** The hash of the address that the client opens. */
export function launchHash(data: string, more: Readonly<Record<string, string>> = {}): string {
  const params = new URLSearchParams({
    tgWebAppData: data,
    tgWebAppVersion: '9.1',
    tgWebAppPlatform: 'android',
    tgWebAppThemeParams: '{"bg_color":"#ffffff"}',
    ...more,
  });
  return `#${params.toString()}`;
}

declare global {
  interface Window {
    /** The way to the client that Telegram's own WebView gives a page. */
    TelegramWebviewProxy?: { postEvent(name: string, json?: string): void };
    /** What the page has told the client, for tests. */
    __told?: string[];
    /** The way from the client, which the page sets up. */
    TelegramGameProxy_receiveEvent?: (name: string, data?: unknown) => void;
  }
}

/** Runs in the page before its scripts: the client's side of the bridge. */
export function installBridge(): void {
  window.__told = [];
  window.TelegramWebviewProxy = {
    postEvent: (name) => { window.__told?.push(name); },
  };
}

/** Presses the button that the client shows below the page, once it does. */
export async function pressMainButton(page: Page): Promise<void> {
  await page.waitForFunction(
    () => window.__told?.includes('web_app_setup_main_button') === true &&
      window.TelegramGameProxy_receiveEvent !== undefined,
  );
  await page.evaluate(() => { window.TelegramGameProxy_receiveEvent?.('main_button_pressed'); });
}
