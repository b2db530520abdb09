/** The page's addresses. The canvas is always there; every other page is a sheet over it. */

import {
  createMemoryHistory, createRouter, createWebHistory, type RouteRecordRaw,
} from 'vue-router';

import { archivedCanvas } from './archive';
import { placeFromAddress } from './composables/place-in-url';
import { dropForeignLaunch, isMiniAppAddress, MINI_APP } from './game/mini-app';
import { loadTexts, type MessageKey, type TextPart } from './locales';

declare module 'vue-router' {
  interface RouteMeta {
    /** Whether the page is a sheet over the canvas. */
    isSheet?: boolean;
    /** Whether the page takes the canvas's place, with a place on a canvas of its own. */
    isFull?: boolean;
    /** The sheet's title. */
    title?: MessageKey;
  }
}

/** Names of the routes that show the canvas with nothing over it. */
export const CANVAS_ROUTES: ReadonlySet<string> = new Set(['canvas', 'not-found']);

/** A page with the texts that it needs besides, which are loaded beside it. */
async function withTexts<Page>(part: TextPart, page: Promise<Page>): Promise<Page> {
  const [loaded] = await Promise.all([page, loadTexts(part)]);
  return loaded;
}

const historyRoute: RouteRecordRaw = {
  path: '/history',
  name: 'history',
  component: () => withTexts('history', import('./pages/HistoryPage.vue')),
  meta: { isFull: true },
};

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'canvas', component: { render: () => null } },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('./pages/SettingsPage.vue'),
    meta: { isSheet: true, title: 'settings.title' },
  },
  {
    path: '/rules',
    name: 'rules',
    component: () => withTexts('pages', import('./pages/RulesPage.vue')),
    meta: { isSheet: true, title: 'rules.title' },
  },
  {
    path: '/feedback',
    name: 'feedback',
    component: () => withTexts('pages', import('./pages/FeedbackPage.vue')),
    meta: { isSheet: true, title: 'feedback.title' },
  },
  {
    path: '/report',
    name: 'report',
    component: () => withTexts('pages', import('./pages/ReportPage.vue')),
    meta: { isSheet: true, title: 'report.title' },
  },
  {
    path: '/account',
    name: 'account',
    component: () => import('./pages/AccountPage.vue'),
    meta: { isSheet: true, title: 'account.title' },
  },
  {
    path: '/about',
    name: 'about',
    component: () => withTexts('pages', import('./pages/AboutPage.vue')),
    meta: { isSheet: true, title: 'about.title' },
  },
  {
    path: '/templates',
    name: 'templates',
    component: () => import('./pages/TemplatesPage.vue'),
    meta: { isSheet: true, title: 'templates.title' },
  },
  {
    path: '/shortcuts',
    name: 'shortcuts',
    component: () => import('./pages/ShortcutsPage.vue'),
    meta: { isSheet: true, title: 'keys.title' },
  },
  historyRoute,
  {
    path: '/log',
    name: 'log',
    component: () => withTexts('moderation', import('./pages/LogPage.vue')),
    meta: { isSheet: true, title: 'menu.log' },
  },
  {
    path: '/moderation/:section(queue|act|players|records|team)?/:player([0-9a-f]{16})?',
    name: 'moderation',
    component: () => withTexts('moderation', import('./pages/ModerationPage.vue')),
    meta: { isFull: true },
  },
  // An address that the page does not know is the canvas, as it always was.
  { path: '/:rest(.*)*', name: 'not-found', component: { render: () => null } },
];

// The history remembers the address as it finds it.
dropForeignLaunch();

/** The router of the app. An archive may lie in any folder, and its one page is the history. */
export const router = archivedCanvas === null
  ? createRouter({
      history: createWebHistory(isMiniAppAddress(location.pathname) ? MINI_APP : '/'),
      routes,
    })
  : createRouter({
      history: createMemoryHistory(),
      routes: [{ ...historyRoute, path: '/:rest(.*)*' }],
    });

// Another page's address holds the place, so that a reload and the way back find it again.
router.beforeEach((to) => {
  const { hash } = location;
  const { isSheet, isFull } = to.meta;
  const hasNone = (isSheet === true || isFull === true) && to.hash === '';
  return hasNone && placeFromAddress({ hash, search: '' })
    ? { path: to.path, query: to.query, hash }
    : true;
});

/** Closes a sheet: the step before it if that was the canvas, else the canvas in its stead. */
export function closeSheet(): void {
  const { back } = history.state as { readonly back?: unknown };
  if (typeof back === 'string' && CANVAS_ROUTES.has(String(router.resolve(back).name))) {
    router.back();
  } else {
    void router.replace({ name: 'canvas', hash: location.hash });
  }
}
