// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { pass, setUp, type Wire } from '../../tests/support/feed-setup';
import { ApiError, NetworkError } from '../api/http';
import { type FeedEnd, FEED_PROTOCOL } from './feed';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('connecting', () => {
  it('opens the socket with a ticket and is live from the hello on', async () => {
    const { feed, wire, states } = setUp();
    feed.start();
    await pass();
    expect(wire().protocols).toEqual([FEED_PROTOCOL, 'ticket-1']);
    expect(new URL(wire().url)).toMatchObject({ protocol: 'ws:', search: '' });
    wire().send(0, 1, 1);
    expect(states).toEqual(['connecting', 'live']);
  });

  it('opens the feed before it fetches the canvas', async () => {
    const { feed, wire, server, follower } = setUp();
    feed.start();
    await pass();
    expect(server.asked).toEqual([]);
    wire().send(0, 1, 1);
    await pass();
    expect(follower.version).toBe(1);
  });

  it('gives a silent server up after a while', async () => {
    const { feed, wires, states } = setUp();
    feed.start();
    await pass(10_000);
    expect(wires[0]?.isClosed).toBe(true);
    expect(states.at(-1)).toBe('waiting');
  });
});

describe('coming back', () => {
  it('tells the server which version of which round is shown, with a new ticket', async () => {
    const { feed, wire, wires, server } = setUp();
    feed.start();
    await pass();
    wire().send(0, 1, 1);
    await pass();
    const { after, to, changes } = server.place(3, 1);
    wire().send(1, after, to, changes);
    wire().drop();
    await pass(500);
    expect(wires).toHaveLength(2);
    expect(wire().protocols).toEqual([FEED_PROTOCOL, 'ticket-2']);
    expect(new URL(wire().url).search).toBe('?after=2&round=1');
  });

  it('waits longer each time while the server is away', async () => {
    const { feed, play } = setUp();
    play.mockRejectedValue(new NetworkError('away'));
    feed.start();
    await pass(60_000);
    const early = play.mock.calls.length;
    await pass(60_000);
    expect(early).toBeLessThan(12);
    expect(play.mock.calls.length - early).toBeLessThan(early);
  });

  it('waits at least as long as the server asks for', async () => {
    const { feed, play } = setUp();
    play.mockRejectedValueOnce(new ApiError(503, 'unavailable', '', 9_000));
    feed.start();
    await pass(8_999);
    expect(play).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(play).toHaveBeenCalledTimes(2);
  });

  it('does not wait when the network came back', async () => {
    const { feed, wire, wires } = setUp();
    feed.start();
    await pass();
    wire().drop();
    feed.hurry();
    await pass();
    expect(wires).toHaveLength(2);
  });

  it('leaves a socket that has missed what the server has', async () => {
    const { feed, wire, wires, server, follower } = setUp();
    feed.start();
    await pass();
    wire().send(0, 1, 1);
    await pass(30_000);
    expect(wires).toHaveLength(1);
    server.place(3, 1);
    await pass(31_000);
    expect(follower.version).toBe(2);
    expect(wires).toHaveLength(2);
  });

  it('leaves a socket that brings broken frames', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { feed, wire, wires, states } = setUp();
    feed.start();
    await pass();
    wire().onmessage?.({ data: Uint8Array.of(0xc1).buffer });
    expect([wires[0]?.isClosed, states.at(-1)]).toEqual([true, 'waiting']);
  });

  it('hears nothing more of a socket it left', async () => {
    const { feed, wires, states } = setUp();
    feed.start();
    await pass();
    const [left] = wires;
    feed.reconnect();
    left?.send(0, 1, 1);
    left?.drop();
    await pass(500);
    expect(wires).toHaveLength(2);
    expect(states).not.toContain('live');
  });
});

describe('ending', () => {
  it.each<[string, (wire: Wire) => void, FeedEnd]>([
    ['too long without an action', (wire) => { wire.send(2, 'afk', 0, 0); }, { kind: 'afk' }],
    ['being told', (wire) => { wire.drop(1000, 'left'); }, { kind: 'closed' }],
    [
      'a game taken over elsewhere',
      (wire) => { wire.send(5, 'taken_over', 'You play elsewhere.'); },
      { kind: 'taken-over' },
    ],
    ['a takeover whose notice was lost', (wire) => { wire.drop(4001); }, { kind: 'taken-over' }],
    [
      'a ban, which also ends the seat',
      (wire) => {
        wire.send(5, 'banned', 'Until tomorrow.');
        wire.send(2, 'afk', 0, 0);
        wire.drop(4003);
      },
      { kind: 'banned', text: 'Until tomorrow.' },
    ],
    ['a ban whose notice was lost', (wire) => { wire.drop(4003); }, { kind: 'banned', text: '' }],
    ['too many connections', (wire) => { wire.drop(4008); }, { kind: 'crowded' }],
  ])('stays away after %s', async (_, happen, end) => {
    const { feed, wire, wires, ends, states } = setUp();
    feed.start();
    await pass();
    wire().send(0, 1, 1);
    happen(wire());
    wire().drop();
    await pass(60_000);
    expect(ends).toEqual([end]);
    expect([states.at(-1), wires.length]).toEqual(['stopped', 1]);
  });

  it('stays away when the server refuses the player', async () => {
    const { feed, play, ends } = setUp();
    const error = new ApiError(403, 'banned', '', null);
    play.mockRejectedValue(error);
    feed.start();
    await pass(60_000);
    expect(ends).toEqual([{ kind: 'refused', error }]);
    expect(play).toHaveBeenCalledTimes(1);
  });

  it('comes back from a server restart', async () => {
    const { feed, wire, wires } = setUp();
    feed.start();
    await pass();
    wire().send(0, 1, 1);
    wire().drop(1012, 'restart');
    await pass(5_000);
    expect(wires).toHaveLength(2);
  });

  it('hands other notices on', async () => {
    const { feed, wire, told } = setUp();
    feed.start();
    await pass();
    wire().send(5, 'announcement', 'A new round at noon.');
    expect(told).toContain('A new round at noon.');
  });
});

describe('the seat', () => {
  it('is told with its end, as the server changes it', async () => {
    const { feed, play, wire, told } = setUp();
    const rest = {
      feed: { url: '/feed', ticket: 't' },
      version: 1,
      charges: 1,
      max_charges: 1,
      next_charge_at: null,
    };
    const until = '2026-11-21T10:00:00.000Z';
    play.mockResolvedValueOnce({ status: 'queued', position: 3, until: null, ...rest });
    play.mockResolvedValueOnce({ status: 'playing', position: 0, until, ...rest });
    feed.start();
    await pass();
    wire().send(2, 'queued', 2, 0);
    wire().send(2, 'playing', 0, 1_000);
    expect(told).toEqual(['queued 3 0', 'queued 2 0', 'playing 0 1000']);
    wire().drop();
    await pass(500);
    expect(told.at(-1)).toBe(`playing 0 ${Date.parse(until)}`);
  });

  it('is taken from other tabs only when a person asked for it', async () => {
    const { feed, play, wire } = setUp();
    play.mockRejectedValueOnce(new NetworkError('away'));
    feed.start();
    await pass(500);
    wire().drop();
    await pass(5_000);
    expect(play.mock.calls).toEqual([[true], [true], [false]]);
  });

  it('that another device took in the meantime is left to it', async () => {
    const { feed, play, wire, ends } = setUp();
    feed.start();
    await pass();
    play.mockRejectedValue(new ApiError(409, 'session_superseded', '', null));
    wire().drop();
    await pass(60_000);
    expect(ends).toEqual([{ kind: 'taken-over' }]);
    expect(play).toHaveBeenCalledTimes(2);
  });

  it.each(['afk', 'taken-over'] as const)(
    'is not taken again by itself when it has ended meanwhile (%s)',
    async (ended) => {
      const { feed, play, wire, ends, mayReturn } = setUp();
      feed.start();
      await pass();
      mayReturn.mockReturnValue(ended);
      wire().drop();
      await pass(60_000);
      expect(ends).toEqual([{ kind: ended }]);
      expect(play).toHaveBeenCalledTimes(1);
    },
  );

  it('is asked for again while the queue is full, and the reader hears why', async () => {
    const { feed, play, told, wires } = setUp();
    play.mockRejectedValueOnce(new ApiError(503, 'queue_full', '', 2_000));
    feed.start();
    await pass(2_000);
    expect(told[0]).toBe('queue_full');
    expect(wires).toHaveLength(1);
  });

  it('that the server lost is taken again at once, once for all who ask', async () => {
    const { feed, play, wires } = setUp();
    feed.start();
    await pass();
    const again = await Promise.all([feed.playAgain(), feed.playAgain()]);
    expect(again).toEqual(['playing', 'playing']);
    expect([play.mock.calls.length, wires.length]).toEqual([2, 2]);
    expect(wires[0]?.isClosed).toBe(true);
  });

  it('is not taken again after the end', async () => {
    const { feed, play, wire } = setUp();
    feed.start();
    await pass();
    wire().send(2, 'afk', 0, 0);
    expect(await feed.playAgain()).toBe('afk');
    expect(play).toHaveBeenCalledTimes(1);
  });
});
