/**
 * Measures how soon the page shows the canvas, in headless Chromium, and prints one JSON object:
 *
 *     npm run build && PIXELWARS_BIN=../target/release/pixelwars npm run bench:first-pixel
 *
 * Each visit is timed from the navigation to the frame after the first draw of cells: first with
 * an empty browser cache, then again with what that left. `PW_TEST_URL` names a server that runs
 * already, with a canvas worth looking at; otherwise an empty one of 1000 x 1000 is started.
 */

import { loadavg } from 'node:os';

import { type Browser, chromium, type Page } from '@playwright/test';

import { GameServer } from '../e2e/support/server';

const VIEW = { width: 1280, height: 800 };
const VISITS = 15;

declare global {
  interface Window {
    /** Milliseconds from the navigation to the first frame with cells. */
    __firstPixelMs?: number;
  }
}

async function main(): Promise<void> {
  const running = process.env['PW_TEST_URL'];
  const server = running === undefined ? await GameServer.start({}) : null;
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const url = running ?? server?.url ?? '';
    await visits(browser, url, 1);
    const { cold, warm } = await visits(browser, url, VISITS);
    const figures = { load: loadavg(), cold: spread(cold), warm: spread(warm) };
    console.log(JSON.stringify(figures, null, 2));
  } finally {
    await browser.close();
    await server?.dispose();
  }
}

async function visits(
  browser: Browser,
  url: string,
  count: number,
): Promise<{ cold: number[]; warm: number[] }> {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let visit = 0; visit < count; visit += 1) {
    const context = await browser.newContext({ viewport: VIEW });
    const page = await context.newPage();
    await page.addInitScript(watchFirstDraw);
    await page.goto(url);
    cold.push(await firstPixel(page));
    await page.reload();
    warm.push(await firstPixel(page));
    await context.close();
  }
  return { cold, warm };
}

async function firstPixel(page: Page): Promise<number> {
  const told = await page.waitForFunction(() => window.__firstPixelMs);
  return (await told.jsonValue()) ?? Number.NaN;
}

/** Runs in the page: the renderer draws triangles only once it has cells. */
function watchFirstDraw(): void {
  const gl = WebGL2RenderingContext.prototype;
  const names = ['drawArrays', 'drawArraysInstanced'] as const;
  for (const name of names) {
    Object.defineProperty(gl, name, {
      value: new Proxy(Reflect.get(gl, name) as () => void, {
        apply(draw, context, given) {
          Reflect.apply(draw, context, given);
          requestAnimationFrame(() => { window.__firstPixelMs ??= performance.now(); });
        },
      }),
    });
  }
}

function spread(values: readonly number[]): { median: number; longest: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN),
    longest: Math.round(sorted.at(-1) ?? Number.NaN),
  };
}

await main();
