// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { ModelServer } from '../../tests/support/model-server';
import { NetworkError } from '../api/http';
import { CanvasFollower } from './follower';
import { POLL_MS, SnapshotPoller } from './poller';

async function setUp(everyMs?: number) {
  const server = new ModelServer();
  const follower = new CanvasFollower(server, {
    info: () => undefined,
    base: () => undefined,
    changes: () => undefined,
    version: () => undefined,
    behind: () => undefined,
    reached: () => undefined,
  });
  follower.reload();
  await pass();
  const latest = vi.fn(async (known: string | null) => {
    const tag = `"${server.version}"`;
    return known === tag ? null : { tag, snapshot: await newest(server) };
  });
  const reached: boolean[] = [];
  const poller = new SnapshotPoller(follower, {
    latest,
    everyMs: () => everyMs,
    reached: (isReached) => { reached.push(isReached); },
  });
  poller.start();
  return { server, follower, latest, reached, poller };
}

function newest(server: ModelServer) {
  return server.snapshot([server.version, server.round, server.width, server.height].join('/'));
}

async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

function show(isShown: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(!isShown);
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

it('takes newer snapshots, and names the one it has', async () => {
  const { server, follower, latest } = await setUp();
  server.place(3, 1);
  await pass(POLL_MS);
  expect(follower.version).toBe(2);
  await pass(POLL_MS);
  expect(latest.mock.calls).toEqual([[null], ['"2"']]);
});

it('looks as often as the server says', async () => {
  const { latest } = await setUp(1_000);
  await pass(3_000);
  expect(latest).toHaveBeenCalledTimes(3);
});

it('does not believe a server that wants to be asked all the time', async () => {
  const { latest } = await setUp(0);
  await pass(1_000);
  expect(latest).toHaveBeenCalledTimes(2);
});

it('asks for nothing while nobody sees the page, and at once when somebody does', async () => {
  const { latest, poller } = await setUp();
  show(false);
  await pass(60_000);
  expect(latest).not.toHaveBeenCalled();
  show(true);
  await pass();
  expect(latest).toHaveBeenCalledTimes(1);
  poller.stop();
  show(true);
  await pass(60_000);
  expect(latest).toHaveBeenCalledTimes(1);
});

it('goes on after a look without an answer', async () => {
  const { latest, reached } = await setUp();
  latest.mockRejectedValueOnce(new NetworkError('away'));
  await pass(2 * POLL_MS);
  expect(reached).toEqual([false, true]);
});
