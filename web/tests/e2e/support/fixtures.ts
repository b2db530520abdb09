/** What every browser test gets: a server of its own and players on it. */

import { type Browser, test as base } from '@playwright/test';

import { OidcProvider } from './oidc-provider';
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
  /** A third one, likewise. */
  third: Player;
  /** One more tab in the browser of `player`. */
  tab: Player;
}

/** For tests that sign in at a provider: it starts before the server, which is told of it. */
interface ProviderFixtures {
  /** Whether the server knows providers; override with `test.use`. */
  hasProviders: boolean;
  provider: OidcProvider | null;
}

export const test = base.extend<Fixtures & ProviderFixtures>({
  hasProviders: [false, { option: true }],
  provider: async ({ hasProviders }, use) => {
    const provider = hasProviders ? await OidcProvider.start() : null;
    await use(provider);
    await provider?.dispose();
  },
  settings: [{ PIXELWARS_CANVAS__REGAIN_MS: '0' }, { option: true }],
  server: async ({ settings, provider }, use) => {
    const server = await GameServer.start({ ...settings, ...provider?.settings });
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
  third: async ({ browser, contextOptions }, use) => {
    const context = await newContext(browser, contextOptions);
    await use(new Player(await context.newPage()));
    await context.close();
  },
  tab: async ({ context }, use) => {
    await use(new Player(await context.newPage()));
  },
});

function newContext(browser: Browser, options: object) {
  return browser.newContext({ ...options, viewport: { width: 1280, height: 800 } });
}
