import { expect, test } from './support/fixtures';

const CLOSE = '#x=500&y=500&scale=16';
const CELL = { x: 500, y: 492 };

test('what a guest chose is placed right after signing in', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.point(CELL);
  await expect(player.page.getByRole('dialog')).toBeHidden();
  await expect(player.page.getByText('Press Play to place at 500, 492.')).toBeVisible();
  await player.play('ada');
  await player.choose(2);
  await player.button('Place at 500, 492').click();
  await player.expectCell(CELL, 2);
});

test('the seat’s time is always seen, and Ctrl and Z takes a placement back', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const seat = player.page.getByTestId('seat-countdown');
  await expect(seat).toContainText(/[12]:\d\d/);
  await expect(seat).toHaveAttribute('data-urgent', 'false');
  const before = (await player.trueColor(CELL)) ?? 0;
  await player.choose(3);
  await player.point(CELL);
  await player.expectCell(CELL, 3);
  await player.page.keyboard.press('Control+z');
  await player.expectCell(CELL, before);
  // Without a cooldown there is nothing to count.
  await expect(player.page.getByTestId('cooldown')).toBeHidden();
});

test('a click only chooses the cell when that is wanted', async ({ server, player }) => {
  await player.page.addInitScript(() => {
    localStorage.setItem('pixelwars.settings', JSON.stringify({ confirmsMouse: true }));
  });
  await player.open(server.url, CLOSE);
  await player.play('ada');
  await player.choose(2);
  const before = await player.trueColor(CELL);
  await player.point(CELL);
  const place = player.button('Place at 500, 492');
  await expect(place).toBeVisible();
  expect(await player.trueColor(CELL)).toBe(before);
  await place.click();
  await player.expectCell(CELL, 2);
});

test('a locked canvas takes neither placements nor drags until it is let go', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  await player.choose(2);
  const before = await player.trueColor(CELL);
  await player.page.keyboard.press('l');
  await player.point(CELL);
  await expect(player.page.getByTestId('held')).toBeVisible();
  expect(await player.shownColor(CELL)).toBe(before);
  await player.button('Unlock').click();
  await player.point(CELL);
  await player.expectCell(CELL, 2);
});

test.describe('with saved-up charges', () => {
  test.use({
    settings: { PIXELWARS_CANVAS__REGAIN_MS: '30000', PIXELWARS_CANVAS__MAX_CHARGES: '3' },
  });

  test('the title counts them, and then the time', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    await expect(player.page).toHaveTitle('3/3 · Pixel Wars');
    await player.choose(2);
    for (const x of [500, 501, 502]) {
      await player.point({ x, y: 492 });
      await player.expectCell({ x, y: 492 }, 2);
    }
    await expect(player.page).toHaveTitle(/^0:[012]\d · Pixel Wars$/);
  });
});
