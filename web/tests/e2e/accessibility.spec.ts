import { AxeBuilder } from '@axe-core/playwright';

import type { Player } from './support/player';
import { expect, test } from './support/fixtures';

/** A cell to place on. */
const CELL = { x: 500, y: 492 };

/** The addresses of the pages over the canvas. */
const PAGES = [
  'settings', 'rules', 'feedback', 'account', 'about', 'templates', 'shortcuts', 'log',
  'report',
] as const;

async function violations(player: Player): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: player.page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

/** Opens every page over the canvas. */
async function expectPages(player: Player, url: string): Promise<void> {
  for (const path of PAGES) {
    await player.page.goto(`${url}/${path}`);
    await expect(player.page.getByRole('dialog').getByRole('button').first()).toBeVisible();
    await expect(player.page.getByRole('dialog').locator('.page-body > *').first()).toBeVisible();
    expect(await violations(player), path).toEqual([]);
  }
}

test.describe('the Russian page keeps WCAG AA', () => {
  test.use({ locale: 'ru-RU' });

  test('as a guest, in the menu and on every page over the canvas', async ({ server, player }) => {
    await player.page.emulateMedia({ reducedMotion: 'reduce' });
    await player.openAsNewcomer(server.url);
    await expect(player.page.locator('html')).toHaveAttribute('lang', 'ru');
    await player.button('Меню').click();
    expect(await violations(player)).toEqual([]);
    await expectPages(player, server.url);
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`the ${colorScheme} page keeps WCAG AA`, () => {
    test.beforeEach(async ({ player }) => {
      await player.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    });

    test.describe('with providers', () => {
      test.use({ hasProviders: true });

      test('as a guest, in the dialog, in the game and on the account’s page', async ({
        server, player,
      }) => {
        await player.open(server.url);
        expect(await violations(player)).toEqual([]);
        await player.button('Play').click();
        await expect(player.page.getByRole('link', { name: /Google/ })).toBeFocused();
        expect(await violations(player)).toEqual([]);
        await player.page.keyboard.press('Escape');
        await player.play('ada');
        await player.choose(3);
        expect(await violations(player)).toEqual([]);
        const sheet = await player.openAccount();
        await expect(sheet.getByRole('button', { name: 'Link Google' })).toBeVisible();
        expect(await violations(player)).toEqual([]);
        await sheet.getByRole('button', { name: 'Log out everywhere…' }).click();
        expect(await violations(player)).toEqual([]);
        await player.page.keyboard.press('Escape');
        await expect(sheet).toBeHidden();
        await expect(player.page.getByRole('link', { name: 'Account: ada' })).toBeFocused();
      });
    });

    test('in the menu and on every page over the canvas', async ({ server, player }) => {
      await player.openAsNewcomer(server.url);
      await expect(player.page.getByTestId('hint')).toBeVisible();
      await player.button('Menu').click();
      expect(await violations(player)).toEqual([]);
      await expectPages(player, server.url);
    });

    test('on the card of a cell, looking back, and in the tools', async ({ server, player }) => {
      await player.open(server.url, `#x=${CELL.x}&y=${CELL.y}&scale=24`);
      await player.play('ada');
      for (const color of [2, 5]) {
        await player.choose(color);
        await player.point(CELL);
        await player.expectCell(CELL, color);
      }
      const at = await player.positionOf(CELL);
      await player.page.keyboard.down('Shift');
      await player.page.mouse.click(at.x, at.y);
      await player.page.keyboard.up('Shift');
      const card = player.page.getByTestId('cell-card');
      await expect(card.getByRole('listitem')).toHaveCount(2);
      expect(await violations(player), 'card').toEqual([]);
      await card.getByRole('button', { name: /^Look at the canvas at version/ }).last().click();
      await expect(player.page.getByTestId('past')).toContainText('The canvas at version');
      expect(await violations(player), 'looking back').toEqual([]);
      await player.button('Share and save').click();
      await expect(player.button('Save the whole canvas')).toBeVisible();
      expect(await violations(player), 'tools').toEqual([]);
    });

    test.describe('with one seat that ends soon', () => {
      test.use({
        settings: { PIXELWARS_MAX_PLAYERS: '1', PIXELWARS_PLAYERS__AFK_AFTER_MS: '15000' },
      });

      test('in the queue, at the last moments of a seat and after them', async ({
        server, player, other,
      }) => {
        await other.open(server.url);
        await other.play('bob');
        await player.open(server.url);
        await player.signIn('ada');
        await expect(player.page.getByTestId('queue')).toBeVisible();
        expect(await violations(player)).toEqual([]);
        await player.expectStatus('playing');
        await expect(player.page.getByTestId('seat-countdown')).toBeVisible();
        expect(await violations(player)).toEqual([]);
        await expect(player.pause('afk')).toBeVisible({ timeout: 30_000 });
        expect(await violations(player)).toEqual([]);
      });
    });
  });
}
