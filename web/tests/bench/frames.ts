/**
 * Measures the canvas in headless Chromium against the real server, and prints one JSON object:
 *
 *     npm run build && npm run bench:frames
 *
 * - Frames at 800 x 600 on a canvas of 2000 x 2000 seen at 4x: still, while 2 000 made-up changes a
 *   second go through the page's own feed (spread over the canvas, then all within the view), and
 *   while a mouse drags the canvas about. Each frame is timed until its last pixel is drawn.
 * - Opening a canvas of 8192 x 8192 and dragging it: the longest frames, and the memory of the
 *   page's and the GPU's process beyond the same page with a canvas of 64 x 64.
 *
 * `PIXELWARS_BIN` names the server, `CHROMIUM` the browser. It is no test: figures belong to a
 * machine and to what else runs on it, which is why the load average is printed with them.
 */

import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';

import { type Browser, chromium, type Page } from '@playwright/test';

import { Player } from '../e2e/support/player';
import { GameServer } from '../e2e/support/server';
import { type DeltaLoad, installMeter, type PhaseFigures, TICKS_A_SECOND } from './meter';

const VIEW = { width: 800, height: 600 };
const SIDE = 2000;
const LARGE_SIDE = 8192;
const SMALL_SIDE = 64;
const SCALE = 4;
const PHASE_SECONDS = 10;
const DELTAS_PER_SECOND = 2_000;
const MIB = 1024 * 1024;

async function main(): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const loadBefore = loadavg();
    const frames = await withServer(SIDE, (server) => measureFrames(browser, server));
    await browser.close();
    const small = await withServer(SMALL_SIDE, measureLarge);
    const large = await withServer(LARGE_SIDE, measureLarge);
    const extraMib = large.mib - small.mib;
    const cells = LARGE_SIDE ** 2 - SMALL_SIDE ** 2;
    console.log(JSON.stringify({
      loadBefore,
      loadAfter: loadavg(),
      frames,
      large: {
        ...large,
        smallMib: small.mib,
        bytesPerCell: Math.round(((extraMib * MIB) / cells) * 100) / 100,
      },
    }, null, 2));
  } finally {
    await browser.close();
  }
}

async function withServer<T>(side: number, use: (server: GameServer) => Promise<T>): Promise<T> {
  const server = await GameServer.start({
    PIXELWARS_CANVAS__WIDTH: String(side),
    PIXELWARS_CANVAS__HEIGHT: String(side),
    PIXELWARS_CANVAS__REGAIN_MS: '0',
  });
  try {
    return await use(server);
  } finally {
    await server.dispose();
  }
}

async function measureFrames(
  browser: Browser,
  server: GameServer,
): Promise<Record<string, PhaseFigures>> {
  const page = await browser.newPage({ viewport: VIEW });
  await page.addInitScript(installMeter, TICKS_A_SECOND);
  const player = new Player(page);
  await player.open(server.url, `#x=${SIDE / 2}&y=${SIDE / 2}&scale=${SCALE}`);
  await player.play('bench');
  const everywhere: DeltaLoad = {
    perSecond: DELTAS_PER_SECOND,
    box: { left: 0, top: 0, side: SIDE },
    canvasWidth: SIDE,
  };
  const side = VIEW.height / SCALE;
  const corner = SIDE / 2 - side / 2;
  const inView = { ...everywhere, box: { left: corner, top: corner, side } };
  return {
    idle: await measure(page, null),
    deltasEverywhere: await measure(page, everywhere),
    deltasInView: await measure(page, inView),
    dragging: await dragging(page, null),
    draggingWithDeltasInView: await dragging(page, inView),
  };
}

function measure(page: Page, load: DeltaLoad | null): Promise<PhaseFigures> {
  return page.evaluate(
    async ([seconds, deltas]) => {
      if (window.__meter === undefined) {
        throw new Error('the page has no meter');
      }
      return window.__meter.measure(seconds, deltas);
    },
    [PHASE_SECONDS, load] as const,
  );
}

/** Measures while a mouse drags the canvas in circles. */
async function dragging(page: Page, load: DeltaLoad | null): Promise<PhaseFigures> {
  const measured = measure(page, load);
  const until = Date.now() + PHASE_SECONDS * 1000;
  await page.mouse.move(400, 300);
  await page.mouse.down();
  for (let step = 0; Date.now() < until; step += 1) {
    const angle = step / 20;
    await page.mouse.move(
      Math.round(400 + 90 * Math.cos(angle)), Math.round(260 + 90 * Math.sin(angle)),
    );
  }
  await page.mouse.up();
  return measured;
}

interface LargeFigures {
  /** From navigation until the canvas was first drawn. */
  readonly openedMs: number;
  /** Memory of the page's and the GPU's process. */
  readonly mib: number;
  readonly peakMib: number;
  readonly dragging: PhaseFigures;
}

/** Opens the whole canvas as a guest, then drags it at 1:1; in a browser of its own. */
async function measureLarge(server: GameServer): Promise<LargeFigures> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({ viewport: VIEW });
    await page.addInitScript(installMeter, TICKS_A_SECOND);
    await page.addInitScript(() => { window.__pixelwarsTest = true; });
    let peakMib = 0;
    const watch = setInterval(() => {
      void memoryMib(browser).then((mib) => { peakMib = Math.max(peakMib, mib); });
    }, 100);
    await page.goto(server.url);
    await page.waitForFunction(() => (window.__pixelwars?.framesDrawn() ?? 0) > 0);
    const openedMs = await page.evaluate(() => Math.round(performance.now()));
    await page.goto(`${server.url}/#x=4096&y=4096&scale=1`);
    const drags = await dragging(page, null);
    // Two looks for a newer snapshot, which the page asks for every few seconds.
    for (let look = 0; look < 2; look += 1) {
      await page.waitForResponse((answer) => answer.url().endsWith('/snapshots/latest'));
    }
    clearInterval(watch);
    const mib = await memoryMib(browser);
    return { openedMs, mib, peakMib: Math.max(peakMib, mib), dragging: drags };
  } finally {
    await browser.close();
  }
}

/** Memory that the page's and the GPU's process share with nobody else, in MiB. */
async function memoryMib(browser: Browser): Promise<number> {
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send('SystemInfo.getProcessInfo');
  await client.detach();
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer' || type === 'GPU')
    .map(async ({ id }) => {
      const rollup = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
      const kib = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
      return Number(kib ?? 0) / 1024;
    });
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  return Math.round(total * 10) / 10;
}

await main();
