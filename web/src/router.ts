/** The page's addresses. The canvas is always there; every other page is a sheet over it. */

import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';

import type { MessageKey } from './locales';

declare module 'vue-router' {
  interface RouteMeta {
    /** Whether the page is a sheet over the canvas. */
    isSheet?: boolean;
    /** The sheet's title. */
    title?: MessageKey;
  }
}

/** Names of the routes that show the canvas with nothing over it. */
export const CANVAS_ROUTES: ReadonlySet<string> = new Set(['canvas', 'not-found']);

/** Where Telegram opens the page; everything else of a Mini App lies below it. */
const MINI_APP = '/mini-app';

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'canvas', component: { render: () => null } },
  {
    path: '/about',
    name: 'about',
    component: () => import('./pages/AboutPage.vue'),
    meta: { isSheet: true, title: 'about.title' },
  },
  {
    path: '/templates',
    name: 'templates',
    component: () => import('./pages/TemplatesPage.vue'),
    meta: { isSheet: true, title: 'templates.title' },
  },
  // An address that the page does not know is the canvas, as it always was.
  { path: '/:rest(.*)*', name: 'not-found', component: { render: () => null } },
];

/** Whether Telegram opened this page as a Mini App, by its address. */
export function isMiniAppAddress(path: string): boolean {
  return path === MINI_APP || path.startsWith(`${MINI_APP}/`);
}

/** The router of the app. */
export const router = createRouter({
  history: createWebHistory(isMiniAppAddress(location.pathname) ? MINI_APP : '/'),
  routes,
});
