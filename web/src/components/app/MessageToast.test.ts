// @vitest-environment happy-dom
import { mount } from '@vue/test-utils';
import { createPinia, disposePinia, type Pinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { HttpServer } from '../../../tests/support/http-server';
import { useGame } from '../../stores/game';
import MessageToast from './MessageToast.vue';

/** Longer than any message is shown. */
const LONG_MS = 10_000;

let pinia: Pinia;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', new HttpServer().fetch);
  pinia = createPinia();
  setActivePinia(pinia);
});
afterEach(() => {
  disposePinia(pinia);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('a message ends also when another page shows it in between', async () => {
  const { game, state } = useGame();
  const global = { plugins: [pinia] };
  const first = mount(MessageToast, { global });
  game.say('warning', 'Not so fast.');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(first.text()).toContain('Not so fast.');
  first.unmount();
  const second = mount(MessageToast, { global });
  expect(second.text()).toContain('Not so fast.');
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(second.text()).toBe('');
  expect(state.message).toBeNull();
  second.unmount();
});
