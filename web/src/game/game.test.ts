// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { HttpServer, SEAT_MS } from '../../tests/support/http-server';
import { initialAccountState } from './account-state';
import { Game } from './game';
import { initialState } from './state';

/** Longest wait before a lost connection is tried again. */
const LONGEST_RETRY_MS = 30_000;

/** A network that lets HTTP through but no WebSocket. */
class BlockedSocket {
  onclose: ((event: { code: number }) => void) | null = null;

  constructor() {
    queueMicrotask(() => { this.onclose?.({ code: 1006 }); });
  }

  close(): void {
    this.onclose = null;
  }
}

let server: HttpServer;
let game: Game;

/** Ada plays, as far as the network lets her. */
async function adaPlays() {
  const state = initialState();
  game = new Game(state, initialAccountState(), () => undefined);
  await game.begin();
  await vi.waitUntil(() => state.canvas !== null);
  await game.account.signInByName('Ada');
  game.play();
  await vi.waitUntil(() => state.status === 'playing');
  return state;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T10:00:00Z') });
  localStorage.clear();
  sessionStorage.clear();
  server = new HttpServer();
  vi.stubGlobal('fetch', server.fetch);
  vi.stubGlobal('WebSocket', BlockedSocket);
});

afterEach(() => {
  game.dispose();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a seat without a socket', () => {
  it('is kept by placements, and not taken anew when it ends', async () => {
    const state = await adaPlays();
    await vi.advanceTimersByTimeAsync(SEAT_MS - 10_000);
    await game.place({ x: 1, y: 1 }, 1);
    await vi.advanceTimersByTimeAsync(SEAT_MS - 10_000);
    expect([state.pause, state.status]).toEqual([null, 'playing']);
    await vi.advanceTimersByTimeAsync(10_000 + LONGEST_RETRY_MS);
    expect([state.pause, state.status]).toEqual([{ kind: 'afk' }, 'afk']);
    expect(server.seats).toBe(1);
  });

  it('lasts as long as the server says when it is looked for again', async () => {
    const state = await adaPlays();
    // By a placement whose answer was lost.
    server.seatUntil += SEAT_MS;
    await vi.advanceTimersByTimeAsync(2 * SEAT_MS - LONGEST_RETRY_MS);
    expect([state.pause, state.status]).toEqual([null, 'playing']);
    await vi.advanceTimersByTimeAsync(2 * LONGEST_RETRY_MS);
    expect(state.pause).toEqual({ kind: 'afk' });
    expect(server.seats).toBe(1);
  });
});
