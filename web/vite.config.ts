import { resolve } from 'node:path';

import vue from '@vitejs/plugin-vue';
import { compression } from 'vite-plugin-compression2';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';

import { compiledMessages } from './build/compiled-messages';
import { firstChunk } from './build/first-chunk';
import { version } from './package.json';
import { manifest } from './pwa-manifest';

/** Where `npm run dev` finds a running server for the API. */
const apiServer = process.env['PIXELWARS_DEV_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  // Tests read the history's files that the server's tests approve.
  assetsInclude: ['**/*.pxsg', '**/*.pxsn.zst', '**/*.ndjson'],
  plugins: [
    vue(),
    compiledMessages(),
    VitePWA({
      // The reader is asked: a page that is played on is not pulled away.
      registerType: 'prompt',
      // The page registers the worker itself, as its policy allows no inline script.
      injectRegister: null,
      manifest,
      workbox: {
        // Only the page itself is kept; what the server says is asked for every time.
        globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'],
        navigateFallback: '/index.html',
        // Telegram's frame needs headers of its own, and the rest is no page of ours.
        navigateFallbackDenylist: [/^\/(api|docs|mini-app|metrics|livez|readyz)(\/|$)/],
        cleanupOutdatedCaches: true,
        inlineWorkboxRuntime: true,
      },
    }),
    // The server sends these copies under the files' own addresses.
    compression({
      algorithms: ['brotliCompress', 'gzip'],
      include: /\.(?:js|css|html|svg|json|webmanifest)$/,
      threshold: 1_024,
    }),
  ],
  define: {
    'import.meta.env.APP_VERSION': JSON.stringify(version),
    // What of vue-i18n the page does not use is left out of the bundle.
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  experimental: {
    // The page of an archive lies in any folder: parts find each other by where they are.
    renderBuiltUrl: (_, { hostType }) => (hostType === 'html' ? undefined : { relative: true }),
  },
  build: {
    target: 'es2022',
    // The first with light-dark(): rewritten for older ones it would not follow the settings.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The page's Content-Security-Policy allows no inline data beyond images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: firstChunk(resolve('src/main.ts')) }] },
      },
    },
  },
  server: {
    proxy: { '/api': { target: apiServer, ws: true } },
  },
  test: {
    // Files that need a page say so themselves: a pure one starts ten times faster.
    environment: 'node',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    css: { include: [/base\.css/] },
  },
});
