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
  await player.pinch([40, 50, 60, 70, 80].map((spread) => ({ spread, degrees: 0 })));
  await expect(player.page).toHaveURL(/scale=3[0-3]/);
});

test.describe('two fingers that turn', () => {
  test('turn the canvas, but not by a little', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.pinch([0, 3, 6, 9].map((degrees) => ({ spread: 60, degrees })));
    expect(await player.angle()).toBe(0);
    // The first 12 degrees are swallowed.
    await player.pinch([0, 15, 30, 45, 57].map((degrees) => ({ spread: 60, degrees })));
    await expect.poll(() => player.angle()).toBeGreaterThan(40);
    expect(await player.angle()).toBeLessThan(50);
  });

  test('find the quarter turn', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    const steps = [0, 20, 40, 60, 80, 99];
    await player.pinch(steps.map((degrees) => ({ spread: 60, degrees })));
    await expect.poll(() => player.angle()).toBeCloseTo(90, 6);
  });

  test('do not turn it where the setting is off', async ({ server, player }) => {
    await player.keepSettings({ turnsByTouch: false });
    await player.open(server.url, CLOSE);
    await player.pinch([0, 20, 40, 60].map((degrees) => ({ spread: 60, degrees })));
    expect(await player.angle()).toBe(0);
  });
});

test('without the button a shaky tap places, and a drag never does', async ({ server, player }) => {
  await player.keepSettings({ confirmsTouch: false });
  await player.open(server.url, CLOSE);
  await player.play('eve');
  await player.choose(4);
  const before = await player.version();
  const { x, y } = await player.positionOf(CELL);
  await player.touch([{ x, y }, { x: x + 30, y }, { x: x + 60, y: y + 10 }, { x, y }]);
  const at = await player.restingPositionOf(CELL);
  await player.touch([at, { x: at.x + 4, y: at.y + 3 }]);
  await player.expectCell(CELL, 4);
  expect(await player.version()).toBe(before + 1);
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
