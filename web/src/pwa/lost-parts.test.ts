// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';

import { type Circumstances, remedyFor, watchLostParts } from './lost-parts';
import { hasUpdate } from './update';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const CALM: Circumstances = { isOnline: true, isBusy: false, reloadedAt: null, now: NOW };

describe('a lost part', () => {
  it('is found by a reload', () => {
    expect(remedyFor(CALM)).toBe('reload');
    expect(remedyFor({ ...CALM, reloadedAt: NOW - 60_000 })).toBe('reload');
  });

  it('is no reason to reload without a network', () => {
    expect(remedyFor({ ...CALM, isOnline: false })).toBe('none');
  });

  it('is told of while somebody places', () => {
    expect(remedyFor({ ...CALM, isBusy: true })).toBe('ask');
  });

  it('never makes the page reload again and again, even when the clock is set back', () => {
    expect(remedyFor({ ...CALM, reloadedAt: NOW - 59_999 })).toBe('ask');
    expect(remedyFor({ ...CALM, reloadedAt: NOW + 3_600_000 })).toBe('ask');
  });
});

describe('a page that has lost parts', () => {
  const failure = new TypeError('Failed to fetch dynamically imported module');
  let reload: ReturnType<typeof vi.fn>;
  let assign: ReturnType<typeof vi.fn>;
  let router: Router;
  let stop = (): void => undefined;

  /** The bundler's own word for a part that could not be loaded. */
  function lose(): void {
    window.dispatchEvent(Object.assign(new Event('vite:preloadError'), { payload: failure }));
  }

  beforeEach(async () => {
    sessionStorage.clear();
    reload = vi.fn();
    assign = vi.fn();
    vi.stubGlobal('location', { reload, assign });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('')));
    router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/', component: { render: () => null } },
        {
          path: '/rules',
          component: () => {
            lose();
            return Promise.reject(failure);
          },
        },
      ],
    });
    await router.push('/');
  });
  afterEach(() => {
    stop();
    vi.unstubAllGlobals();
  });

  it('reloads once, then leaves it to the reader', async () => {
    stop = watchLostParts(router, () => false);
    lose();
    lose();
    await vi.waitUntil(() => reload.mock.calls.length > 0);
    expect(hasUpdate.value).toBe(false);
    lose();
    await vi.waitUntil(() => hasUpdate.value);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it('goes on to the page that was asked for', async () => {
    stop = watchLostParts(router, () => false);
    await expect(router.push('/rules')).rejects.toBe(failure);
    await vi.waitUntil(() => assign.mock.calls.length > 0);
    expect(assign).toHaveBeenCalledWith('/rules');
  });
});
