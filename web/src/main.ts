import { createApp } from 'vue';

import App from './App.vue';
import { language } from './locales';
import './styles/base.css';

document.documentElement.lang = language;
createApp(App).mount('#app');
