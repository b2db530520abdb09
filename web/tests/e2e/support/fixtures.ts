/** What every browser test gets: a server of its own and players on it. */

import { type Browser, test as base } from '@playwright/test';

import { Player } from './player';
import { GameServer, type Settings } from './server';

export { expect } from '@playwright/test';

interface Fixtures {
  /** Settings of the server; override with `test.use`. */
  settings: Settings;
  server: GameServer;
  /** The player at the test's own page. */
  player: Player;
  /** Another player in a browser profile of their own. */
  other: Player;
}

export const test = base.extend<Fixtures>({
  settings: [{ PIXELWARS_CANVAS__REGAIN_MS: '0' }, { option: true }],
  server: async ({ settings }, use) => {
    const server = await GameServer.start(settings);
    await use(server);
    await server.dispose();
  },
  player: async ({ page }, use) => {
    await use(new Player(page));
  },
  other: async ({ browser, contextOptions }, use) => {
    const context = await newContext(browser, contextOptions);
    await use(new Player(await context.newPage()));
    await context.close();
  },
});

function newContext(browser: Browser, options: object) {
  return browser.newContext({ ...options, viewport: { width: 1280, height: 800 } });
}
