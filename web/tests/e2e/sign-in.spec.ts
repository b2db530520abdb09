import { expect, test } from './support/fixtures';
import type { Player } from './support/player';

const CLOSE = '#x=500&y=500&scale=16';
const CELL = { x: 500, y: 492 };

/** The address without its origin. */
function address(player: Player): string {
  const { pathname, search, hash } = new URL(player.page.url());
  return pathname + search + hash;
}

test.describe('by name', () => {
  test('a guest is asked nothing, and asks the server for no token', async ({ server, player }) => {
    const asked: string[] = [];
    player.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await player.open(server.url);
    await player.expectStatus('guest');
    expect(asked.filter((path) => path.startsWith('/api/v1/auth'))).toEqual([]);
  });

  test('a reload keeps the player and the seat', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    const id = await player.id();
    await player.page.reload();
    await player.expectStatus('playing');
    expect(await player.id()).toBe(id);
    await player.choose(2);
    await player.point(CELL);
    await player.expectCell(CELL, 2);
  });

  test('no script can read a token from the browser', async ({ server, player }) => {
    await player.open(server.url);
    await player.play('ada');
    const kept = await player.page.evaluate(() => ({
      cookie: document.cookie,
      stored: [localStorage, sessionStorage].map((storage) => JSON.stringify(storage)).join(),
    }));
    expect(kept.cookie).toBe('');
    expect(kept.stored).not.toMatch(/[\w-]{20,}/);
    const [cookie] = await player.page.context().cookies(server.url);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  });

  test('logging out ends it in every tab and for good', async ({ server, player, tab }) => {
    await player.open(server.url);
    await player.play('ada');
    await tab.open(server.url);
    await expect.poll(() => tab.id()).toBe(await player.id());
    const sheet = await player.openAccount();
    await sheet.getByRole('button', { name: 'Log out', exact: true }).click();
    await player.expectStatus('guest');
    await tab.expectStatus('guest');
    await player.page.reload();
    await player.expectStatus('guest');
    await expect(player.button('Play')).toBeVisible();
  });

  test('a refresh token that was used by another is told once, and watching goes on', async ({
    server, player, other,
  }) => {
    await player.open(server.url);
    await player.play('ada');
    const stolen = await player.page.context().cookies(server.url);
    // Each use replaces the token; the second one makes the stolen one older than its successor.
    for (let use = 0; use < 2; use += 1) {
      await player.page.reload();
      await player.expectStatus('playing');
    }
    await other.page.context().addCookies(stolen);
    const answer = await other.page.request.post(`${server.url}/api/v1/auth/refresh`, {
      headers: { Origin: server.url },
    });
    expect(answer.status()).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'refresh_token_reused' } });
    await expect(player.page.getByTestId('message')).toContainText(/sign in again/i);
    await player.expectStatus('guest');
    await player.expectConnection('watching');
    await player.page.reload();
    await player.expectConnection('watching');
    await expect(player.page.getByTestId('message')).toBeHidden();
  });
});

test.describe('by name and a proof of work', () => {
  test.use({ settings: { PIXELWARS_HUMAN_CHECK: 'altcha' } });

  test('the page does the work in the background, under its security policy', async ({
    server, player,
  }) => {
    const faults: string[] = [];
    player.page.on('pageerror', (error) => faults.push(error.message));
    player.page.on('console', (message) => {
      if (message.type() === 'error') {
        faults.push(message.text());
      }
    });
    await player.open(server.url);
    const signIn = player.page.waitForRequest('**/api/v1/auth/anonymous');
    await player.play('ada');
    expect((await signIn).postData()).toContain('"proof":"');
    expect(faults).toEqual([]);
  });
});

test.describe('with providers', () => {
  test.use({ hasProviders: true });

  test('Google leads back to the same view, into the game', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.signInWith('Google', 'grace');
    await player.expectStatus('playing');
    expect(address(player)).toBe(`/${CLOSE}`);
    await player.choose(2);
    await player.point(CELL);
    await player.expectCell(CELL, 2);
    const sheet = await player.openAccount();
    await expect(sheet).toContainText('grace');
    await expect(sheet.getByRole('listitem')).toHaveText('Google');
  });

  test('Telegram signs in, and the same person is the same player elsewhere', async ({
    server, player, other,
  }) => {
    await player.open(server.url);
    await player.signInWith('Telegram', 'tom');
    await player.expectStatus('playing');
    await other.open(server.url);
    await other.signInWith('Telegram', 'tom');
    await other.expectStatus('playing');
    expect(await other.id()).toBe(await player.id());
  });

  test('who says no at the provider is a guest and is told', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.button('Play').click();
    await player.page.getByRole('link', { name: 'Continue with Google' }).click();
    await player.page.getByRole('link', { name: /Cancel/ }).click();
    await expect(player.page.getByTestId('message')).toBeVisible();
    await player.expectStatus('guest');
    expect(address(player)).toBe(`/${CLOSE}`);
  });

  test('a name becomes an account by linking, and a second browser finds it', async ({
    server, player, other,
  }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    const id = await player.id();
    const sheet = await player.openAccount();
    await sheet.getByRole('button', { name: 'Link Google' }).click();
    await player.agreeAtProvider('ada-at-google');
    await expect(player.page.getByTestId('message')).toContainText('Google is linked');
    await player.expectStatus('playing');
    expect(await player.id()).toBe(id);
    const opened = await player.sheet('Account');
    await expect(opened.getByRole('listitem')).toHaveText('Google');
    await opened.getByRole('button', { name: 'Unlink Google' }).click();
    await expect(player.page.getByTestId('message')).toContainText('only way back');
    await other.open(server.url);
    await other.signInWith('Google', 'ada-at-google');
    await expect.poll(() => other.id()).toBe(id);
  });

  test('logging out everywhere reaches the other device', async ({ server, player, other }) => {
    await player.open(server.url);
    await player.signInWith('Google', 'grace');
    await player.expectStatus('playing');
    await other.open(server.url);
    await other.signInWith('Google', 'grace');
    await other.expectStatus('playing');
    const sheet = await player.openAccount();
    await sheet.getByRole('button', { name: 'Log out everywhere…' }).click();
    await sheet.getByRole('button', { name: 'Log out everywhere', exact: true }).click();
    await player.expectStatus('guest');
    await other.expectStatus('guest');
    await expect(other.page.getByTestId('message')).toContainText('logged out');
  });
});
