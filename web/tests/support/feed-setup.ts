/** A feed with everything around it, for tests. */

import { encode } from '@msgpack/msgpack';
import { vi } from 'vitest';

import type { PlayAnswer } from '../../src/api/types';
import { Feed, type FeedEnd, type FeedState, type SeatAnswer } from '../../src/live/feed';
import { CanvasFollower } from '../../src/live/follower';
import { ModelServer } from './model-server';

/** The network's end of a WebSocket. */
export class Wire {
  binaryType = '';
  isClosed = false;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  close(): void {
    this.isClosed = true;
  }

  send(...fields: unknown[]): void {
    this.onmessage?.({ data: encode(fields).slice().buffer });
  }

  drop(code = 1006, reason = ''): void {
    this.onclose?.({ code, reason });
  }
}

/** A feed on sockets that a test holds the other end of, at a simulated server. */
export function setUp() {
  const told: string[] = [];
  const server = new ModelServer();
  const wires: Wire[] = [];
  const states: FeedState[] = [];
  const ends: FeedEnd[] = [];
  const follower = new CanvasFollower(server, {
    info: () => undefined,
    base: () => undefined,
    changes: () => undefined,
    version: () => undefined,
    behind: () => undefined,
    reached: () => undefined,
  });
  let tickets = 0;
  const play = vi.fn<(isAsked: boolean) => Promise<PlayAnswer>>(() => {
    tickets += 1;
    return Promise.resolve({
      status: 'playing',
      position: 0,
      until: null,
      feed: { url: '/api/v1/canvases/main/feed', ticket: `ticket-${tickets}` },
      version: 1,
      charges: 1,
      max_charges: 1,
      next_charge_at: null,
    });
  });
  const mayReturn = vi.fn<() => 'yes' | 'afk' | 'taken-over'>(() => 'yes');
  const me = vi.fn<() => Promise<SeatAnswer | null>>(() => Promise.resolve(null));
  const feed = new Feed(follower, {
    play,
    me,
    mayReturn,
    random: () => 0,
    openSocket: (url, protocols) => {
      const wire = new Wire(url, protocols);
      wires.push(wire);
      return wire as unknown as WebSocket;
    },
    events: {
      state: (state) => { states.push(state); },
      status: (...status) => { told.push(status.join(' ')); },
      online: () => undefined,
      notice: (text) => { told.push(text); },
      delayed: ({ code }) => { told.push(code); },
      ended: (end) => { ends.push(end); },
    },
  });
  const wire = (): Wire => {
    const last = wires.at(-1);
    if (last === undefined) {
      throw new Error('no socket was opened');
    }
    return last;
  };
  return { server, follower, feed, play, me, wires, wire, states, ends, told, mayReturn };
}

/** Lets time pass by the fake timers. */
export async function pass(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}
