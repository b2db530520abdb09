import type { CDPSession } from '@playwright/test';

import { expect, test } from './support/fixtures';
import type { Cell, Player } from './support/player';

const SCALE = 16;
const CELL = { x: 500, y: 500 };
const CLOSE = `#x=${CELL.x}&y=${CELL.y}&scale=${SCALE}`;

test.use({ hasTouch: true });

/** Between two events of a touch screen. */
const EVENT_SECONDS = 0.016;

/**
 * Touches of one page. Their times are their own, not when the browser gets to them, so that a
 * busy machine makes no slow hand.
 */
class Fingers {
  private seconds = Date.now() / 1000;

  private constructor(private readonly client: CDPSession) {}

  static async of(player: Player): Promise<Fingers> {
    return new Fingers(await player.page.context().newCDPSession(player.page));
  }

  /** Touches with fingers that go through these places together, and leaves if told so. */
  async go(places: readonly (readonly Cell[])[], leaves = true): Promise<void> {
    const sent = places.map((at, step) => this.send(step === 0 ? 'touchStart' : 'touchMove', at));
    await Promise.all(leaves ? [...sent, this.send('touchEnd', [])] : sent);
  }

  async leave(): Promise<void> {
    await this.send('touchEnd', []);
  }

  private send(type: 'touchStart' | 'touchMove' | 'touchEnd', at: readonly Cell[]) {
    this.seconds += EVENT_SECONDS;
    const touchPoints = at.map(({ x, y }, id) => ({ x, y, id }));
    const timestamp = this.seconds;
    return this.client.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp });
  }
}

/** Two fingers 160 px apart about a point, turned by `degrees`. */
function pair(degrees: number): [Cell, Cell] {
  const angle = (degrees * Math.PI) / 180;
  const [x, y] = [80 * Math.cos(angle), 80 * Math.sin(angle)];
  return [{ x: 640 - x, y: 400 - y }, { x: 640 + x, y: 400 + y }];
}

/** Where the next cell to the right lies from here on the screen, in tenths of a CSS pixel. */
async function rightOf(player: Player): Promise<Cell> {
  const from = await player.positionOf(CELL);
  const to = await player.positionOf({ x: CELL.x + 1, y: CELL.y });
  const tenths = (value: number): number => Math.round(value * 10) / 10 + 0;
  return { x: tenths(to.x - from.x), y: tenths(to.y - from.y) };
}

/** A sideways drag, fast until it ends. */
const FLICK = Array.from({ length: 12 }, (_, step) => [{ x: 500 + step * 20, y: 400 }]);

test('two fingers turn the canvas, and a turn near a quarter becomes one', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  const fingers = await Fingers.of(player);
  // The first 12 degrees are swallowed.
  await fingers.go(Array.from({ length: 50 }, (_, step) => pair(step * 2)), false);
  await expect.poll(async () => (await rightOf(player)).y).toBeGreaterThan(SCALE * 0.9);
  expect((await rightOf(player)).x).not.toBe(0);
  await fingers.leave();
  await expect.poll(() => rightOf(player)).toEqual({ x: 0, y: SCALE });
});

test('a pinch that tilts a little does not turn the canvas', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  const fingers = await Fingers.of(player);
  await fingers.go([0, 2, 4, 6, 8, 10].map(pair));
  await expect.poll(() => rightOf(player)).toEqual({ x: SCALE, y: 0 });
});

test('a double tap zooms in at the finger, and two fingers zoom out', async ({
  server, player,
}) => {
  await player.open(server.url, CLOSE);
  // A guest's first tap would ask them to sign in.
  await player.play('ada');
  const fingers = await Fingers.of(player);
  await fingers.go([[{ x: 700, y: 350 }]]);
  await fingers.go([[{ x: 700, y: 350 }]]);
  await expect.poll(() => rightOf(player)).toEqual({ x: SCALE * 2, y: 0 });
  await fingers.go([[{ x: 600, y: 400 }, { x: 680, y: 400 }]]);
  await expect.poll(() => rightOf(player)).toEqual({ x: SCALE, y: 0 });
});

test('a drag that is let go in motion goes on', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  const { x } = await player.positionOf(CELL);
  await (await Fingers.of(player)).go(FLICK);
  // The finger went 220 px, of which 8 only began the drag.
  await expect.poll(async () => (await player.positionOf(CELL)).x - x).toBeGreaterThan(300);
});

test.describe('for those who want no motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('a drag ends where it is let go', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    const { x } = await player.positionOf(CELL);
    await (await Fingers.of(player)).go(FLICK);
    const way = async (): Promise<number> => (await player.positionOf(CELL)).x - x;
    await expect.poll(way).toBeGreaterThan(210);
    await player.page.evaluate(() => new Promise(requestAnimationFrame));
    expect(await way()).toBeLessThan(215);
  });
});
