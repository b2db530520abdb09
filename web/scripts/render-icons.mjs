/**
 * Draws the icons of the installed app from `public/favicon.svg`, with the browser that the
 * browser tests use: `node scripts/render-icons.mjs`. The pictures are committed.
 */

import { readFile } from 'node:fs/promises';

import { chromium } from '@playwright/test';

const PUBLIC = new URL('../public/', import.meta.url);

/** Ground of the mark; icons that the system cuts to its own shape have it up to their edges. */
const GROUND = '#1d2030';

/** `scale` is the mark's part of the icon: of a maskable one only the inner 80 % surely shows. */
const ICONS = [
  { name: 'icon-192.png', size: 192, scale: 1, ground: 'transparent' },
  { name: 'icon-512.png', size: 512, scale: 1, ground: 'transparent' },
  { name: 'icon-maskable-512.png', size: 512, scale: 0.76, ground: GROUND },
  { name: 'apple-touch-icon.png', size: 180, scale: 0.92, ground: GROUND },
];

const svg = await readFile(new URL('favicon.svg', PUBLIC), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  for (const { name, size, scale, ground } of ICONS) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`
      <style>
        body { margin: 0; display: grid; place-items: center; height: 100vh; background: ${ground} }
        svg { width: ${scale * 100}vw; height: ${scale * 100}vw }
      </style>${svg}`);
    const path = new URL(name, PUBLIC).pathname;
    await page.screenshot({ path, omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
