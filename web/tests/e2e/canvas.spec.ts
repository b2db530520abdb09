import { expect, test } from './support/fixtures';
import type { Cell, Player } from './support/player';

/** A place near the middle at a zoom where cells are easy to hit. */
const CLOSE = '#x=500&y=500&scale=16';
const CELL = { x: 500, y: 492 };

test('the page shows the canvas and runs under its security policy', async ({ server, player }) => {
  const faults: string[] = [];
  player.page.on('pageerror', (error) => faults.push(error.message));
  player.page.on('console', (message) => {
    if (message.type() === 'error') {
      faults.push(message.text());
    }
  });
  await player.open(server.url);
  await player.expectConnection('watching');
  await expect(player.page.getByText('Watching', { exact: true })).toBeVisible();
  expect(await player.page.evaluate(() => window.__pixelwars?.renderer())).toBe('webgl2');
  await player.play('ada');
  await player.choose(2);
  await player.page.mouse.move(640, 300);
  await expect(player.page.getByTestId('cursor')).toBeVisible();
  // A violation of the Content-Security-Policy is an error on the console.
  expect(faults).toEqual([]);
});

test('a placed cell is seen by another player', async ({ server, player, other }) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('ada');
  await other.play('bob');
  await player.choose(2);
  await player.point(CELL);
  expect(await player.shownColor(CELL)).toBe(2);
  await other.expectCell(CELL, 2);
  await player.expectCell(CELL, 2);
});

test('a placed cell is soon seen by a guest', async ({ server, player, other }) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('ada');
  await player.choose(2);
  await player.point(CELL);
  await other.expectCell(CELL, 2);
  await other.expectConnection('watching');
});

test('the pixels on the screen are exactly the palette’s', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const hex = await player.choose(2);
  await player.point(CELL);
  await player.expectCell(CELL, 2);
  await expectScreen(player, CELL, [hex]);
});

test('undo gives the cell its colour back', async ({ server, player, other }) => {
  await player.open(server.url, CLOSE);
  await other.open(server.url, CLOSE);
  await player.play('ada');
  await other.play('bob');
  const before = (await player.trueColor(CELL)) ?? 0;
  await player.choose(3);
  await player.point(CELL);
  await other.expectCell(CELL, 3);
  await player.page.getByRole('button', { name: /^Undo/ }).click();
  await other.expectCell(CELL, before);
  await player.expectCell(CELL, before);
  await expect(player.page.getByRole('button', { name: /^Undo/ })).toBeHidden();
});

test('keys move, choose and place', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const keyboard = player.page.keyboard;
  await keyboard.press('ArrowRight');
  await expect(player.page.getByTestId('cursor')).toContainText('500, 500');
  await keyboard.press('Shift+ArrowLeft');
  await keyboard.press('ArrowUp');
  await expect(player.page.getByTestId('cursor')).toContainText('490, 499');
  await keyboard.press('5');
  await keyboard.press('Enter');
  await player.expectCell({ x: 490, y: 499 }, 4);
});

test('the address follows the camera and leads back to it', async ({ server, player }) => {
  await player.open(server.url, '#x=123&y=456&scale=20');
  const at = await player.positionOf({ x: 123, y: 456 });
  expect(Math.abs(at.x - 640)).toBeLessThan(20);
  expect(Math.abs(at.y - 400)).toBeLessThan(20);
  await player.page.mouse.move(640, 300);
  await player.page.mouse.down();
  await player.page.mouse.move(840, 300, { steps: 4 });
  await player.page.mouse.up();
  await expect(player.page).toHaveURL(/#x=11[34]&y=456&scale=20$/);
});

test('the wheel zooms at the pointer', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  const before = await player.positionOf(CELL);
  await player.page.mouse.move(before.x, before.y);
  await player.page.mouse.wheel(0, -100);
  await expect(player.page).toHaveURL(/scale=(22|23)/);
  const after = await player.positionOf(CELL);
  expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(3);
});

test('a WebGL context that comes back draws everything again', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  await player.play('ada');
  const hex = await player.choose(2);
  await player.point(CELL);
  await player.expectCell(CELL, 2);
  await player.page.evaluate(async () => {
    const canvas = document.querySelector('canvas');
    const extension = canvas?.getContext('webgl2')?.getExtension('WEBGL_lose_context');
    await new Promise((lost) => {
      // Restoring is allowed only once all have heard of the loss, so in a task of its own.
      canvas?.addEventListener('webglcontextlost', () => setTimeout(lost), { once: true });
      extension?.loseContext();
    });
    extension?.restoreContext();
  });
  await expectScreen(player, CELL, [hex]);
  expect(await player.page.evaluate(() => window.__pixelwars?.renderer())).toBe('webgl2');
});

test('a WebGL context that stays lost is replaced', async ({ server, player }) => {
  await player.open(server.url, CLOSE);
  const renderer = () => player.page.evaluate(() => window.__pixelwars?.renderer());
  await player.page.evaluate(() => {
    const gl = document.querySelector('canvas')?.getContext('webgl2');
    gl?.getExtension('WEBGL_lose_context')?.loseContext();
  });
  await expect.poll(renderer).toBe('canvas-2d');
  await player.play('ada');
  const hex = await player.choose(2);
  await player.point(CELL);
  await player.expectCell(CELL, 2);
  await expectScreen(player, CELL, [hex]);
});

test.describe('with a cooldown', () => {
  test.use({
    settings: {
      PIXELWARS_CANVAS__REGAIN_MS: '60000',
      PIXELWARS_CANVAS__MAX_CHARGES: '2',
    },
  });

  test('charges are counted and a placement without one is refused', async ({
    server, player,
  }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    const pill = player.page.getByTestId('cooldown');
    await expect(pill).toHaveText(/2\/2\s*Ready/);
    await player.choose(2);
    await player.point(CELL);
    await expect(pill).toHaveText(/1\/2\s*next in (1:00|0:5\d)/);
    await player.point({ ...CELL, x: CELL.x + 1 });
    await expect(pill).toHaveText(/0\/2\s*Wait (1:00|0:5\d)/);
    const third = { ...CELL, x: CELL.x + 2 };
    const before = await player.trueColor(third);
    await player.point(third);
    await expect(player.page.getByTestId('message')).toContainText('Not so fast');
    expect(await player.shownColor(third)).toBe(before);
  });

  test('charges are known again after a reload', async ({ server, player }) => {
    await player.open(server.url, CLOSE);
    await player.play('ada');
    await player.choose(2);
    await player.point(CELL);
    await player.expectCell(CELL, 2);
    await player.page.reload();
    await player.expectConnection('live');
    await expect(player.page.getByTestId('cooldown')).toHaveText(/1\/2\s*next in 0:[0-5]\d/);
  });
});

/** Waits until the middle of a cell is drawn in exactly these colours (`#RRGGBB`). */
async function expectScreen(player: Player, cell: Cell, colors: string[]): Promise<void> {
  // On the controls, so that neither ring nor ghost is drawn on the canvas.
  await player.page.mouse.move(640, 760);
  const { x, y } = await player.positionOf(cell);
  // Three pixels inside the cell's edges, clear of the grid.
  const clip = { x: Math.round(x) - 5, y: Math.round(y) - 5, width: 10, height: 10 };
  await expect
    .poll(async () => {
      const shot = await player.page.screenshot({ clip });
      return player.page.evaluate(colorsOf, shot.toString('base64'));
    })
    .toEqual(colors);
}

/** The colours of a PNG as `#RRGGBB`; runs in the page, which has a decoder. */
async function colorsOf(base64: string): Promise<string[]> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const { data } = context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? { data: [] };
  const colors = new Set<string>();
  for (let at = 0; at < data.length; at += 4) {
    const channels = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
    const digits = channels.map((channel) => channel.toString(16).padStart(2, '0'));
    colors.add(`#${digits.join('').toUpperCase()}`);
  }
  return [...colors];
}
