import { createPinia } from 'pinia';
import { createApp } from 'vue';

import App from './App.vue';
import { archivedCanvas } from './archive';
import { beginLanguage, i18n } from './locales';
import { listenForInstall } from './pwa/install';
import { watchLostParts } from './pwa/lost-parts';
import { keepPage } from './pwa/update';
import { router } from './router';
import { useMiniApp } from './stores/mini-app';
import { usePlacing } from './stores/placing';
import './styles/base.css';

/** By then the first canvas is there on most networks. */
const KEEP_PAGE_AFTER_MS = 2_000;

/**
 * Mounts the page. A function, not awaits of the module itself: parts that are loaded meanwhile
 * import from the module's own file, and would wait for it as it waits for them.
 */
async function begin(): Promise<void> {
  let isMounted = false;
  listenForInstall();
  watchLostParts(router, () => isMounted && usePlacing().isUnderWay());
  const app = createApp(App).use(createPinia());
  // A language or a theme that cannot be loaded leaves the page's own, which is there.
  await Promise.allSettled([beginLanguage(), useMiniApp().begin()]);
  app.use(router).use(i18n);
  // The router writes the address once more when it begins; what the game reads there comes after.
  // A page that cannot be loaded leaves the canvas.
  await Promise.allSettled([router.isReady()]);
  app.mount('#app');
  isMounted = true;
  if (useMiniApp().launch === null && archivedCanvas === null) {
    // The canvas goes first. Without the worker everything works, but for a page without network.
    setTimeout(() => { keepPage().catch(() => undefined); }, KEEP_PAGE_AFTER_MS);
  }
}

void begin();
