import { createPinia } from 'pinia';
import { createApp } from 'vue';

import App from './App.vue';
import { beginLanguage, i18n } from './locales';
import { router } from './router';
import './styles/base.css';

// A language that cannot be loaded leaves the page in English, which is there.
await beginLanguage().catch(() => undefined);
const app = createApp(App).use(createPinia()).use(router).use(i18n);
// The router writes the address once more when it begins; what the game reads there comes after.
await router.isReady();
app.mount('#app');
