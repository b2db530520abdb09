// @vitest-environment happy-dom
import { createPinia, disposePinia, type Pinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';

import { HttpServer, refusal } from '../../tests/support/http-server';
import { Cells } from '../canvas/cells';
import { useGame } from './game';
import { usePast } from './past';
import { useView } from './view';

/** Pictures of versions: this server has none. */
const PICTURE = /image\.png/;

let pinia: Pinia;
let server: HttpServer;

beforeEach(async () => {
  server = new HttpServer();
  server.answerer = ({ path }) => (PICTURE.test(path) ? refusal(503, 'unavailable') : undefined);
  vi.stubGlobal('fetch', server.fetch);
  pinia = createPinia();
  setActivePinia(pinia);
  const { state, game } = useGame();
  game.look();
  await vi.waitUntil(() => state.canvas !== null);
});
afterEach(() => {
  disposePinia(pinia);
  vi.unstubAllGlobals();
});

function pictures(): number {
  return server.sent.filter(({ path }) => PICTURE.test(path)).length;
}

it('a version that failed is asked for again when it is chosen again', async () => {
  const past = usePast();
  past.look(1);
  await vi.waitUntil(() => past.progress === 'failed');
  past.look(1);
  expect(past.progress).toBe('loading');
  await vi.waitUntil(() => past.progress === 'failed');
  expect(pictures()).toBe(2);
});

it('a version that is on its way is not asked for twice', async () => {
  const past = usePast();
  past.look(1);
  await nextTick();
  past.look(1);
  expect(past.progress).toBe('loading');
  await vi.waitUntil(() => past.progress === 'failed');
  expect(pictures()).toBe(1);
});

it('a selected cell is let go when a smaller canvas takes its place', async () => {
  const { state, game } = useGame();
  game.look();
  const view = useView();
  const { canvas } = state;
  if (canvas === null) {
    throw new Error('there is a canvas by now');
  }
  view.select({ x: 3, y: 1 });
  state.canvas = { ...canvas, cells: new Cells(4, 2, new Uint8Array(8)) };
  await Promise.resolve();
  expect(view.selected).toEqual({ x: 3, y: 1 });
  state.canvas = { ...canvas, cells: new Cells(2, 2, new Uint8Array(4)) };
  await vi.waitUntil(() => view.selected === null);
});
