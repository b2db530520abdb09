/** One person at the history's page. */

import { expect, type Locator, type Page } from '@playwright/test';

import type { HistoryHook } from '../../../src/history/test-hook';
import type { Cell } from './player';

declare global {
  interface Window {
    __pixelwarsHistory?: HistoryHook;
  }
}

/** The page with what tests ask of it. */
export class HistoryViewer {
  constructor(readonly page: Page) {}

  /** Opens the page; `hash` may name a moment. */
  async open(url: string, hash = ''): Promise<void> {
    await this.page.addInitScript(() => { window.__pixelwarsTest = true; });
    await this.page.goto(`${url}/history${hash}`);
    await this.arrived();
  }

  /** Waits until the moment asked for is shown. */
  async arrived(): Promise<void> {
    await expect
      .poll(() => this.page.evaluate(() => window.__pixelwarsHistory?.isWaiting() ?? true))
      .toBe(false);
    await expect.poll(() => this.version()).toBeGreaterThan(0);
  }

  version(): Promise<number> {
    return this.page.evaluate(() => window.__pixelwarsHistory?.version() ?? 0);
  }

  async expectVersion(version: number): Promise<void> {
    await expect.poll(() => this.version()).toBe(version);
  }

  /** The palette index of a cell at the moment shown. */
  color(cell: Cell): Promise<number | null> {
    return this.page.evaluate(({ x, y }) => {
      const cells = window.__pixelwarsHistory?.cells() ?? null;
      return cells === null ? null : cells.trueColor(cells.indexOf(x, y));
    }, cell);
  }

  /** All cells at the moment shown. */
  async cells(): Promise<Buffer> {
    const text = await this.page.evaluate(() => {
      const bytes = window.__pixelwarsHistory?.cells()?.bytes ?? new Uint8Array(0);
      let binary = '';
      for (let at = 0; at < bytes.length; at += 0x8000) {
        binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
      }
      return btoa(binary);
    });
    return Buffer.from(text, 'base64');
  }

  /** Clicks the middle of a cell. */
  async point(cell: Cell): Promise<void> {
    const at = await this.positionOf(cell);
    await this.page.mouse.click(at.x, at.y);
  }

  /** Position of a cell's middle on the page. */
  async positionOf(cell: Cell): Promise<{ x: number; y: number }> {
    const at = await this.page.evaluate(
      (one) => window.__pixelwarsHistory?.clientPositionOf(one) ?? null,
      cell,
    );
    if (at === null) {
      throw new Error('the page shows no canvas');
    }
    return at;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }
}
