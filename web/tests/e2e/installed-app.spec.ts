import { expect, test } from './support/fixtures';
import { BOT_TOKEN } from './support/telegram-client';

interface Manifest {
  readonly name: string;
  readonly display: string;
  readonly start_url: string;
  readonly icons: readonly { src: string; sizes: string; purpose?: string }[];
}

test('the manifest names icons that are there, in their sizes', async ({ server, player }) => {
  await player.open(server.url);
  const href = await player.page.locator('link[rel="manifest"]').getAttribute('href');
  const answer = await fetch(new URL(href ?? '', server.url));
  expect(answer.headers.get('content-type')).toContain('application/manifest+json');
  const manifest = (await answer.json()) as Manifest;
  expect(manifest).toMatchObject({ name: 'Pixel Wars', display: 'standalone', start_url: '/' });
  expect(manifest.icons.map(({ purpose }) => purpose)).toContain('maskable');
  for (const { src, sizes } of manifest.icons.filter((icon) => icon.sizes !== 'any')) {
    const size = await player.page.evaluate(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    expect(size, src).toBe(sizes);
  }
});

test('the page opens without a network, says so, and goes on with it', async ({
  server, player,
}) => {
  await player.open(server.url);
  await player.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await server.stop();
  await player.page.reload();
  await expect(player.button('Menu')).toBeVisible();
  await expect(player.page.getByText('The server cannot be reached')).toBeVisible();
  await expect(await player.openPage('Rules')).toContainText('Press Play and sign in');
  await server.restart();
  await expect.poll(() => player.version(), { timeout: 40_000 }).toBeGreaterThan(0);
});

test('what the server says is never kept by the worker', async ({ server, player }) => {
  await player.open(server.url);
  await player.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await player.page.reload();
  await player.expectConnection('watching');
  const kept = await player.page.evaluate(async () => {
    const names = await caches.keys();
    const caught = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return caught.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(kept).toContain('/index.html');
  expect(kept.filter((path) => /^\/(api|docs|mini-app)/.test(path))).toEqual([]);
  // A page of the server that is no page of the app is the server's to answer.
  const docs = await player.page.goto(`${server.url}/docs`);
  expect(docs?.fromServiceWorker()).toBe(false);
});

test.describe('after an upgrade of the server', () => {
  // The worker would have kept the parts that are gone.
  test.use({ serviceWorkers: 'block' });

  test('a part that is gone makes the page load anew once, then leaves it to the reader', async ({
    server, player,
  }) => {
    const { page } = player;
    await page.route(/\/assets\/RulesPage-.*\.js$/, (route) => route.fulfill({ status: 404 }));
    await player.open(server.url);
    let loads = 0;
    page.on('load', () => { loads += 1; });
    await player.button('Menu').click();
    await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Rules' })
      .click();
    const update = page.getByTestId('update');
    await expect(update).toContainText('A new version is there.');
    await player.expectConnection('watching');
    expect(loads).toBe(1);
    await page.unroute(/\/assets\/RulesPage-.*\.js$/);
    await update.getByRole('button', { name: 'Reload' }).click();
    await expect(await player.sheet('Rules')).toContainText('Press Play and sign in');
    expect(loads).toBe(2);
  });
});

test.describe('inside Telegram', () => {
  test.use({ settings: { PIXELWARS_AUTH__TELEGRAM_BOT_TOKEN: BOT_TOKEN } });

  test('the Mini App comes from the server, with its own headers', async ({ server, player }) => {
    await player.open(server.url);
    await player.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const answer = await player.page.goto(`${server.url}/mini-app`);
    expect(answer?.fromServiceWorker()).toBe(false);
    expect((await answer?.allHeaders())?.['content-security-policy']).toContain('telegram.org');
  });
});
