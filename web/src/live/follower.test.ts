import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ModelServer } from '../../tests/support/model-server';
import { ApiError, NetworkError } from '../api/http';
import type { CanvasInfo } from '../api/types';
import { Cells } from '../canvas/cells';
import { CanvasFollower, type CanvasSource } from './follower';

/** Shows what a follower hands over and checks each version against the server's own state. */
class Screen {
  cells: Cells | null = null;
  version: number | null = null;
  info: CanvasInfo | null = null;
  isBehind = false;
  isReached = true;
  readonly seen: number[] = [];
  readonly follower: CanvasFollower;

  constructor(server: ModelServer, source: CanvasSource = server) {
    this.follower = new CanvasFollower(source, {
      info: (info) => { this.info = info; },
      base: (snapshot, info) => {
        this.info = info;
        this.cells = new Cells(snapshot.width, snapshot.height, snapshot.cells);
      },
      changes: ({ indexes, colors }) => { this.cells?.apply(indexes, colors); },
      version: (version) => {
        this.version = version;
        this.seen.push(version);
        expect([...(this.cells?.bytes ?? [])]).toEqual([...server.stateAt(version)]);
      },
      behind: (isBehind) => { this.isBehind = isBehind; },
      reached: (isReached) => { this.isReached = isReached; },
    }, () => 0.5);
  }
}

/** Lets all answered fetches and those they lead to come in, and `ms` of timers pass. */
async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('a guest', () => {
  it('sees the snapshot and asks for nothing newer', async () => {
    const server = new ModelServer();
    server.place(3, 1);
    const screen = new Screen(server);
    screen.follower.reload();
    await pass(60_000);
    expect(screen.version).toBe(1);
    expect(server.asked).toEqual(['canvas', 'snapshot']);
  });

  it('adopts newer snapshots only', async () => {
    const server = new ModelServer();
    const screen = new Screen(server);
    screen.follower.reload();
    await pass();
    server.place(3, 1);
    screen.follower.adopt(await server.snapshot(`2/1/8/4`));
    screen.follower.adopt(await server.snapshot(`1/1/8/4`));
    expect(screen.seen).toEqual([1, 2]);
  });

  it('fetches the rules anew at another round and at unknown colours', async () => {
    const server = new ModelServer();
    const screen = new Screen(server);
    screen.follower.reload();
    await pass();
    const opened = server.openRound(5, 5);
    screen.follower.adopt(await server.snapshot(`${opened}/2/5/5`));
    await pass();
    expect([screen.version, screen.info?.width]).toEqual([opened, 5]);

    server.palette = [...server.palette, '#00FF00'];
    server.place(0, 4);
    server.snapshotVersion = server.version;
    screen.follower.adopt(await server.snapshot(`${server.version}/2/5/5`));
    await pass();
    expect(screen.info?.palette).toHaveLength(5);
  });
});

describe('a player', () => {
  async function following(server: ModelServer, source?: CanvasSource): Promise<Screen> {
    const screen = new Screen(server, source);
    screen.follower.follow('versions');
    screen.follower.reload();
    await pass();
    return screen;
  }

  it('starts at the newest version although the snapshot is older', async () => {
    const server = new ModelServer();
    server.place(3, 1);
    server.place(9, 2);
    const screen = await following(server);
    expect(screen.seen.at(-1)).toBe(3);
    expect(server.asked.filter((asked) => asked === 'snapshot')).toHaveLength(1);
  });

  it('holds frames back while the base is being loaded', async () => {
    const server = new ModelServer();
    const screen = new Screen(server);
    screen.follower.follow('versions');
    screen.follower.hello(1, 1);
    screen.follower.receive(server.place(3, 1));
    screen.follower.receive(server.place(4, 2));
    expect(screen.version).toBeNull();
    await pass();
    expect(screen.version).toBe(3);
  });

  it('repairs a gap with one catch-up at a time', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    server.place(3, 1);
    server.asked.length = 0;
    screen.follower.receive(server.place(4, 2));
    screen.follower.receive(server.place(5, 3));
    expect([screen.version, screen.isBehind]).toEqual([1, true]);
    await pass();
    expect([screen.version, screen.isBehind]).toEqual([4, false]);
    expect(server.asked).toEqual(['catch-up 1']);
  });

  it('catches up by a snapshot when it was away too long', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    for (let index = 0; index < 20; index += 1) {
      server.place(index, 1 + (index % 3));
    }
    server.poolFrom = 15;
    server.snapshotVersion = 18;
    screen.follower.resync(server.version);
    await pass();
    expect([screen.version, screen.isBehind]).toEqual([21, false]);
  });

  it('waits for the server to send what is missing after a hello', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    const missed = server.place(3, 1);
    server.asked.length = 0;
    screen.follower.hello(1, 2);
    screen.follower.receive(missed);
    await pass(5_000);
    expect(server.asked).toEqual([]);

    server.place(4, 1);
    screen.follower.hello(1, 3);
    await pass(5_000);
    expect(server.asked).toEqual(['catch-up 2']);
    expect(screen.version).toBe(3);
  });

  it('fetches an acknowledged version that the feed does not bring', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    server.place(3, 1);
    server.asked.length = 0;
    screen.follower.expect(2);
    await pass(1_000);
    expect(server.asked).toEqual([]);
    await pass(1_000);
    expect(screen.version).toBe(2);
  });

  it('keeps the old canvas whole until the new round’s is there', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    const opened = server.openRound(6, 6);
    screen.follower.roundChanged(opened);
    screen.follower.receive(server.place(35, 2));
    expect(screen.cells?.width).toBe(8);
    await pass();
    expect([screen.cells?.width, screen.version]).toEqual([6, opened + 1]);
  });

  it('starts anew when a hello or a catch-up speaks of another round', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    screen.follower.hello(2, server.openRound(6, 6));
    await pass();
    expect(screen.follower.round).toBe(2);
    screen.follower.resync(server.openRound(3, 3));
    await pass();
    expect([screen.follower.round, screen.cells?.width]).toEqual([3, 3]);
  });

  it('ignores an answer that a new round has overtaken', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    server.place(3, 1);
    screen.follower.resync(2);
    screen.follower.roundChanged(server.openRound(2, 2));
    await pass();
    expect([screen.cells?.width, screen.version]).toEqual([2, 3]);
  });

  it('retries with growing waits while the server is away', async () => {
    const server = new ModelServer();
    let isAway = false;
    const catchUp = vi.fn(async (after: number, round: number) => {
      if (isAway) {
        throw new NetworkError('away');
      }
      return server.catchUp(after, round);
    });
    const source = {
      canvas: () => server.canvas(),
      snapshot: (url: string) => server.snapshot(url),
      catchUp,
    };
    const screen = await following(server, source);
    isAway = true;
    server.place(3, 1);
    catchUp.mockClear();
    screen.follower.resync(2);
    await pass(10_000);
    expect([screen.version, screen.isReached, screen.isBehind]).toEqual([1, false, true]);
    expect(catchUp.mock.calls.length).toBeLessThan(9);
    isAway = false;
    await pass(10_000);
    expect([screen.version, screen.isReached, screen.isBehind]).toEqual([2, true, false]);
  });

  it('starts over on a server that does not know the shown version', async () => {
    const server = new ModelServer();
    for (let index = 0; index < 5; index += 1) {
      server.place(index, 1);
    }
    const fresh = new ModelServer();
    let current = server;
    const source: CanvasSource = {
      canvas: () => current.canvas(),
      snapshot: (url) => current.snapshot(url),
      catchUp: (after, round) =>
        after > current.version
          ? Promise.reject(new ApiError(404, 'no_such_version', '', null))
          : current.catchUp(after, round),
    };
    // Both logs hold the same state at version 1, which is all the fresh one has.
    const screen = await following(server, source);
    expect(screen.version).toBe(6);
    current = fresh;
    screen.follower.resync(7);
    await pass(5_000);
    expect([screen.version, screen.isBehind]).toEqual([1, false]);
  });

  it('loads anew, and not in a hurry, when a delta is broken', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const server = new ModelServer();
    const screen = await following(server);
    server.place(3, 1);
    server.asked.length = 0;
    screen.follower.receive({ kind: 'delta', after: 1, to: 2, changes: Uint8Array.of(0x80) });
    expect(server.asked).toEqual([]);
    await pass(5_000);
    expect([screen.version, screen.isBehind]).toEqual([2, false]);
  });

  it('tells a silent connection from a canvas where nothing happens', async () => {
    const server = new ModelServer();
    const screen = await following(server);
    expect(await screen.follower.isCurrent()).toBe(true);
    server.place(3, 1);
    expect(await screen.follower.isCurrent()).toBe(false);
    expect(screen.version).toBe(2);
  });
});

it('any loss and delay of frames shows only states that the server really had', async () => {
  // A small linear congruential generator (Numerical Recipes), so that a failure repeats.
  let seed = 4_112_026;
  const random = (below: number): number => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let run = 0; run < 40; run += 1) {
    const server = new ModelServer();
    const late = async <T>(answer: Promise<T>): Promise<T> => {
      const value = await answer;
      await new Promise((resolve) => setTimeout(resolve, random(400)));
      if (random(5) === 0) {
        throw new NetworkError('lost');
      }
      return value;
    };
    const screen = new Screen(server, {
      canvas: () => late(server.canvas()),
      snapshot: (url) => late(server.snapshot(url)),
      catchUp: (after, round) => late(server.catchUp(after, round)),
    });
    screen.follower.follow('versions');
    screen.follower.hello(server.round, server.version);
    for (let step = 0; step < 60; step += 1) {
      if (random(25) === 0) {
        screen.follower.roundChanged(server.openRound(3 + random(6), 3 + random(6)));
      } else {
        const frame = server.place(random(server.width * server.height), random(4));
        server.snapshotVersion = random(8) === 0 ? server.version : server.snapshotVersion;
        if (random(4) !== 0) {
          screen.follower.receive(frame);
        }
      }
      await pass(random(150));
    }
    screen.follower.resync(server.version);
    await pass(60_000);
    expect(screen.version).toBe(server.version);
    expect(screen.isBehind).toBe(false);
    screen.follower.stop();
  }
});
