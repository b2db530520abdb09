/** The web app manifest: how the page looks to a system that installs it. */

import type { ManifestOptions } from 'vite-plugin-pwa';

const ICON = { src: '/icon-192.png', sizes: '192x192', type: 'image/png' };

/** In English, as the manifest is one file for all readers. */
export const manifest: Partial<ManifestOptions> = {
  id: '/',
  name: 'Pixel Wars',
  short_name: 'Pixel Wars',
  description: 'A shared canvas: place a pixel, everybody sees it.',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#14161d',
  theme_color: '#14161d',
  categories: ['games', 'social'],
  icons: [
    { ...ICON, purpose: 'any' },
    { src: '/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
    { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    { src: '/favicon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
  ],
  shortcuts: [
    { name: 'Settings', url: '/settings', icons: [ICON] },
    { name: 'Rules', url: '/rules', icons: [ICON] },
  ],
};
