// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CHALLENGE, ChallengeWorker } from '../../tests/support/challenge-worker';
import { HttpServer, json, refusal, SEAT_MS } from '../../tests/support/http-server';
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
  game.look();
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

it('knows the charges that are left as soon as there is a seat', async () => {
  server.charges = 0;
  const state = await adaPlays();
  expect(state.charges.available).toBe(0);
});

describe('a proof of work asked for while playing', () => {
  const PLACEMENTS = '/canvases/main/placements';
  const CHECK = { kind: 'altcha', challenge_url: '/api/v1/auth/challenge' };

  /** The server asks for a proof at placements, and may take one. */
  function askForProof(isTaken: boolean): void {
    let isProven = false;
    server.answerer = ({ path }) => {
      switch (path) {
        case '/auth':
          return json({
            anonymous: true, providers: [], telegram_mini_app: false, human_check: CHECK,
          });
        case '/auth/challenge':
          return json(CHALLENGE);
        case '/me/human-check':
          isProven = isTaken;
          return isTaken
            ? json({ until: '2026-11-21T11:00:00.000Z' })
            : refusal(400, 'human_check_failed');
        case PLACEMENTS:
          return isProven ? undefined : refusal(403, 'human_check_required');
        default:
          return undefined;
      }
    };
  }

  /** Ada places at a server that asks for a proof; resolves to what she is told at last. */
  async function adaPlaces(isTaken: boolean): Promise<string | undefined> {
    vi.stubGlobal('Worker', ChallengeWorker);
    const state = await adaPlays();
    askForProof(isTaken);
    await game.place({ x: 1, y: 1 }, 1);
    expect(state.canvas?.cells.shownColor(5)).toBe(isTaken ? 1 : 0);
    return state.message?.tone;
  }

  it('is done and sent, then the same placement again', async () => {
    expect(await adaPlaces(true)).toBe('spoken');
    const [first, second, ...more] = server.sentTo(PLACEMENTS);
    expect(second).toEqual(first);
    expect(first?.body).toMatchObject({ id: expect.any(String) as string, x: 1, y: 1, color: 1 });
    expect(more).toEqual([]);
    const paths = server.sent.map(({ path }) => path);
    expect(paths.slice(paths.indexOf(PLACEMENTS))).toEqual([
      PLACEMENTS, '/auth', '/auth/challenge', '/me/human-check', PLACEMENTS,
    ]);
    const proof = JSON.parse(atob(String(server.sentTo('/me/human-check')[0]?.body['proof']))) as {
      challenge: unknown;
      solution: { derivedKey: string };
    };
    expect(proof.challenge).toEqual(CHALLENGE);
    expect(proof.solution.derivedKey).toMatch(/^0/);
  });

  it('that the server does not take gives the cell up', async () => {
    expect(await adaPlaces(false)).toBe('warning');
    expect(server.sentTo(PLACEMENTS)).toHaveLength(1);
    expect(server.sentTo('/me/human-check')).toHaveLength(1);
  });
});
