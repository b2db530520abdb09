/** One person at one browser page, acting by pointer and keyboard. */

import { expect, type Locator, type Page } from '@playwright/test';

import type { TestHook } from '../../../src/test-hook';

declare global {
  interface Window {
    __pixelwars?: TestHook;
    __pixelwarsTest?: boolean;
  }
}

/** A cell by column and row. */
export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** A page of the game with what tests ask of it. */
export class Player {
  constructor(readonly page: Page) {}

  /** Opens the game as one who knows it; `hash` may name a place. */
  async open(url: string, hash = ''): Promise<void> {
    await this.page.addInitScript(() => { localStorage.setItem('pixelwars.hint', 'done'); });
    await this.openAsNewcomer(url, hash);
  }

  /** Opens the game as one who has never seen it. */
  async openAsNewcomer(url: string, hash = ''): Promise<void> {
    await this.page.addInitScript(() => { window.__pixelwarsTest = true; });
    await this.page.goto(`${url}/${hash}`);
    await expect.poll(() => this.version()).toBeGreaterThan(0);
  }

  /** Presses Play, gives a name, and gets a seat. */
  async play(name: string): Promise<void> {
    await this.signIn(name);
    await this.expectStatus('playing');
    await this.expectConnection('live');
  }

  /** Presses Play and gives a name. */
  async signIn(name: string): Promise<void> {
    await this.button('Play').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel(/name/i).fill(name);
    await dialog.getByRole('button', { name: 'Play' }).click();
  }

  /** Presses Play and signs in at a provider, as one who was never there before. */
  async signInWith(provider: string, name: string): Promise<void> {
    await this.button('Play').click();
    await this.page.getByRole('link', { name: `Continue with ${provider}` }).click();
    await this.agreeAtProvider(name);
  }

  /** Fills the provider's own pages in: who one is, and that the game may know it. */
  async agreeAtProvider(name: string): Promise<void> {
    await this.page.getByPlaceholder('Enter any login').fill(name);
    await this.page.getByPlaceholder('and password').fill('anything');
    await this.page.getByRole('button', { name: 'Sign-in' }).click();
    await this.page.getByRole('button', { name: 'Continue' }).click();
  }

  /** Opens the account's page. */
  async openAccount(): Promise<Locator> {
    await this.page.getByRole('link', { name: /^Account:/ }).click();
    return this.sheet('Account');
  }

  /** Opens a page by the main menu. */
  async openPage(name: string): Promise<Locator> {
    await this.button('Menu').click();
    await this.page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name }).click();
    return this.sheet(name);
  }

  /** The page of that title, over the canvas. */
  async sheet(title: string): Promise<Locator> {
    const sheet = this.page.getByRole('dialog', { name: title, exact: true });
    await expect(sheet).toBeVisible();
    return sheet;
  }

  /** Chooses the palette's colour number `index`, from 0; resolves to it as `#RRGGBB`. */
  async choose(index: number): Promise<string> {
    const swatch = this.page.getByRole('button', { name: new RegExp(`^Colour ${index + 1},`) });
    await swatch.click();
    return (await swatch.getAttribute('data-color')) ?? '';
  }

  /** Clicks or taps the middle of a cell. */
  async point(cell: Cell): Promise<void> {
    const at = await this.positionOf(cell);
    if (this.page.viewportSize()?.width === 390) {
      await this.page.touchscreen.tap(at.x, at.y);
    } else {
      await this.page.mouse.click(at.x, at.y);
    }
  }

  /** Moves two fingers about a point of the canvas, through these steps, and lifts them. */
  async pinch(steps: readonly { spread: number; degrees: number }[]): Promise<void> {
    const fingers = steps.map(({ spread, degrees }) => {
      const dx = spread * Math.cos((degrees * Math.PI) / 180);
      const dy = spread * Math.sin((degrees * Math.PI) / 180);
      return [
        { x: 195 - dx, y: 300 - dy, id: 1 },
        { x: 195 + dx, y: 300 + dy, id: 2 },
      ];
    });
    await this.dispatchTouches(fingers);
  }

  /** Puts one finger down, moves it through these points of the page, and lifts it. */
  async touch(points: readonly { x: number; y: number }[]): Promise<void> {
    await this.dispatchTouches(points.map((point) => [{ ...point, id: 1 }]));
  }

  /** Makes the page find these settings when it is opened. */
  async keepSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await this.page.addInitScript((text) => {
      localStorage.setItem('pixelwars.settings', text);
    }, JSON.stringify(settings));
  }

  /** Turn of the canvas in degrees. */
  angle(): Promise<number> {
    return this.page.evaluate(() => window.__pixelwars?.angle() ?? Number.NaN);
  }

  private async dispatchTouches(
    steps: readonly (readonly { x: number; y: number; id: number }[])[],
  ): Promise<void> {
    const client = await this.page.context().newCDPSession(this.page);
    for (const [index, touchPoints] of steps.entries()) {
      const type = index === 0 ? 'touchStart' : 'touchMove';
      await client.send('Input.dispatchTouchEvent', { type, touchPoints: [...touchPoints] });
    }
    await client.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await client.detach();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  version(): Promise<number> {
    return this.page.evaluate(() => window.__pixelwars?.version() ?? 0);
  }

  /** Colour of a cell that the server told last. */
  trueColor(cell: Cell): Promise<number | null> {
    return this.page.evaluate(({ x, y }) => window.__pixelwars?.trueColor(x, y) ?? null, cell);
  }

  /** Colour that the page shows for a cell, pending placements included. */
  shownColor(cell: Cell): Promise<number | null> {
    return this.page.evaluate(({ x, y }) => window.__pixelwars?.shownColor(x, y) ?? null, cell);
  }

  /** Waits until the server's word for a cell is this colour. */
  async expectCell(cell: Cell, color: number): Promise<void> {
    await expect.poll(() => this.trueColor(cell)).toBe(color);
  }

  async expectStatus(status: string): Promise<void> {
    await expect
      .poll(() => this.page.evaluate(() => window.__pixelwars?.status()), { timeout: 30_000 })
      .toBe(status);
  }

  /** The panel that says why the game does not go on here. */
  pause(kind: string): Locator {
    return this.page.locator(`[data-pause="${kind}"]`);
  }

  /** The id of who is signed in. */
  id(): Promise<string | null> {
    return this.page.evaluate(() => window.__pixelwars?.player() ?? null);
  }

  async expectConnection(state: string): Promise<void> {
    await expect
      .poll(() => this.page.evaluate(() => window.__pixelwars?.connection()), { timeout: 30_000 })
      .toBe(state);
  }

  /** The position of a cell once the canvas has stopped moving. */
  async restingPositionOf(cell: Cell): Promise<{ x: number; y: number }> {
    let last = await this.positionOf(cell);
    await expect
      .poll(async () => {
        const before = last;
        last = await this.positionOf(cell);
        return before.x === last.x && before.y === last.y;
      })
      .toBe(true);
    return last;
  }

  async positionOf(cell: Cell): Promise<{ x: number; y: number }> {
    const at = await this.page.evaluate(
      ({ x, y }) => window.__pixelwars?.clientPositionOf(x, y) ?? null,
      cell,
    );
    if (at === null) {
      throw new Error('the page shows no canvas');
    }
    return at;
  }
}
