import { expect, test } from './support/fixtures';
import {
  BOT_TOKEN, initData, installBridge, launchHash, pressMainButton,
} from './support/telegram-client';

const PERSON = { id: 99_281_932, first_name: 'Ada + Co' };

test.use({
  settings: {
    PIXELWARS_CANVAS__REGAIN_MS: '0',
    PIXELWARS_AUTH__TELEGRAM_BOT_TOKEN: BOT_TOKEN,
  },
});

test('whoever opens the Mini App is signed in, and the client is greeted', async ({
  server, player,
}) => {
  await player.page.addInitScript(installBridge);
  await player.open(`${server.url}/mini-app`, launchHash(initData(PERSON)));
  await player.expectStatus('afk');
  await expect
    .poll(() => player.page.evaluate(() => window.__told))
    .toEqual(expect.arrayContaining(['web_app_ready', 'web_app_expand']));
  expect(await player.page.context().cookies()).toEqual([]);
  await pressMainButton(player.page);
  await player.expectStatus('playing');
  await expect(await player.openAccount()).toContainText('Ada + Co');
});

test('a reload of the WebView goes on with the game, with and without launch data', async ({
  server, player,
}) => {
  await player.page.addInitScript(installBridge);
  const hash = launchHash(initData(PERSON));
  await player.open(`${server.url}/mini-app`, hash);
  await player.expectStatus('afk');
  await pressMainButton(player.page);
  await player.expectStatus('playing');
  const id = await player.id();
  await player.page.reload();
  await player.expectStatus('playing');
  expect(await player.id()).toBe(id);
  // The client's own "reload" opens the address that it made.
  await player.page.evaluate((launch) => { location.hash = launch; }, hash);
  await player.page.reload();
  await player.expectStatus('playing');
  expect(await player.id()).toBe(id);
});

test('launch data that somebody copied signs nobody in', async ({ server, player, other }) => {
  const hash = launchHash(initData(PERSON));
  await player.page.addInitScript(installBridge);
  await other.page.addInitScript(installBridge);
  await player.open(`${server.url}/mini-app`, hash);
  await player.expectStatus('afk');
  await other.open(`${server.url}/mini-app`, hash);
  await expect(other.page.getByTestId('message')).toBeVisible();
  await other.expectStatus('guest');
});

test('a link with a stranger’s launch data signs nobody in outside of Telegram', async ({
  server, player,
}) => {
  await player.open(`${server.url}/mini-app`, launchHash(initData(PERSON)));
  await player.expectStatus('guest');
  await expect(player.page).not.toHaveURL(/tgWebApp/);
  await player.page.addInitScript(installBridge);
  await player.open(server.url, launchHash(initData(PERSON)));
  await player.expectStatus('guest');
  await expect(player.page).not.toHaveURL(/tgWebApp/);
});
