import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

import { decompress } from 'fzstd';

import type { HistoryHook } from '../../src/history/test-hook';
import { expect, test } from './support/fixtures';

declare global {
  interface Window {
    __pixelwarsHistory?: HistoryHook;
  }
}

const SIDE = 32;
const CELLS = [{ x: 3, y: 4 }, { x: 20, y: 9 }, { x: 11, y: 25 }];

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

test.use({
  settings: {
    PIXELWARS_CANVAS__REGAIN_MS: '0',
    PIXELWARS_CANVAS__WIDTH: String(SIDE),
    PIXELWARS_CANVAS__HEIGHT: String(SIDE),
  },
});

/** A file server that knows nothing of the game: `/some/folder/` is `root`. */
async function serve(root: string): Promise<{ server: Server; url: string }> {
  const prefix = '/some/folder/';
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const name = normalize(path.slice(prefix.length) || 'index.html');
    const file = join(root, name);
    stat(file).then((found) => {
      if (!path.startsWith(prefix) || name.startsWith('..') || !found.isFile()) {
        throw new Error('no such file');
      }
      response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
      createReadStream(file).pipe(response);
    }).catch(() => {
      response.statusCode = 404;
      response.end();
    });
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('the system gave no port');
  }
  return { server, url: `http://127.0.0.1:${address.port}${prefix}` };
}

/** The canvas after the rows of a decompressed export of 2022, begun with white. */
function folded(rows: string): Map<string, string> {
  const cells = new Map<string, string>();
  for (const row of rows.trim().split('\n').slice(1)) {
    const [, color = '', x = '', y = ''] = /(#[0-9A-F]{6}),"(\d+),(\d+)"$/.exec(row) ?? [];
    cells.set(`${x},${y}`, color);
  }
  return cells;
}

test('an archive is played from a plain file server', async ({ player, server, browser }) => {
  await player.open(server.url);
  await player.play('Ada');
  for (const [index, cell] of CELLS.entries()) {
    await player.choose(5 + index);
    await player.point(cell);
    await player.expectCell(cell, 5 + index);
  }
  const last = await player.version();
  await server.stop();
  const parent = await mkdtemp(join(tmpdir(), 'pixelwars-archive-'));
  const root = join(parent, 'kept');
  server.run(['archive', '--round', '1', '--to', String(last), '-o', root]);
  const report = JSON.parse(server.run(['verify', '--from-dir', root])) as { holds: boolean };
  expect(report.holds).toBe(true);

  const { server: files, url } = await serve(root);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('response', (answer) => {
    if (!answer.ok()) {
      faults.push(`${answer.status()} ${answer.url()}`);
    }
  });
  page.on('console', (message) => {
    if (message.type() === 'error') {
      faults.push(message.text());
    }
  });
  await page.addInitScript(() => { window.__pixelwarsTest = true; });
  await page.goto(url);
  const version = () => page.evaluate(() => window.__pixelwarsHistory?.version() ?? 0);
  await expect.poll(version).toBe(last);
  await expect(page.getByRole('button', { name: 'Now' })).toHaveCount(0);

  const csv = decompress(await readFile(join(root, 'exports/main-1.rplace2022.csv.zst')));
  const wanted = folded(new TextDecoder().decode(csv));
  expect(wanted.size).toBe(CELLS.length);
  const { rounds } = JSON.parse(await readFile(join(root, 'history.json'), 'utf8')) as {
    rounds: { palette: string[]; background: number }[];
  };
  const { palette = [], background = 0 } = rounds[0] ?? {};
  const cells = await page.evaluate(() => [...(window.__pixelwarsHistory?.cells()?.bytes ?? [])]);
  expect(cells.map((cell) => palette[cell])).toEqual(
    Array.from({ length: SIDE * SIDE }, (_, at) => (
      wanted.get(`${at % SIDE},${Math.floor(at / SIDE)}`) ?? palette[background]
    )),
  );

  await page.keyboard.press('Home');
  await expect.poll(version).toBe(1);
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect.poll(version).toBe(last);
  await expect.poll(() => page.url()).toContain(`v=${last}`);
  await page.reload();
  await expect.poll(version).toBe(last);

  await page.getByRole('button', { name: 'Share and save' }).click();
  await page.getByRole('button', { name: 'Make a film' }).click();
  const sheet = page.getByRole('dialog', { name: 'Make a film' });
  await sheet.getByRole('radio', { name: 'WebM' }).check();
  await sheet.getByLabel('Length in seconds').fill('0.5');
  await sheet.getByRole('button', { name: 'Make the film' }).click();
  await expect(sheet.getByTestId('film-work')).toHaveAttribute('data-work', 'done');

  expect(faults).toEqual([]);
  await context.close();
  files.close();
  await rm(parent, { recursive: true, force: true });
});
