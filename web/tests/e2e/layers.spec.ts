import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';

import { expect, test } from './support/fixtures';
import type { Player } from './support/player';

/** A picture of whole `#RRGGBB` pixels by rows; `null` is transparent. */
function png(width: number, colors: readonly (string | null)[]): Buffer {
  const height = colors.length / width;
  const rows = Array.from({ length: height }, (_, row) => Buffer.concat([
    Buffer.of(0),
    ...colors.slice(row * width, (row + 1) * width).map((color) => color === null
      ? Buffer.alloc(4)
      : Buffer.from(`${color.slice(1)}ff`, 'hex')),
  ]));
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', size), chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** PNG, Annex D. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Opens the page of templates by the menu. */
async function openTemplates({ page }: Player): Promise<void> {
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await page.getByRole('link', { name: 'Templates' }).click();
}

/** The first colours of the palette, as the page names them. */
async function palette(player: Player): Promise<string[]> {
  const info = await player.page.evaluate(async () =>
    (await fetch('/api/v1/canvases/main')).json() as Promise<{ palette: string[] }>);
  return info.palette;
}

test('a template of a file shows its progress, follows the canvas and stays', async ({
  server, player,
}) => {
  await player.open(server.url, '#x=500&y=500&scale=16');
  await player.play('Ada');
  const [first = '', second = ''] = await palette(player);
  await openTemplates(player);
  await player.page.getByLabel('Choose a picture').setInputFiles({
    name: 'flag.png', mimeType: 'image/png', buffer: png(2, [first, second, null, second]),
  });
  const progress = player.page.getByTestId('template-progress');
  await expect(progress).toContainText('0 % done, 3 to place');
  await expect(player.page.getByLabel('Column (x)')).toHaveValue('499');
  await player.page.getByRole('button', { name: 'Next wrong cell of flag' }).click();
  await expect(player.page.getByRole('dialog')).toHaveCount(0);

  await player.choose(0);
  await player.point({ x: 499, y: 499 });
  await player.expectCell({ x: 499, y: 499 }, 0);
  await openTemplates(player);
  await expect(progress).toContainText('33 % done, 2 to place');
  await player.page.getByRole('combobox').selectOption('Dots');

  await player.page.reload();
  await player.page.getByRole('button', { name: 'Close' }).waitFor();
  await expect(progress).toContainText('33 % done, 2 to place');
  await expect(player.page.getByRole('combobox')).toHaveValue('dots');
  await player.page.getByRole('button', { name: 'Remove flag' }).click();
  await expect(progress).toHaveCount(0);
  await player.page.reload();
  await expect(player.page.getByText('No templates yet.')).toBeVisible();
});

test.describe('templates by address', () => {
  const colors = ['#FF4500', '#FFA800'];
  /** The same two cells, each drawn as a block of 3 x 3 pixels with a dot in it. */
  const block = (dot: string | null) => [0, 1].flatMap((cell) =>
    [0, 1, 2].map((x) => (dot !== null && x === 1 ? dot : colors[cell] ?? null)));
  const picture = png(6, [...block(null), ...block('#000000'), ...block(null)]);
  const isTold = 'a host that the server does not allow is told as such';
  let host: Server;
  let port = 0;

  test.beforeAll(async () => {
    host = createServer((_, response) => {
      response.writeHead(200, {
        'Content-Type': 'image/png', 'Access-Control-Allow-Origin': '*',
      }).end(picture);
    });
    await new Promise<void>((done) => { host.listen(0, '127.0.0.1', done); });
    ({ port } = host.address() as AddressInfo);
  });
  test.afterAll(() => { host.close(); });
  test.use({
    settings: async ({}, use, { title }) => {
      const hosts = title === isTold ? '' : `http://127.0.0.1:${port}`;
      await use(hosts === '' ? {} : { PIXELWARS_TEMPLATE_HOSTS: hosts });
    },
  });

  test('a link of Pxls brings its template', async ({ server, player }) => {
    const url = encodeURIComponent(`http://127.0.0.1:${port}/flag.png`);
    await player.open(
      server.url, `#x=10&y=20&scale=16&template=${url}&ox=10&oy=20&tw=2&title=My%20flag`,
    );
    await openTemplates(player);
    const card = player.page.getByRole('article', { name: 'My flag' });
    await expect(card.getByTestId('template-progress')).toContainText('0 % done, 2 to place');
    await expect(card.getByLabel('Column (x)')).toHaveValue('10');
    await expect(card.getByLabel('Row (y)')).toHaveValue('20');
  });

  test('what the reader did to a linked template stays, the address notwithstanding', async ({
    server, player,
  }) => {
    const url = encodeURIComponent(`http://127.0.0.1:${port}/flag.png`);
    const cards = player.page.getByRole('article');
    const column = cards.getByLabel('Column (x)');
    const isMarked = () => player.page.evaluate(
      () => localStorage.getItem('pixelwars.has-templates'),
    );
    await player.open(server.url, '#x=10&y=20&scale=16');
    // A link that is opened in the same tab.
    await player.page.evaluate((hash) => { location.hash = hash; },
      `#x=10&y=20&scale=16&template=${url}&ox=10&oy=20&tw=2&title=Flag&oo=0.3`);
    await openTemplates(player);
    await expect(column).toHaveValue('10');
    await expect(cards.getByLabel('Opacity')).toHaveValue('0.3');
    expect(await isMarked()).toBeNull();
    await column.fill('30');
    await column.press('Enter');
    await expect.poll(isMarked).toBe('1');

    await player.page.goBack();
    await expect(cards).toHaveCount(0);
    expect(player.page.url()).toContain('oo=0.3');
    await player.page.reload();
    await openTemplates(player);
    await expect(column).toHaveValue('30');
    await player.page.getByRole('button', { name: 'Remove Flag' }).click();
    await expect(cards).toHaveCount(0);
    await expect.poll(isMarked).toBeNull();
    await player.page.goBack();
    await expect(player.page).not.toHaveURL(/template/);
    await player.page.reload();
    await openTemplates(player);
    await expect(player.page.getByText('No templates yet.')).toBeVisible();
  });

  test(isTold, async ({ server, player }) => {
    const url = encodeURIComponent(`http://127.0.0.1:${port}/flag.png`);
    await player.open(server.url, `#template=${url}&tw=2`);
    await expect(player.page.getByTestId('message')).toContainText('add it as a file');
  });
});

test('the heatmap is switched on and off, and shows what was placed', async ({
  server, player,
}) => {
  await player.open(server.url, '#x=500&y=500&scale=16');
  await player.play('Ada');
  await player.choose(3);
  await player.point({ x: 500, y: 500 });
  await player.expectCell({ x: 500, y: 500 }, 3);
  const asked = player.page.waitForResponse(/\/events\?after=/);
  const button = player.page.getByRole('button', { name: 'Heatmap', exact: true });
  await button.click();
  expect((await asked).status()).toBe(200);
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  const legend = player.page.getByTestId('heat-legend');
  await expect(legend).toBeVisible();
  await legend.getByRole('button', { name: 'Switch the heatmap off' }).click();
  await expect(legend).toHaveCount(0);
  await expect(button).toHaveAttribute('aria-pressed', 'false');
});
