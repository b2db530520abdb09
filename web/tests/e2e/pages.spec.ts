import { expect, test } from './support/fixtures';
import type { Player } from './support/player';

const PLACE = '#x=321&y=123&scale=8';
const CELL = { x: 321, y: 123 };
const PAGES = ['Settings', 'Rules', 'Feedback', 'About'];

/** Where a cell is on the page, rounded: what tells whether the canvas has moved. */
async function at(player: Player): Promise<string> {
  const { x, y } = await player.positionOf(CELL);
  return `${Math.round(x)},${Math.round(y)}`;
}

test.describe('pages', () => {
  test('open by the menu, and close by Escape, by the button and by the way back', async ({
    server, player,
  }) => {
    await player.open(server.url, PLACE);
    await expect(player.page).toHaveURL(/#x=321&y=123/);
    const before = await at(player);
    for (const name of PAGES) {
      const sheet = await player.openPage(name);
      await player.page.keyboard.press('Escape');
      await expect(sheet).toBeHidden();
      await expect(player.button('Menu')).toBeFocused();
    }
    const settings = await player.openPage('Settings');
    await settings.getByRole('button', { name: 'Close', exact: true }).click();
    await expect(settings).toBeHidden();
    const rules = await player.openPage('Rules');
    await player.page.goBack();
    await expect(rules).toBeHidden();
    expect(await at(player)).toBe(before);
    await expect(player.page).toHaveURL(/\/#x=321&y=123/);
  });

  test('open by their address, with the place under them', async ({ server, player }) => {
    await player.page.addInitScript(() => { window.__pixelwarsTest = true; });
    for (const name of PAGES) {
      await player.page.goto(`${server.url}/${name.toLowerCase()}${PLACE}`);
      const sheet = await player.sheet(name);
      await player.page.keyboard.press('Escape');
      await expect(sheet).toBeHidden();
      await expect(player.page).toHaveURL(/\/#x=321&y=123/);
    }
  });

  test('lead from one to the other and back to the canvas', async ({ server, player }) => {
    await player.open(server.url, PLACE);
    const about = await player.openPage('About');
    await about.getByRole('link', { name: 'Rules' }).click();
    const rules = await player.sheet('Rules');
    await player.page.keyboard.press('Escape');
    await expect(rules).toBeHidden();
    await expect(player.page).toHaveURL(/\/#x=321&y=123/);
  });
});

test('a language is in force at once, and after a reload', async ({ server, player }) => {
  await player.open(server.url);
  const english = await player.openPage('Settings');
  await english.getByLabel('Language').selectOption({ label: 'Русский' });
  const sheet = await player.sheet('Настройки');
  await expect(player.page.locator('html')).toHaveAttribute('lang', 'ru');
  await sheet.getByLabel('Тёмная').check();
  await player.page.reload();
  await expect(await player.sheet('Настройки')).toBeVisible();
  await expect(player.page.locator('html')).toHaveAttribute('lang', 'ru');
});

test('settings are in force at once, survive a reload, and go back', async ({
  server, player,
}) => {
  await player.open(server.url);
  const background = () =>
    player.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  const sheet = await player.openPage('Settings');
  await sheet.getByLabel('Dark').check();
  await expect.poll(background).not.toBe(light);
  const dark = await background();
  const bar = player.page.locator('meta[name="theme-color"]').first();
  await expect(bar).toHaveAttribute('content', dark);
  await sheet.getByRole('switch', { name: 'Sound', exact: true }).uncheck();
  await player.page.reload();
  await expect.poll(background).toBe(dark);
  const again = await player.sheet('Settings');
  await expect(again.getByRole('switch', { name: 'Sound', exact: true })).not.toBeChecked();
  await again.getByRole('button', { name: 'Reset settings' }).click();
  await expect.poll(background).toBe(light);
  await expect(again.getByRole('switch', { name: 'Sound', exact: true })).toBeChecked();
});

test.describe('rules', () => {
  test.use({
    settings: {
      PIXELWARS_CANVAS__MAX_CHARGES: '6',
      PIXELWARS_CANVAS__REGAIN_MS: '30000',
      PIXELWARS_CANVAS__WIDTH: '640',
      PIXELWARS_PLAYERS__AFK_AFTER_MS: '90000',
    },
  });

  test('are told with the numbers of the canvas', async ({ server, player }) => {
    await player.open(server.url);
    const rules = await player.openPage('Rules');
    await expect(rules).toContainText('You can save up 6 placements');
    await expect(rules).toContainText('every 30 sec');
    await expect(rules).toContainText('From none to all it takes 3 min');
    await expect(rules).toContainText('for 1 min 30 sec after your last pixel');
    await expect(rules).toContainText('640 × 1,000');
  });
});

test.describe('without a cooldown', () => {
  test('the rules say so', async ({ server, player }) => {
    await player.open(server.url);
    await expect(await player.openPage('Rules')).toContainText('There is no waiting');
  });
});

test('feedback is kept while it is written, and tells what went wrong', async ({
  server, player,
}) => {
  await player.open(server.url, PLACE);
  const sheet = await player.openPage('Feedback');
  await sheet.getByLabel('An idea').check();
  await sheet.getByLabel('Your message').fill('More colours');
  await expect(sheet).toContainText('12 of 4,000');
  await expect(sheet).toContainText('cell 321, 123');
  await player.page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await player.openPage('Feedback');
  await expect(sheet.getByLabel('Your message')).toHaveValue('More colours');
  await expect(sheet.getByLabel('An idea')).toBeChecked();
  await server.stop();
  await sheet.getByRole('button', { name: 'Send' }).click();
  await expect(sheet.getByRole('alert')).toContainText('The server did not answer');
  await expect(sheet.getByLabel('Your message')).toHaveValue('More colours');
});

test('feedback arrives, of a guest and of a player', async ({
  server, player,
}) => {
  await player.open(server.url, PLACE);
  const sheet = await player.openPage('Feedback');
  const sent = player.page.waitForRequest('**/api/v1/feedback');
  await sheet.getByLabel('Your message').fill('It is\ntoo bright');
  await sheet.getByLabel('How to reach you').fill('@ada');
  await sheet.getByRole('button', { name: 'Send' }).click();
  expect((await sent).postDataJSON()).toEqual({
    category: 'bug', text: 'It is\ntoo bright', contact: '@ada',
    canvas: 'main', version: 1, x: 321, y: 123,
  });
  await expect(sheet.getByRole('status')).toContainText('Thank you');
  await sheet.getByRole('button', { name: 'Back to the canvas' }).click();
  await expect(sheet).toBeHidden();
  await player.play('ada');
  await player.openPage('Feedback');
  await expect(sheet).toContainText('Sent as ada.');
  await sheet.getByRole('switch', { name: 'Attach where I am' }).uncheck();
  await sheet.getByLabel('Your message').fill('Thing two');
  await sheet.getByRole('button', { name: 'Send' }).click();
  await sheet.getByRole('button', { name: 'Write another' }).click();
  await expect(sheet.getByLabel('Your message')).toHaveValue('');
});

test.describe('with little room for feedback', () => {
  test.use({ settings: { PIXELWARS_LIMITS__FEEDBACK_PER_10_MIN: '1' } });

  test('who sends too much is told, and keeps the text', async ({ server, player }) => {
    await player.open(server.url);
    const sheet = await player.openPage('Feedback');
    await sheet.getByLabel('Your message').fill('One');
    await sheet.getByRole('button', { name: 'Send' }).click();
    await sheet.getByRole('button', { name: 'Write another' }).click();
    await sheet.getByLabel('Your message').fill('One more');
    await sheet.getByRole('button', { name: 'Send' }).click();
    await expect(sheet.getByRole('alert')).toContainText('Too many requests');
    await expect(sheet.getByLabel('Your message')).toHaveValue('One more');
  });
});
