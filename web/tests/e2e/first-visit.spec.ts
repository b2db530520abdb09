import { expect, test } from './support/fixtures';

const CLOSE = '#x=500&y=500&scale=16';

test('a newcomer is led from looking around to the first pixel, once', async ({
  server, player,
}) => {
  await player.openAsNewcomer(server.url, CLOSE);
  const hint = player.page.getByTestId('hint');
  await expect(hint).toContainText('Drag the canvas');
  await player.page.mouse.move(640, 300);
  await player.page.mouse.down();
  await player.page.mouse.move(560, 240, { steps: 4 });
  await player.page.mouse.up();
  await expect(hint).toContainText('Press Play');
  await player.play('ada');
  await expect(hint).toContainText('Choose a colour here');
  await player.choose(3);
  await expect(hint).toContainText('Now tap or click a cell');
  await player.point({ x: 500, y: 492 });
  await player.expectCell({ x: 500, y: 492 }, 3);
  await expect(hint).toBeHidden();
  await player.page.reload();
  await player.expectStatus('playing');
  await expect(hint).toBeHidden();
});

test('the first steps can be closed for good, and hinder nobody', async ({ server, player }) => {
  await player.openAsNewcomer(server.url, CLOSE);
  const hint = player.page.getByTestId('hint');
  await expect(hint).toBeVisible();
  await player.play('ada');
  await player.choose(3);
  await expect(hint).toContainText('Now tap or click a cell');
  await player.button('Close the first steps').click();
  await expect(hint).toBeHidden();
  await player.page.evaluate(() => { sessionStorage.clear(); });
  await player.page.reload();
  await player.expectStatus('playing');
  await expect(hint).toBeHidden();
});

test('who comes back signed in is shown nothing', async ({ server, player, tab }) => {
  await player.open(server.url);
  await player.play('ada');
  await player.page.evaluate(() => { localStorage.removeItem('pixelwars.hint'); });
  await tab.openAsNewcomer(server.url);
  await tab.expectStatus('afk');
  await expect(tab.page.getByTestId('hint')).toBeHidden();
});
