import { readFile } from 'node:fs/promises';

import { decodePicture } from '../../src/past/picture';
import { expect, test } from './support/fixtures';
import { HistoryViewer } from './support/history-viewer';
import { HttpPlayer } from './support/http-player';
import type { Cell } from './support/player';

const CLOSE = '#x=500&y=500&scale=16';
const A: Cell = { x: 500, y: 495 };
const B: Cell = { x: 510, y: 498 };
const BACKGROUND = 31;

/** What every test begins with: six placements of two players, and one taken back. */
async function someHistory(url: string) {
  const ada = await HttpPlayer.join(url, 'ada');
  const bob = await HttpPlayer.join(url, 'bob');
  const versions = [
    await ada.place(A, 3), await bob.place(B, 5), await ada.place(A, 7), await bob.place(A, 9),
  ];
  versions.push(await bob.undo(versions[3] ?? 0), await ada.place(B, 1));
  return { ada, bob, versions };
}

test('every version is shown as the server has it, in any order', async ({ server, page }) => {
  const { versions } = await someHistory(server.url);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, CLOSE);
  await viewer.expectVersion(versions.at(-1) ?? 0);
  const slider = page.getByRole('slider', { name: 'Moment' });
  const newest = versions.at(-1) ?? 0;
  for (const version of [newest, 1, versions[2] ?? 0, versions[4] ?? 0, versions[0] ?? 0]) {
    await page.keyboard.press('g');
    await page.getByLabel('Version', { exact: true }).fill(String(version));
    await page.keyboard.press('Enter');
    await viewer.expectVersion(version);
    const url = `${server.url}/api/v1/canvases/main/image.png?version=${version}`;
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const picture = await decodePicture(bytes);
    expect((await viewer.cells()).equals(picture.cells), `version ${version}`).toBe(true);
    await expect(slider).toHaveAttribute('aria-valuenow', String(version));
    await expect(page).toHaveURL(new RegExp(`&v=${version}&round=1&speed=60x$`));
  }
});

test('arrows step by events, Home and End go to the ends, and J plays backwards', async ({
  server, page,
}) => {
  const { versions: [first = 0, , third = 0, fourth = 0, undone = 0, last = 0] } =
    await someHistory(server.url);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, CLOSE);
  await viewer.expectVersion(last);
  const { keyboard } = page;
  expect(await viewer.color(B)).toBe(1);
  await keyboard.press('ArrowLeft');
  await viewer.expectVersion(undone);
  expect([await viewer.color(A), await viewer.color(B)]).toEqual([7, 5]);
  await keyboard.press('ArrowLeft');
  await viewer.expectVersion(fourth);
  expect(await viewer.color(A)).toBe(9);
  await keyboard.press('Home');
  await viewer.expectVersion(1);
  expect(await viewer.color(A)).toBe(BACKGROUND);
  await keyboard.press('ArrowRight');
  await viewer.expectVersion(first);
  expect(await viewer.color(A)).toBe(3);
  await keyboard.press('End');
  await viewer.expectVersion(last);
  await keyboard.press('j');
  await viewer.expectVersion(1);
  await keyboard.press('l');
  await viewer.expectVersion(last);
  await expect(viewer.button('Play')).toBeVisible();
  expect(third).toBeGreaterThan(first);
});

test('a link names place, version, speed and region, and the game’s banner leads here', async ({
  server, player, page,
}) => {
  const { versions } = await someHistory(server.url);
  const version = versions[2] ?? 0;
  await player.open(server.url, `${CLOSE}&v=${version}`);
  await page.getByRole('link', { name: 'Open in history' }).click();
  const viewer = new HistoryViewer(page);
  await viewer.expectVersion(version);
  await expect(page).toHaveURL(new RegExp(`/history#x=500&y=500&scale=16&v=${version}&`));
  await viewer.open(server.url, `${CLOSE}&v=${version}&speed=100e&region=495,490,20,15`);
  await viewer.expectVersion(version);
  await expect(page.getByRole('combobox', { name: 'Speed' })).toHaveValue('events 100');
  await expect(page.getByTestId('history-interest')).toContainText('20 × 15 at 495, 490');
  await viewer.button('Back to the canvas').click();
  await expect(page).toHaveURL(/\/#x=500&y=500&scale=16$/);
  await expect(page.getByTestId('history-canvas')).toBeHidden();
});

test('the present is followed without a reload until another moment is asked for', async ({
  server, page,
}) => {
  const { bob, versions } = await someHistory(server.url);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, CLOSE);
  const now = viewer.button('Now');
  await expect(now).toHaveAttribute('aria-pressed', 'true');
  const later = await bob.place({ x: 501, y: 501 }, 12);
  await viewer.expectVersion(later);
  expect(await viewer.color({ x: 501, y: 501 })).toBe(12);
  await page.keyboard.press('Home');
  await viewer.expectVersion(1);
  await expect(now).toHaveAttribute('aria-pressed', 'false');
  await bob.place({ x: 502, y: 501 }, 12);
  await now.click();
  await viewer.expectVersion((versions.at(-1) ?? 0) + 2);
});

test('a click tells who set a cell, from what to what, and leads to its other moments', async ({
  server, page,
}) => {
  const { versions } = await someHistory(server.url);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, `${CLOSE}&v=${versions[2] ?? 0}`);
  await viewer.point(A);
  const card = page.getByTestId('history-cell');
  await expect(card.getByRole('heading', { name: '500, 495' })).toBeVisible();
  await expect(card.getByRole('paragraph').filter({ hasText: 'ada' })).toContainText(
    'from orange to green',
  );
  const entries = card.getByRole('listitem');
  await expect(entries).toHaveCount(4);
  await card.getByRole('button', { name: `Go to version ${versions[3] ?? 0}` }).click();
  await viewer.expectVersion(versions[3] ?? 0);
  expect(await viewer.color(A)).toBe(9);
  await expect(card.getByRole('paragraph').filter({ hasText: 'bob' })).toBeVisible();
  await card.getByRole('button', { name: 'Follow this player' }).click();
  const strip = page.getByTestId('history-interest');
  await expect(strip).toContainText('bob');
  await expect(strip).toContainText('3 events');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Home');
  await viewer.expectVersion(1);
  await page.keyboard.press('ArrowRight');
  await viewer.expectVersion(versions[1] ?? 0);
});

test('a cell tells of the round that is shown, also of one that is over', async ({
  server, page,
}) => {
  const { versions } = await someHistory(server.url);
  server.run(['round', 'open', '--replace', '--title', 'second']);
  await expect.poll(async () => {
    const answer = await fetch(`${server.url}/api/v1/canvases/main`);
    return ((await answer.json()) as { round: number }).round;
  }).toBe(2);
  const cid = await HttpPlayer.join(server.url, 'cid');
  const newest = await cid.place(A, 12);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, `${CLOSE}&v=${versions[4] ?? 0}`);
  await viewer.point(A);
  const card = page.getByTestId('history-cell');
  const entries = card.getByRole('listitem');
  await expect(entries).toHaveCount(4);
  await expect(card.getByRole('paragraph').filter({ hasText: 'bob' })).toContainText(
    'from dark teal to green',
  );
  await expect(card.getByRole('button', { name: `Go to version ${newest}` })).toHaveCount(0);
  await page.keyboard.press('g');
  await page.getByLabel('Version', { exact: true }).fill(String(newest));
  await page.keyboard.press('Enter');
  await viewer.expectVersion(newest);
  await expect(entries).toHaveCount(1);
  await expect(card.getByRole('paragraph').filter({ hasText: 'cid' })).toBeVisible();
});

test('a dragged region is the only one that counts', async ({ server, page }) => {
  const { versions } = await someHistory(server.url);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, CLOSE);
  await viewer.button('Choose a region').click();
  const from = await viewer.positionOf({ x: 508, y: 496 });
  const to = await viewer.positionOf({ x: 512, y: 500 });
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 3 });
  await page.mouse.up();
  const strip = page.getByTestId('history-interest');
  await expect(strip).toContainText('5 × 5 at 508, 496');
  await expect(strip).toContainText('2 events');
  await page.keyboard.press('Home');
  for (const version of [versions[1] ?? 0, versions[5] ?? 0]) {
    await page.keyboard.press('ArrowRight');
    await viewer.expectVersion(version);
  }
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('message')).toContainText('no such event further on');
  await page.getByRole('button', { name: /^Remove: 5 × 5/ }).click();
  await expect(strip).toBeHidden();
});

test('two moments are compared, untouched cells counted, and pictures saved', async ({
  server, page,
}) => {
  const { versions } = await someHistory(server.url);
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url, `${CLOSE}&v=1`);
  await page.keyboard.press('b');
  const strip = page.getByTestId('history-compare');
  await strip.getByRole('button', { name: 'Keep this moment as A' }).click();
  await expect(strip).toContainText('0 cells differ');
  await page.keyboard.press('End');
  await expect(strip).toContainText('2 cells differ');
  await strip.getByRole('button', { name: 'Show A' }).click();
  await viewer.expectVersion(1);
  await strip.getByRole('button', { name: 'Show B' }).click();
  await viewer.expectVersion(versions.at(-1) ?? 0);
  await page.keyboard.press('v');
  await expect(page.getByTestId('history-virgin')).toContainText('999,998');
  await page.keyboard.press('t');
  await expect(page.getByTestId('history-heat')).toBeVisible();
  await viewer.button('Share and save').click();
  const download = page.waitForEvent('download');
  await viewer.button('Save the whole canvas').click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`main-canvas-v${versions.at(-1) ?? 0}.png`);
  expect((await readFile(await file.path())).subarray(1, 4).toString()).toBe('PNG');
});

test('the question mark lists the keys of this page', async ({
  server, page,
}) => {
  const viewer = new HistoryViewer(page);
  await viewer.open(server.url);
  await page.keyboard.press('Shift+Slash');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toContainText('One event back or on');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
});

test('what cannot be loaded is told, and can be tried again', async ({ server, page }) => {
  await page.route('**/history', (route) => (
    new URL(route.request().url()).pathname.startsWith('/api') ? route.abort() : route.fallback()
  ));
  await page.goto(`${server.url}/history`);
  const notice = page.getByTestId('history-notice');
  await expect(notice).toContainText('could not be loaded');
  await page.unrouteAll();
  await notice.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByTestId('history-version')).toContainText('Version 1');
});
