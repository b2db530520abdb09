import { expect, test } from './support/fixtures';

const CLOSE = '#x=500&y=500&scale=16';

test('what was missed while the network was cut is repaired', async ({
  server, player, other,
}) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('ada');
  await other.play('bob');
  await player.page.context().setOffline(true);
  await player.expectConnection('offline');

  await other.choose(2);
  const missed = [490, 492, 494, 496].map((x) => ({ x, y: 500 }));
  for (const cell of missed) {
    await other.point(cell);
    await other.expectCell(cell, 2);
  }
  expect(await player.trueColor({ x: 490, y: 500 })).not.toBe(2);

  await player.page.context().setOffline(false);
  for (const cell of missed) {
    await player.expectCell(cell, 2);
  }
  await player.expectConnection('live');
  await other.choose(5);
  await other.point({ x: 498, y: 500 });
  await player.expectCell({ x: 498, y: 500 }, 5);
  expect(await player.version()).toBe(await other.version());
});

test('a restarted server is found again with everything on it', async ({
  server, player, other,
}) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('ada');
  await other.play('bob');
  const first = { x: 490, y: 500 };
  await player.choose(2);
  await player.point(first);
  await other.expectCell(first, 2);

  await server.stop();
  await player.expectConnection('reconnecting');
  await server.restart();
  await player.expectConnection('live');
  await other.expectConnection('live');
  await player.expectCell(first, 2);

  const second = { x: 492, y: 500 };
  await player.point(second);
  await other.expectCell(second, 2);
  await player.expectCell(second, 2);
});

test('nothing is placed while the connection is lost, and the page says why', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  await player.choose(2);
  await server.stop();
  const lost = player.page.getByTestId('lost');
  await expect(lost).toContainText('Connection lost');
  const cell = { x: 490, y: 500 };
  const before = await player.trueColor(cell);
  await player.point(cell);
  await expect(player.page.getByTestId('message')).toContainText('connection is lost');
  expect(await player.shownColor(cell)).toBe(before);
  await server.restart();
  const now = lost.getByRole('button', { name: 'Try now' });
  if (await now.isVisible()) {
    await now.click();
  }
  await player.expectConnection('live');
  await expect(lost).toBeHidden();
  await player.point(cell);
  await player.expectCell(cell, 2);
});

test('a placement whose answer never came is shown only if it is on the canvas', async ({
  server, player, other,
}) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('ada');
  await player.choose(2);
  const cell = { x: 490, y: 500 };
  const before = await player.trueColor(cell);
  // Every send of the placement is lost on its way, while the page still believes to be connected.
  await player.page.route('**/placements', (route) => route.abort('connectionreset'));
  await player.point(cell);
  expect(await player.shownColor(cell)).toBe(2);
  await expect(player.page.getByTestId('message')).toContainText('No answer');
  expect(await player.shownColor(cell)).toBe(before);
  await server.stop();
  await server.restart();
  await player.expectConnection('live');
  expect(await player.shownColor(cell)).toBe(await player.trueColor(cell));
  await other.expectCell(cell, before ?? 0);
});
