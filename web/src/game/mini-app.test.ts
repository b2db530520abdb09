import { expect, it } from 'vitest';

import { type ClientWindow, isLaunched, rawInitData, withoutLaunch } from './mini-app';

it('the init data is taken out of the hash exactly as the client signed it', () => {
  const signed =
    'user=%7B%22id%22%3A1%2C%22first_name%22%3A%22A%2BB%22%2C%22photo_url%22%3A%22https%3A' +
    '%5C%2F%5C%2Ft.me%22%7D&chat_instance=-1&signature=a_b-C&auth_date=1&hash=00ff';
  const hash = `#tgWebAppData=${encodeURIComponent(signed)}&tgWebAppVersion=9.1`;
  expect(rawInitData(hash)).toBe(signed);
});

it.each(['', '#', '#x=1&y=2', '#tgWebAppData=', '#tgWebAppVersion=9.1'])(
  '%j is not of Telegram',
  (hash) => {
    expect(rawInitData(hash)).toBeNull();
  },
);

/** A window that nobody frames. */
function ownWindow(more: Partial<ClientWindow> = {}): ClientWindow {
  const page: { parent: unknown } & Partial<ClientWindow> = { ...more, parent: null };
  page.parent = page;
  return page;
}

it.each([
  ['a WebView', ownWindow({ TelegramWebviewProxy: {} })],
  ['an old desktop client', ownWindow({ external: { notify: () => undefined } })],
  ['a framing page', { parent: {} }],
])('launch data is believed inside of %s, and at the Mini App’s address only', (_, page) => {
  expect(isLaunched('/mini-app', page)).toBe(true);
  expect(isLaunched('/mini-app/templates', page)).toBe(true);
  expect(isLaunched('/', page)).toBe(false);
  expect(isLaunched('/mini-apples', page)).toBe(false);
});

it('in a browser’s own tab no launch data is believed', () => {
  expect(isLaunched('/mini-app', ownWindow())).toBe(false);
  expect(isLaunched('/mini-app', ownWindow({ external: {} }))).toBe(false);
});

it('launch data is taken out of a hash, and the rest stays as it was', () => {
  expect(withoutLaunch('#tgWebAppData=a%3Db&tgWebAppVersion=9.1')).toBe('');
  expect(withoutLaunch('#x=1&tgWebAppData=a&y=%20')).toBe('#x=1&y=%20');
  expect(withoutLaunch('#x=1&y=2')).toBe('#x=1&y=2');
  expect(withoutLaunch('')).toBe('');
});
