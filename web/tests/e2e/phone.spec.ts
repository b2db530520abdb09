import { expect, test } from './support/fixtures';

const CLOSE = '#x=500&y=500&scale=16';
const CELL = { x: 500, y: 490 };

test('a tap chooses the cell and the button places', async ({ server, player, other }) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('eve');
  await other.play('bob');
  await player.choose(4);
  await player.point(CELL);
  const place = player.page.getByRole('button', { name: 'Place at 500, 490' });
  await expect(place).toBeVisible();
  expect(await player.trueColor(CELL)).not.toBe(4);
  await place.tap();
  await other.expectCell(CELL, 4);
  await expect(place).toBeHidden();
});

test('two fingers zoom', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  const client = await player.page.context().newCDPSession(player.page);
  const fingers = (spread: number) => [
    { x: 195 - spread, y: 300, id: 1 },
    { x: 195 + spread, y: 300, id: 2 },
  ];
  await client.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(40) });
  for (const spread of [50, 60, 70, 80]) {
    await client.send('Input.dispatchTouchEvent', {
      type: 'touchMove',
      touchPoints: fingers(spread),
    });
  }
  await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(player.page).toHaveURL(/scale=3[0-3]/);
});

test('every control is large enough to touch and on the screen', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.play('eve');
  for (const button of await player.page.getByRole('button').all()) {
    const box = await button.boundingBox();
    const name = await button.getAttribute('aria-label');
    expect(box?.width, `width of ${name}`).toBeGreaterThanOrEqual(44);
    expect(box?.height, `height of ${name}`).toBeGreaterThanOrEqual(44);
    expect(box?.x, `left of ${name}`).toBeGreaterThanOrEqual(0);
  }
  const overflow = await player.page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(overflow).toBe(0);
});
