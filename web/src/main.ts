import { createPinia } from 'pinia';
import { createApp } from 'vue';

import App from './App.vue';
import { beginLanguage, i18n } from './locales';
import { listenForInstall } from './pwa/install';
import { keepPage } from './pwa/update';
import { isMiniAppAddress, router } from './router';
import './styles/base.css';

/** By then the first canvas is there on most networks. */
const KEEP_PAGE_AFTER_MS = 2_000;

listenForInstall();
const isMiniApp = isMiniAppAddress(location.pathname);
// A language that cannot be loaded leaves the page in English, which is there.
await beginLanguage().catch(() => undefined);
const app = createApp(App).use(createPinia()).use(router).use(i18n);
// The router writes the address once more when it begins; what the game reads there comes after.
await router.isReady();
app.mount('#app');
if (!isMiniApp) {
  // The canvas goes first. Without the worker everything works, but for a page without network.
  setTimeout(() => { keepPage().catch(() => undefined); }, KEEP_PAGE_AFTER_MS);
}
