import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';

import type { HistoryHook } from '../../src/history/test-hook';
import { expect, test } from './support/fixtures';
import type { Player } from './support/player';

declare global {
  interface Window {
    __pixelwarsHistory?: HistoryHook;
  }
}

/** A canvas of so many cells a side. */
const SIDE = 32;

/** Videos keep colours to about this much of 256, in the middle of a cell. */
const TOLERANCE = 10;

const CELLS = [{ x: 3, y: 4 }, { x: 20, y: 9 }, { x: 11, y: 25 }];

test.use({
  settings: {
    PIXELWARS_CANVAS__REGAIN_MS: '0',
    PIXELWARS_CANVAS__WIDTH: String(SIDE),
    PIXELWARS_CANVAS__HEIGHT: String(SIDE),
  },
});

async function draw(player: Player, url: string): Promise<void> {
  await player.open(url);
  await player.play('Ada');
  for (const [index, cell] of CELLS.entries()) {
    await player.choose(5 + index);
    await player.point(cell);
    await player.expectCell(cell, 5 + index);
  }
}

/** Opens the history's page as one who came by its address, and the sheet on it. */
async function openSheet(page: Page, url: string): Promise<Locator> {
  await page.addInitScript(() => { window.__pixelwarsTest = true; });
  await page.goto(`${url}/history`);
  await expect
    .poll(() => page.evaluate(() => window.__pixelwarsHistory?.version() ?? 0))
    .toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Share and save' }).click();
  await page.getByRole('button', { name: 'Make a film' }).click();
  const sheet = page.getByRole('dialog', { name: 'Make a film' });
  await expect(sheet.getByRole('button', { name: 'Make the film' })).toBeVisible();
  return sheet;
}

async function choose(sheet: Locator, format: string, seconds: string): Promise<void> {
  await sheet.getByRole('radio', { name: format }).check();
  await sheet.getByLabel('Length in seconds').fill(seconds);
  await sheet.getByRole('button', { name: 'Make the film' }).click();
}

function workOf(sheet: Locator): Locator {
  return sheet.getByTestId('film-work');
}

/** The colours in the middle of each cell in the film's last frame, and how many frames it has. */
function lastFrameOf(file: string): { frames: number; colors: number[][] } {
  const size = 8 * SIDE;
  const raw = execFileSync('ffmpeg', [
    '-v', 'error', '-i', file, '-vf', `scale=${size}:${size}:flags=neighbor`,
    '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-',
  ], { maxBuffer: 1 << 28 });
  const bytes = size * size * 3;
  const frames = raw.length / bytes;
  const last = raw.subarray((frames - 1) * bytes);
  const colors = Array.from({ length: SIDE * SIDE }, (_, at) => {
    const x = (at % SIDE) * 8 + 4;
    const y = Math.floor(at / SIDE) * 8 + 4;
    return [...last.subarray((y * size + x) * 3, (y * size + x) * 3 + 3)];
  });
  return { frames, colors };
}

/** The colours of the canvas as the page shows it. */
async function colorsOf(page: Page, url: string): Promise<number[][]> {
  const answer = await page.request.get(`${url}/api/v1/canvases/main/history`);
  const { rounds } = (await answer.json()) as { rounds: { palette: string[] }[] };
  const palette = (rounds[0]?.palette ?? []).map(
    (color) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)),
  );
  const cells = await page.evaluate(() => [...(window.__pixelwarsHistory?.cells()?.bytes ?? [])]);
  return cells.map((cell) => palette[cell] ?? []);
}

/** Waits for a film, downloads it, and compares its end; resolves to how many frames it has. */
async function compare(
  page: Page, sheet: Locator, url: string, tolerance: number,
): Promise<number> {
  await expect(workOf(sheet)).toHaveAttribute('data-work', 'done', { timeout: 60_000 });
  const downloading = page.waitForEvent('download');
  await sheet.getByRole('link', { name: 'Download' }).click();
  const file = await (await downloading).path();
  const { frames, colors } = lastFrameOf(file);
  const wanted = await colorsOf(page, url);
  expect(wanted).toHaveLength(SIDE * SIDE);
  expect(new Set(wanted.map(String)).size).toBe(CELLS.length + 1);
  const worst = Math.max(...wanted.flatMap((color, at) => (
    color.map((value, part) => Math.abs(value - (colors[at]?.[part] ?? -1_000)))
  )));
  expect(worst).toBeLessThanOrEqual(tolerance);
  return frames;
}

test('the server renders a film of the round for a player', async ({ player, server }) => {
  await draw(player, server.url);
  const { page } = player;
  const sheet = await openSheet(page, server.url);
  await expect(sheet.getByText('WebP', { exact: true })).toBeVisible();
  await choose(sheet, 'GIF', '1');
  expect(await compare(page, sheet, server.url, 0)).toBeGreaterThan(0);
  await expect(sheet.getByText(/The server keeps it until/)).toBeVisible();

  await sheet.getByRole('button', { name: 'Another film' }).click();
  await choose(sheet, 'MP4', '1');
  expect(await compare(page, sheet, server.url, TOLERANCE)).toBe(30);
});

test('a film is given up, and the server does not go on with it', async ({ player, server }) => {
  await draw(player, server.url);
  const sheet = await openSheet(player.page, server.url);
  const asked = player.page.waitForResponse((answer) => answer.request().method() === 'POST');
  await choose(sheet, 'WebM', '600');
  const { id } = (await (await asked).json()) as { id: string };
  await expect(workOf(sheet)).toHaveAttribute('data-work', 'rendering');
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await expect(sheet.getByText('The film was given up.').first()).toBeVisible();
  await expect
    .poll(async () => {
      const url = `${server.url}/api/v1/canvases/main/timelapses/${id}`;
      return ((await (await player.page.request.get(url)).json()) as { status: string }).status;
    })
    .toBe('cancelled');
});

test.describe('with an ffmpeg that breaks', () => {
  let folder = '';

  test.beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pixelwars-ffmpeg-'));
    const script = '#!/bin/sh\ncase "$*" in *rawvideo*) exit 1;; esac\nexec ffmpeg "$@"\n';
    await writeFile(join(folder, 'ffmpeg'), script);
    await chmod(join(folder, 'ffmpeg'), 0o755);
  });

  test.afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test.use({
    settings: async ({ settings }, use) => {
      await use({ ...settings, PIXELWARS_TIMELAPSE__FFMPEG: join(folder, 'ffmpeg') });
    },
  });

  test('a film that fails is told in words', async ({ player, server }) => {
    await draw(player, server.url);
    const sheet = await openSheet(player.page, server.url);
    await choose(sheet, 'MP4', '1');
    await expect(workOf(sheet)).toHaveAttribute('data-work', 'failed', { timeout: 30_000 });
    await expect(sheet.getByRole('status')).toHaveText('The server could not make the film.');
    await sheet.getByRole('button', { name: 'Another film' }).click();
    await expect(sheet.getByRole('button', { name: 'Make the film' })).toBeVisible();
  });
});

test('a guest’s browser makes a film by itself', async ({ player, other, server }) => {
  await draw(player, server.url);
  const { page } = other;
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') {
      posts.push(request.url());
    }
  });
  const sheet = await openSheet(page, server.url);
  await expect(sheet.getByText(/sign in on the canvas first/)).toBeVisible();
  await sheet.getByText('Size and pace').click();
  expect((await new AxeBuilder({ page }).include('dialog').analyze()).violations).toEqual([]);
  await choose(sheet, 'WebM', '1');
  expect(await compare(page, sheet, server.url, TOLERANCE)).toBe(30);
  await expect(sheet.getByText(/only in this page/)).toBeVisible();
  expect((await new AxeBuilder({ page }).include('dialog').analyze()).violations).toEqual([]);
  await sheet.getByRole('button', { name: 'Another film' }).click();

  await choose(sheet, 'MP4', '0.5');
  expect(await compare(page, sheet, server.url, TOLERANCE)).toBe(15);
  await sheet.getByRole('button', { name: 'Another film' }).click();

  await choose(sheet, 'WebM', '60');
  await sheet.getByRole('button', { name: 'Cancel' }).click();
  await expect(workOf(sheet)).toHaveAttribute('data-work', 'cancelled');
  expect(posts.filter((url) => url.includes('timelapses'))).toEqual([]);
});
