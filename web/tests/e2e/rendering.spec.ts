import type { Page } from '@playwright/test';

import { expect, test } from './support/fixtures';
import type { Cell, Player } from './support/player';

/** Wider than one tile of the texture, so that 1024 lies on the border of two. */
const SETTINGS = {
  PIXELWARS_CANVAS__REGAIN_MS: '0',
  PIXELWARS_CANVAS__WIDTH: '1100',
  PIXELWARS_CANVAS__HEIGHT: '400',
};
const BORDER = 1024;
const MIDDLE = 200;
const SCALE = 4;
const LOOK = `#x=${BORDER}&y=${MIDDLE}&scale=${SCALE}`;

/** Cells on both sides of the border, each in another colour than its neighbours. */
const PLACED: readonly (Cell & { color: number })[] = [
  { x: BORDER - 2, y: MIDDLE, color: 2 },
  { x: BORDER - 1, y: MIDDLE, color: 3 },
  { x: BORDER, y: MIDDLE, color: 4 },
  { x: BORDER + 1, y: MIDDLE - 1, color: 5 },
  { x: BORDER - 1, y: MIDDLE + 2, color: 6 },
];

/** Half of the box of cells that is compared, all of it clear of the page's controls. */
const HALF = 24;

test.use({ settings: SETTINGS });

for (const kind of ['webgl2', 'canvas-2d'] as const) {
  test(`every pixel is its cell’s colour, upright and turned, with ${kind}`, async ({
    server, player, other,
  }) => {
    await player.open(server.url, '#x=1024&y=200&scale=16');
    await player.play('ada');
    for (const cell of PLACED) {
      await player.choose(cell.color);
      await player.point(cell);
      await player.expectCell(cell, cell.color);
    }
    if (kind === 'canvas-2d') {
      await withoutWebGl(other.page);
    }
    await other.open(server.url, LOOK);
    for (const cell of PLACED) {
      await other.expectCell(cell, cell.color);
    }
    expect(await rendererOf(other.page)).toBe(kind);
    await expectExact(other, server.url);
    await turnByWheel(other.page, 6);
    await expect.poll(() => rightOf(other)).toEqual({ x: 0, y: SCALE });
    await expectExact(other, server.url);
  });
}

test('nothing is drawn while nothing changes that is seen', async ({ server, player, other }) => {
  await player.open(server.url, '#x=100&y=200&scale=16');
  await player.play('ada');
  await player.choose(3);
  await other.open(server.url, LOOK);
  const before = await framesAtRest(other.page);
  const unseen = { x: 100, y: 196 };
  await player.point(unseen);
  await other.expectCell(unseen, 3);
  expect(await framesAtRest(other.page)).toBe(before);
  await player.page.goto(`${server.url}/${LOOK}`);
  const seen = { x: BORDER, y: MIDDLE - 20 };
  await player.point(seen);
  await other.expectCell(seen, 3);
  expect(await framesAtRest(other.page)).toBeGreaterThan(before);
});

test('without WebGL the game is played all the same', async ({ server, player }) => {
  await withoutWebGl(player.page);
  await player.open(server.url, LOOK);
  await player.play('ada');
  await player.choose(2);
  const cell = { x: BORDER + 3, y: MIDDLE };
  await player.point(cell);
  await player.expectCell(cell, 2);
  expect(await rendererOf(player.page)).toBe('canvas-2d');
  await player.page.mouse.move(0, 0);
  await leaveCanvas(player.page);
  await expectExact(player, server.url);
});

/** Waits until each pixel of the box around the border has exactly its cell's colour. */
async function expectExact(player: Player, url: string): Promise<void> {
  const answer = await player.page.request.get(`${url}/api/v1/canvases`);
  const { canvases } = (await answer.json()) as { canvases: [{ canvas: string }] };
  const info = await player.page.request.get(`${url}/api/v1/canvases/${canvases[0].canvas}`);
  const { palette } = (await info.json()) as { palette: string[] };
  await expect
    .poll(() => player.page.evaluate(wrongPixels, [palette, BORDER, MIDDLE, HALF] as const))
    .toEqual([]);
}

/** Pixels that are not what their cell says, at most ten; runs in the page. */
function wrongPixels([palette, x, y, half]: readonly [string[], number, number, number]): string[] {
  const hook = window.__pixelwars;
  const element = document.querySelector<HTMLCanvasElement>('.canvas-surface');
  if (hook === undefined || element === null) {
    return ['no canvas'];
  }
  const { left, top } = element.getBoundingClientRect();
  const bitmap = new OffscreenCanvas(element.width, element.height).getContext('2d');
  bitmap?.drawImage(element, 0, 0);
  const wrong: string[] = [];
  for (let row = y - half; row < y + half; row += 1) {
    for (let column = x - half; column < x + half; column += 1) {
      const at = hook.clientPositionOf(column, row) ?? { x: 0, y: 0 };
      const color = palette[hook.trueColor(column, row) ?? 0] ?? '';
      const from = [Math.round(at.x - left) - 2, Math.round(at.y - top) - 2] as const;
      const { data } = bitmap?.getImageData(...from, 4, 4) ?? { data: [] };
      for (let pixel = 0; pixel < 16; pixel += 1) {
        const channels = [...data.slice(pixel * 4, pixel * 4 + 3)];
        const digits = channels.map((channel) => channel.toString(16).padStart(2, '0')).join('');
        if (`#${digits}`.toUpperCase() !== color.toUpperCase() && wrong.length < 10) {
          wrong.push(`${column},${row} pixel ${pixel}: #${digits} instead of ${color}`);
        }
      }
    }
  }
  return wrong;
}

/** Turns the canvas by notches of 15 degrees about its middle, and takes the mouse away. */
async function turnByWheel(page: Page, notches: number): Promise<void> {
  await page.mouse.move(640, 400);
  await page.keyboard.down('Alt');
  for (let notch = 0; notch < notches; notch += 1) {
    await page.mouse.wheel(0, 100);
  }
  await page.keyboard.up('Alt');
  await leaveCanvas(page);
}

/** As if the mouse had left the canvas: no cell is ringed. */
function leaveCanvas(page: Page): Promise<void> {
  return page.locator('.canvas-surface').dispatchEvent('pointerleave', { bubbles: true });
}

/** Which way on the screen the next cell to the right lies, in CSS pixels. */
async function rightOf(player: Player): Promise<Cell> {
  const from = await player.positionOf({ x: BORDER, y: MIDDLE });
  const to = await player.positionOf({ x: BORDER + 1, y: MIDDLE });
  const whole = (value: number): number => Math.round(value * 1e3) / 1e3 + 0;
  return { x: whole(to.x - from.x), y: whole(to.y - from.y) };
}

/** Frames drawn so far, once 30 frames on end brought no more. */
function framesAtRest(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const drawn = (): number => window.__pixelwars?.framesDrawn() ?? 0;
    let [count, still] = [drawn(), 0];
    while (still < 30) {
      await new Promise(requestAnimationFrame);
      still = drawn() === count ? still + 1 : 0;
      count = drawn();
    }
    return count;
  });
}

function rendererOf(page: Page): Promise<string | undefined> {
  return page.evaluate(() => window.__pixelwars?.renderer());
}

/** Makes a page that is opened from now on believe that there is no WebGL2. */
async function withoutWebGl(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const prototype = HTMLCanvasElement.prototype as { getContext: (kind: string) => unknown };
    prototype.getContext = new Proxy(prototype.getContext, {
      apply: (original, element, [kind, ...rest]: [string, ...unknown[]]): unknown =>
        kind === 'webgl2' ? null : Reflect.apply(original, element, [kind, ...rest]),
    });
  });
}
