import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { expect, test } from './support/fixtures';
import { HistoryViewer } from './support/history-viewer';
import { HttpPlayer } from './support/http-player';

const CELL = { x: 500, y: 500 };

async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return found.violations.map(({ id, nodes }) => (
    `${id}: ${nodes.map((node) => node.html).join(' | ')}`
  ));
}

for (const [colorScheme, locale] of [['light', 'en-GB'], ['dark', 'ru-RU']] as const) {
  test.describe(`the ${colorScheme} page of the history in ${locale}`, () => {
    test.use({ locale, colorScheme });

    test('keeps WCAG AA with everything open', async ({ server, page }) => {
      const ada = await HttpPlayer.join(server.url, 'ada');
      await ada.place(CELL, 3);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const viewer = new HistoryViewer(page);
      await viewer.open(server.url, '#x=500&y=500&scale=16&region=490,490,20,20');
      expect(await violations(page)).toEqual([]);
      for (const key of ['Enter', 'b', 'v', 't', 'g']) {
        await page.keyboard.press(key);
        await expect(page.locator('.bottom > .panel').nth(1)).toBeVisible();
        expect(await violations(page), key).toEqual([]);
        await page.keyboard.press('Escape');
      }
      await page.keyboard.press('r');
      await page.locator('summary').click();
      expect(await violations(page), 'region').toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('h');
      await expect(page.getByRole('dialog')).toBeVisible();
      expect(await violations(page), 'keys').toEqual([]);
    });
  });
}

for (const [width, height] of [[320, 640], [390, 844], [844, 390], [3840, 2160]] as const) {
  test(`every control can be reached at ${width}×${height}`, async ({ server, page }) => {
    await page.setViewportSize({ width, height });
    const viewer = new HistoryViewer(page);
    await viewer.open(server.url, '#x=500&y=500&scale=8');
    const controls = page.locator('.history-page :is(button, select, [role="slider"]):visible');
    // The first picture comes before the controls of time.
    await expect.poll(() => controls.count()).toBeGreaterThan(15);
    const boxes = await controls
      .evaluateAll((found) => found.map((control) => {
        const { left, top, right, bottom } = control.getBoundingClientRect();
        const name = control.getAttribute('aria-label') ?? control.textContent.trim();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        const isOnTop = at !== null && (control.contains(at) || at.contains(control));
        return { name, left, top, right, bottom, isOnTop };
      }));
    for (const { name, left, top, right, bottom, isOnTop } of boxes) {
      expect(left, name).toBeGreaterThanOrEqual(0);
      expect(top, name).toBeGreaterThanOrEqual(0);
      expect(right, name).toBeLessThanOrEqual(width);
      expect(bottom, name).toBeLessThanOrEqual(height);
      expect(Math.min(right - left, bottom - top), name).toBeGreaterThanOrEqual(44);
      expect(isOnTop, name).toBe(true);
    }
  });
}
