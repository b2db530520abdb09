/**
 * Measures the history's page in headless Chromium on a server that runs already, with a history
 * worth looking at, and prints one JSON object:
 *
 *     npm run build && PW_TEST_URL=http://127.0.0.1:8080 npm run bench:history
 *
 * `first_frame` is from the navigation to the frame after the first draw of a version, with an
 * empty browser cache and then again with what that left. `seek` is from asking for a version, by
 * chance out of the whole log, to the frame that shows it: nothing of it is in memory before.
 * `near` asks for versions in the chapter that is shown. Some versions are checked against the
 * server's own pictures.
 */

import { loadavg } from 'node:os';

import { type Browser, chromium, type Page } from '@playwright/test';

import type { HistoryHook } from '../../src/history/test-hook';
import { decodePicture } from '../../src/past/picture';

const VIEW = { width: 1280, height: 800 };
const VISITS = 5;
const SEEKS = 40;
const CHECKS = 3;
const NEAR_EVENTS = 2_000;
const LONGEST_SEEK_MS = 30_000;

declare global {
  interface Window {
    __pixelwarsHistory?: HistoryHook;
    /** Milliseconds from the navigation to the first frame with cells. */
    __firstFrameMs?: number;
  }
}

async function main(): Promise<void> {
  const url = process.env['PW_TEST_URL'];
  if (url === undefined) {
    throw new Error('PW_TEST_URL names no server');
  }
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    await visits(browser, url, 1);
    const { cold, warm } = await visits(browser, url, VISITS);
    const seeks = await seeking(browser, url);
    console.log(JSON.stringify({
      load: loadavg(), first_frame_cold: spread(cold), first_frame_warm: spread(warm), ...seeks,
    }, null, 2));
  } finally {
    await browser.close();
  }
}

async function visits(browser: Browser, url: string, count: number) {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let visit = 0; visit < count; visit += 1) {
    const context = await browser.newContext({ viewport: VIEW });
    const page = await context.newPage();
    await page.addInitScript(watchFirstDraw);
    await page.goto(`${url}/history`);
    cold.push(await firstFrame(page));
    await page.reload();
    warm.push(await firstFrame(page));
    await context.close();
  }
  return { cold, warm };
}

async function firstFrame(page: Page): Promise<number> {
  const told = await page.waitForFunction(() => window.__firstFrameMs);
  return (await told.jsonValue()) ?? Number.NaN;
}

async function seeking(browser: Browser, url: string) {
  const page = await (await browser.newContext({ viewport: VIEW })).newPage();
  await page.addInitScript(() => { window.__pixelwarsTest = true; });
  await page.goto(`${url}/history`);
  await page.waitForFunction(() => (window.__pixelwarsHistory?.version() ?? 0) > 0);
  const newest = await page.evaluate(() => window.__pixelwarsHistory?.newest() ?? 0);
  const far: number[] = [];
  const near: number[] = [];
  for (let seek = 0; seek < SEEKS; seek += 1) {
    const version = 1 + Math.floor(Math.random() * newest);
    far.push(await seekTo(page, version));
    if (seek < CHECKS) {
      await check(page, url, version);
    }
    near.push(await seekTo(page, Math.max(version - Math.floor(Math.random() * NEAR_EVENTS), 1)));
  }
  return { newest, seek: spread(far), near: spread(near), versions_checked: CHECKS };
}

/** Milliseconds from asking to the frame after the version is there. */
function seekTo(page: Page, version: number): Promise<number> {
  return page.evaluate(async ([wanted, longest]) => {
    const begun = performance.now();
    const hook = window.__pixelwarsHistory;
    location.hash = location.hash.replace(/&v=\d+/, '') + `&v=${wanted}`;
    while (hook?.version() !== wanted && performance.now() - begun < longest) {
      await new Promise((done) => { requestAnimationFrame(done); });
    }
    if (hook?.version() !== wanted) {
      throw new Error(`version ${wanted} was not shown`);
    }
    await new Promise((done) => { requestAnimationFrame(done); });
    return performance.now() - begun;
  }, [version, LONGEST_SEEK_MS] as const);
}

/** @throws when the page shows anything else than the server. */
async function check(page: Page, url: string, version: number): Promise<void> {
  const address = `${url}/api/v1/canvases/main/image.png?version=${version}`;
  const answer = await fetch(address);
  const picture = await decodePicture(new Uint8Array(await answer.arrayBuffer()));
  const different = await page.evaluate((text) => {
    const cells = window.__pixelwarsHistory?.cells()?.bytes ?? new Uint8Array(0);
    const expected = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return cells.length === expected.length
      ? expected.reduce((sum, color, index) => sum + (color === cells[index] ? 0 : 1), 0)
      : -1;
  }, Buffer.from(picture.cells).toString('base64'));
  if (different !== 0) {
    throw new Error(`version ${version}: ${different} cells are not as the server has them`);
  }
}

/** Runs in the page: what is drawn before there is a version is hidden, and does not count. */
function watchFirstDraw(): void {
  window.__pixelwarsTest = true;
  let drawnBefore: number | null = null;
  const look = (): void => {
    const hook = window.__pixelwarsHistory;
    if (hook !== undefined && hook.version() > 0) {
      drawnBefore ??= hook.framesDrawn();
    }
    if (hook !== undefined && drawnBefore !== null && hook.framesDrawn() > drawnBefore) {
      // The browser has the frame when it asks for the next one.
      requestAnimationFrame(() => { window.__firstFrameMs = performance.now(); });
    } else {
      requestAnimationFrame(look);
    }
  };
  requestAnimationFrame(look);
}

function spread(values: readonly number[]): { median: number; p95: number; longest: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (
    Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN)
  );
  return { median: at(0.5), p95: at(0.95), longest: at(1) };
}

await main();
