/**
 * Telegram's web client as far as a Mini App can tell: a page of `https://web.telegram.org` that
 * frames the game, speaks the client's protocol by `postMessage`, and draws the client's buttons.
 */

import { expect, type FrameLocator, type Page } from '@playwright/test';

/** Themes as Telegram's clients send them. */
export const THEMES = {
  /** Telegram for iOS by day, with a button that is readable. */
  light: {
    bg_color: '#ffffff', secondary_bg_color: '#efeff4', text_color: '#000000',
    hint_color: '#6d6d72', button_color: '#0062cc', button_text_color: '#ffffff',
    header_bg_color: '#f8f8f8',
  },
  /** Telegram for Android at night. */
  dark: {
    bg_color: '#17212b', secondary_bg_color: '#232e3c', text_color: '#f5f5f5',
    hint_color: '#708499', button_color: '#5288c1', button_text_color: '#ffffff',
    header_bg_color: '#17212b',
  },
} as const;

const CLIENT = 'https://web.telegram.org/k/';

/** One message of the page to the client. */
export interface Told {
  readonly eventType: string;
  readonly eventData?: Readonly<Record<string, string | boolean>>;
}

declare global {
  interface Window {
    /** What the framed page has told, in order. */
    __toldFrame?: Told[];
    /** Sends an event to the framed page. */
    __sendFrame?: (eventType: string, eventData?: unknown) => void;
    /** What the client answers when it is asked, by the question's name. */
    __answers?: Readonly<Record<string, readonly [string, unknown]>>;
  }
}

/** The client with the game in it. */
export class TelegramWeb {
  readonly game: FrameLocator;

  private constructor(readonly page: Page) {
    this.game = page.frameLocator('iframe');
  }

  /** Opens the game's Mini App at `url` (with the launch hash) in the client. */
  static async open(
    page: Page,
    url: string,
    theme: Readonly<Record<string, string>>,
  ): Promise<TelegramWeb> {
    await page.route(`${CLIENT}**`, (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: CLIENT_PAGE }));
    await page.addInitScript(() => { window.__pixelwarsTest = true; });
    await page.addInitScript(clientScript, theme);
    await page.goto(CLIENT);
    await page.evaluate((address) => {
      document.querySelector('iframe')?.setAttribute('src', address);
    }, url);
    return new TelegramWeb(page);
  }

  /** Everything told under a name, oldest first. */
  told(name: string): Promise<readonly Told['eventData'][]> {
    return this.page.evaluate(
      (wanted) => (window.__toldFrame ?? [])
        .filter(({ eventType }) => eventType === wanted)
        .map(({ eventData }) => eventData),
      name,
    );
  }

  /** Waits until the newest word under a name is this. */
  async expectLast(name: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    await expect
      .poll(async () => (await this.told(name)).at(-1), { message: name })
      .toMatchObject(data);
  }

  /** Sends an event to the game. */
  send(name: string, data?: unknown): Promise<void> {
    return this.page.evaluate(
      ([type, payload]) => { window.__sendFrame?.(type, payload); },
      [name, data] as const,
    );
  }

  /** A value computed from a test hook of the game. */
  async status(): Promise<string | undefined> {
    return this.game.locator('body').evaluate(() => window.__pixelwars?.status());
  }

  /** Presses the client's own button below the game. */
  async pressMainButton(): Promise<void> {
    await this.page.locator('#main').click();
  }

  /** Presses the client's own way back. */
  async pressBack(): Promise<void> {
    await this.page.locator('#back').click();
  }
}

const CLIENT_PAGE = `<!doctype html>
<meta name="viewport" content="width=device-width, initial-scale=1" />
<style>
  html, body { height: 100%; margin: 0; }
  body { display: flex; flex-direction: column; font: 600 17px system-ui, sans-serif; }
  header { display: flex; align-items: center; gap: 12px; height: 56px; padding: 0 14px; }
  iframe { flex: 1; width: 100%; border: 0; }
  button { border: 0; background: none; color: inherit; font: inherit; }
  #main { height: 50px; }
  [hidden] { display: none; }
</style>
<header><button id="back" hidden>←</button><button id="close">✕</button>
<span>Pixel Wars</span></header>
<iframe title="Mini App"></iframe>
<button id="main" hidden></button>`;

/** Runs in the client's page, and does nothing in the game's. */
function clientScript(theme: Readonly<Record<string, string>>): void {
  if (location.hostname !== 'web.telegram.org') {
    return;
  }
  const find = (selector: string) => document.querySelector<HTMLElement>(selector);
  const told: Told[] = [];
  window.__toldFrame = told;
  window.__sendFrame = (eventType, eventData) => {
    const frame = document.querySelector('iframe');
    frame?.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), '*');
  };
  window.__answers = {
    web_app_request_theme: ['theme_changed', { theme_params: theme }],
    web_app_request_safe_area: ['safe_area_changed', { top: 0, right: 0, bottom: 20, left: 0 }],
    web_app_request_content_safe_area: [
      'content_safe_area_changed', { top: 12, right: 0, bottom: 0, left: 0 },
    ],
    web_app_request_fullscreen: ['fullscreen_changed', { is_fullscreen: true }],
    web_app_exit_fullscreen: ['fullscreen_changed', { is_fullscreen: false }],
  };
  const draw: Record<string, (data: Record<string, string | boolean | undefined>) => void> = {
    web_app_setup_back_button: (data) => {
      find('#back')?.toggleAttribute('hidden', data['is_visible'] !== true);
    },
    web_app_setup_main_button: (data) => {
      const button = find('#main');
      button?.toggleAttribute('hidden', data['is_visible'] !== true);
      if (button !== null) {
        button.textContent = String(data['text'] ?? '');
        button.style.background = String(data['color'] ?? '');
        button.style.color = String(data['text_color'] ?? '');
      }
    },
    web_app_set_header_color: (data) => {
      document.body.style.background = String(data['color'] ?? theme['header_bg_color']);
      document.body.style.color = theme['text_color'] ?? '';
    },
  };
  window.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Told;
    told.push(message);
    draw[message.eventType]?.({ ...message.eventData });
    const answer = window.__answers?.[message.eventType];
    if (answer !== undefined) {
      window.__sendFrame?.(...answer);
    }
  });
  document.addEventListener('DOMContentLoaded', () => {
    find('#back')?.addEventListener('click', () => {
      window.__sendFrame?.('back_button_pressed');
    });
    find('#main')?.addEventListener('click', () => {
      window.__sendFrame?.('main_button_pressed');
    });
  });
}
