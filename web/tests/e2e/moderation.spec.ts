import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from './support/fixtures';
import { HttpPlayer } from './support/http-player';
import type { Player } from './support/player';
import type { GameServer } from './support/server';

const CELL = { x: 500, y: 500 };
const PLACE = '#x=500&y=500&scale=16';

/** A code that makes an admin. */
function adminCode(server: GameServer): string {
  return /[A-Z2-9]{5}(-[A-Z2-9]{5}){3}/.exec(server.run(['admin', 'code']))?.[0] ?? '';
}

/** Signs in on the canvas and becomes an admin in the console. */
async function becomeAdmin({ page }: Player, server: GameServer): Promise<void> {
  await page.goto(`${server.url}/moderation`);
  await page.getByLabel('Admin code').fill(adminCode(server));
  await page.getByRole('button', { name: 'Become an admin' }).click();
  await expect(page.getByTestId('overview')).toBeVisible();
}

async function chooseAct({ page }: Player, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Act', exact: true }).click();
  await page.getByLabel('What to do').selectOption({ label: name });
}

test('a vandal’s work is rolled back before the eyes of others, and that is undone', async ({
  server, player, other,
}) => {
  const { page } = player;
  const ada = await HttpPlayer.join(server.url, 'ada');
  await ada.place(CELL, 5);
  const vandal = await HttpPlayer.join(server.url, 'vandal');
  await vandal.place(CELL, 3);
  await other.open(server.url, PLACE);
  await other.play('bob');
  await other.expectCell(CELL, 3);
  await player.open(server.url, PLACE);
  await player.play('mara');
  await page.goto(`${server.url}/moderation`);
  await page.getByLabel('Admin code').fill('AAAAA-AAAAA-AAAAA-AAAAA');
  await page.getByRole('button', { name: 'Become an admin' }).click();
  await expect(page.getByRole('alert')).toContainText('This code is wrong or used');
  await becomeAdmin(player, server);

  await chooseAct(player, 'Roll back');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.getByRole('alert')).toHaveText('Please mend this field: Player.');
  await expect(page.getByLabel('Player', { exact: false }).first()).toBeFocused();
  await page.getByRole('button', { name: 'Choose a player' }).click();
  await page.getByRole('button', { name: 'Whole canvas' }).last().click();
  await page.getByLabel(/^Player/).fill(vandal.id);
  await page.getByRole('button', { name: 'Vandalism' }).click();
  await page.getByRole('button', { name: 'Preview' }).click();
  const preview = page.getByTestId('preview');
  await expect(preview).toContainText('1 cell changes');
  await expect(preview.getByRole('img')).toHaveJSProperty('complete', true);
  expect(await preview.getByRole('img').evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(10);
  await expect(preview.getByRole('timer')).toHaveText(/Good for 0:[345]\d/);
  await expect(preview).toContainText('vandal');
  await expect(preview).toContainText('ada');
  await other.expectCell(CELL, 3);
  await preview.getByRole('button', { name: 'Confirm: Roll back' }).click();

  const outcome = page.getByTestId('outcome');
  await expect(outcome).toContainText('1 cell changed.');
  await other.expectCell(CELL, 5);
  await expect(outcome.getByRole('link', { name: 'Before' }))
    .toHaveAttribute('href', /^\/history#.*v=\d+$/);
  await outcome.getByRole('button', { name: 'Undo' }).click();
  await expect(outcome).toContainText('Undone: Roll back');
  await other.expectCell(CELL, 3);
});

test('a new round is typed out, seen by two who watch, and undone', async ({
  server, player, other, third,
}) => {
  const { page } = player;
  const ada = await HttpPlayer.join(server.url, 'ada');
  await ada.place(CELL, 5);
  for (const watcher of [other, third]) {
    await watcher.open(server.url, PLACE);
  }
  await other.play('bob');
  await third.play('cleo');
  await player.open(server.url);
  await player.play('mara');
  await becomeAdmin(player, server);
  await chooseAct(player, 'Open a new round');
  await page.getByLabel('Title').fill('Second');
  await page.getByRole('button', { name: 'Preview' }).click();
  const confirm = page.getByRole('button', { name: 'Confirm: Open a new round' });
  await expect(confirm).toBeDisabled();
  await page.getByLabel(/^This concerns everybody’s work/).fill('mainz');
  await expect(confirm).toBeDisabled();
  await page.getByLabel(/^This concerns everybody’s work/).fill('main');
  await confirm.click();
  await expect(page.getByTestId('outcome')).toContainText('Done: Open a new round');
  for (const watcher of [other, third]) {
    await expect.poll(() => watcher.trueColor(CELL)).not.toBe(5);
    await expect(watcher.page.locator('header .title')).toHaveText('Second');
  }
  await page.getByTestId('outcome').getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByTestId('outcome')).toContainText('Undone: Open a new round');
  for (const watcher of [other, third]) {
    await watcher.expectCell(CELL, 5);
  }
});

test('each role sees only what it may', async ({ server, player, other }) => {
  const { page } = player;
  const admin = await HttpPlayer.join(server.url, 'mara');
  await admin.claim(adminCode(server));
  await page.goto(`${server.url}/moderation`);
  await expect(page.getByTestId('gate')).toContainText('Sign in first');
  await player.open(server.url);
  await player.play('hal');
  const id = await player.id() ?? '';
  await player.button('Menu').click();
  await expect(page.getByRole('link', { name: 'Moderation log' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Moderation', exact: true })).toBeHidden();

  const sections = page.getByRole('navigation', { name: 'Sections' }).getByRole('link');
  const acts = page.getByLabel('What to do').getByRole('option');
  await page.goto(`${server.url}/moderation/act`);
  await expect(page.getByTestId('gate')).toContainText('You have no role here');
  await expect(sections).toHaveCount(0);
  for (const [role, tabs, count] of [
    ['helper', ['Overview', 'Queue', 'Act', 'Players', 'Records'], 2],
    ['moderator', ['Overview', 'Queue', 'Act', 'Players', 'Records'], 13],
    ['admin', ['Overview', 'Queue', 'Act', 'Players', 'Records', 'Team'], 20],
  ] as const) {
    await admin.act({ kind: 'set_role', player: id, role });
    await page.goto(`${server.url}/moderation/act`);
    await expect(sections).toHaveText([...tabs]);
    await expect(acts).toHaveCount(count);
    await page.goto(`${server.url}/moderation/team`);
    await expect(page.getByRole('alert').filter({ hasText: 'Your role may not look here' }))
      .toHaveCount(role === 'admin' ? 0 : 1);
  }
  await player.open(server.url);
  await player.button('Menu').click();
  await page.getByRole('link', { name: 'Moderation', exact: true }).click();
  await expect(page.getByTestId('overview')).toBeVisible();

  await other.open(server.url);
  await other.page.goto(`${server.url}/moderation/records`);
  await expect(other.page.getByTestId('gate')).toContainText('Sign in first');
});

test('a player’s page tells what they did, and leads to acts', async ({ server, player }) => {
  const { page } = player;
  const vandal = await HttpPlayer.join(server.url, 'vandal');
  await vandal.place(CELL, 3);
  await player.open(server.url, PLACE);
  await player.play('mara');
  await becomeAdmin(player, server);
  await page.getByRole('button', { name: 'Back to the canvas' }).click();
  const at = await player.restingPositionOf(CELL);
  await page.keyboard.down('Shift');
  await page.mouse.click(at.x, at.y);
  await page.keyboard.up('Shift');
  await page.getByTestId('cell-card').getByRole('link', { name: 'Player’s page' }).click();
  await expect(page.getByTestId('player-work')).toContainText('Player vandal');
  await expect(page.getByRole('link', { name: 'placed at 500, 500' })).toBeVisible();
  await page.getByRole('link', { name: 'Ban', exact: true }).click();
  await expect(page.getByLabel('Player', { exact: true })).toHaveValue(vandal.id);
  await page.getByRole('button', { name: 'Placing by a script' }).click();
  await page.getByRole('button', { name: 'Do it: Ban' }).click();
  await expect(page.getByTestId('outcome')).toContainText('Done: Ban');
  await expect(vandal.place({ x: 1, y: 1 }, 3)).rejects.toThrow('banned');
  await page.goto(`${server.url}/moderation/players/${vandal.id}`);
  await expect(page.getByTestId('player-work')).toContainText('Banned until');
  await page.getByRole('button', { name: /^Undo act/ }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByTestId('player-work')).not.toContainText('Banned until');
});

test('everybody is told, sees protected regions, and reads the log', async ({
  server, player, other,
}) => {
  const admin = await HttpPlayer.join(server.url, 'mara');
  await admin.claim(adminCode(server));
  await player.open(server.url, PLACE);
  await player.play('ada');
  await admin.act({ kind: 'announce', text: 'שלום, hello' });
  const told = player.page.getByTestId('announcement');
  await expect(told).toContainText('hello');
  await told.getByRole('button', { name: 'Close' }).click();
  await expect(told).toBeHidden();
  await player.page.reload();
  await expect.poll(() => player.version()).toBeGreaterThan(0);
  await expect(told).toBeHidden();
  await admin.act({ kind: 'announce', text: 'another one' });
  await expect(told).toHaveText('another one');

  await admin.act({ kind: 'protect_region', region: '490,490,20,20' }, 'the square');
  await player.expectStatus('playing');
  const at = await player.restingPositionOf(CELL);
  await player.page.mouse.move(at.x, at.y);
  await expect(player.page.getByTestId('protected')).toContainText('the square');
  await player.choose(3);
  await player.point(CELL);
  await expect(player.page.getByTestId('message')).toContainText('Moderators protect this part');

  await other.page.goto(`${server.url}/log`);
  const log = other.page.getByTestId('public-log');
  await expect(log.getByRole('heading')).toHaveText([
    'Protect a region', 'Announce', 'Announce',
  ]);
  await expect(log).toContainText('the square');
  await expect(log).not.toContainText('mara');
  await log.getByRole('link', { name: 'After' }).first().click();
  await expect(other.page.getByTestId('history-canvas')).toBeVisible();
});

test('a report from a cell’s card is answered in the queue', async ({ server, player, other }) => {
  const vandal = await HttpPlayer.join(server.url, 'vandal');
  await vandal.place(CELL, 3);
  await other.open(server.url, PLACE);
  await other.play('ada');
  const at = await other.restingPositionOf(CELL);
  await other.page.keyboard.down('Shift');
  await other.page.mouse.click(at.x, at.y);
  await other.page.keyboard.up('Shift');
  await other.page.getByTestId('cell-card').getByRole('link', { name: 'Report' }).click();
  const sheet = await other.sheet('Report to the moderators');
  await sheet.getByLabel('Offensive').check();
  await sheet.getByLabel('Whoever placed it: vandal').check();
  await sheet.getByLabel(/^In your own words/).fill('Look at this!');
  await sheet.getByRole('button', { name: 'Send the report' }).click();
  await expect(sheet).toContainText('Thank you.');

  const { page } = player;
  await player.open(server.url);
  await player.play('mara');
  await becomeAdmin(player, server);
  await page.getByRole('link', { name: 'Queue' }).click();
  const queue = page.getByTestId('queue-section');
  await expect(queue.getByRole('article')).toContainText('vandal');
  await queue.getByText('What they said, and answer').click();
  await expect(queue).toContainText('Look at this!');
  await queue.getByLabel('Answer to those who told').fill('Thank you, it is gone.');
  await queue.getByRole('button', { name: 'Answer', exact: true }).click();
  await expect(queue).toContainText('Nothing waits.');
  await queue.getByRole('button', { name: 'Answered' }).click();
  await expect(queue).toContainText('Thank you, it is gone.');
});

for (const [colorScheme, locale] of [['light', 'en-GB'], ['dark', 'ru-RU']] as const) {
  test.describe(`the ${colorScheme} console in ${locale}`, () => {
    test.use({ locale, colorScheme });

    test('keeps WCAG AA, and fits a phone', async ({ server, player }) => {
      const { page } = player;
      const admin = await HttpPlayer.join(server.url, 'mara');
      await admin.claim(adminCode(server));
      await admin.place(CELL, 3);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await player.open(server.url);
      await page.getByRole('button', { name: /^(Play|Играть)$/ }).click();
      await page.getByRole('dialog').getByRole('textbox').fill('hal');
      await page.getByRole('dialog').getByRole('button', { name: /^(Play|Играть)$/ }).click();
      await player.expectStatus('playing');
      const id = await player.id() ?? '';
      await expectNoViolations(player, `${server.url}/moderation`);
      await admin.act({ kind: 'set_role', player: id, role: 'admin' });
      await admin.act({ kind: 'announce', text: 'hello' });
      await admin.act({ kind: 'protect_region', region: '490,490,20,20' }, 'the square');
      await admin.report({ ...CELL, category: 'griefing', text: 'no' });
      const paths = [
        '', '/queue', '/act?kind=roll_back', '/act?kind=ban', '/act?kind=open_round', '/players',
        `/players/${admin.id}`, '/records', '/team',
      ];
      for (const path of paths) {
        await expectNoViolations(player, `${server.url}/moderation${path}`);
      }
      await page.goto(`${server.url}/moderation/act?kind=roll_back&player=${admin.id}`);
      await page.locator('form [type="submit"]').click();
      await expect(page.getByTestId('preview').getByRole('img')).toBeVisible();
      await expectNoViolations(player, null);
      await expectNoViolations(player, `${server.url}/log`);
      await page.setViewportSize({ width: 390, height: 844 });
      for (const path of paths) {
        await page.goto(`${server.url}/moderation${path}`);
        await expect(page.locator('.console .card').first()).toBeVisible();
        const [content, width] = await page.locator('.console main')
          .evaluate((main) => [main.scrollWidth, main.clientWidth]);
        expect(content, path).toBe(width);
      }
    });
  });
}

async function expectNoViolations({ page }: Player, url: string | null): Promise<void> {
  if (url !== null) {
    await page.goto(url);
  }
  await expect(page.locator('.console .card, .page-body article').first()).toBeVisible();
  await expect(page.locator('[role="status"]', { hasText: /^(One moment…|Минутку…)$/ }))
    .toHaveCount(0);
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const told = violations.map(({ id, nodes }) => (
    `${id}: ${nodes.map((node) => node.html).join(' | ')}`
  ));
  expect(told, page.url()).toEqual([]);
}
