// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { pass, setUp, type Wire } from '../../tests/support/feed-setup';
import type { Feed, SeatAnswer } from './feed';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe('a status lost in a resync', () => {
  const until = '2026-11-21T10:00:00.000Z';
  const seat: SeatAnswer = { status: 'playing', position: 0, until };

  /** A player third in the queue, and the answers to `GET /me` yet to be given. */
  async function queued() {
    const all = setUp();
    const answers: ((answer: SeatAnswer | null) => void)[] = [];
    all.me.mockImplementation(() => new Promise((resolve) => { answers.push(resolve); }));
    all.feed.start();
    await pass();
    all.wire().send(0, 1, 1);
    all.wire().send(2, 'queued', 3, 0);
    const answer = async (next: SeatAnswer | null): Promise<void> => {
      answers.shift()?.(next);
      await pass();
    };
    return { ...all, answer };
  }

  it('is asked for, and only then', async () => {
    const { me, wire, answer, told } = await queued();
    expect(me).not.toHaveBeenCalled();
    wire().send(6, 1);
    await answer(seat);
    expect(told.at(-1)).toBe(`playing 0 ${Date.parse(until)}`);
    expect(me).toHaveBeenCalledTimes(1);
  });

  it('ends the feed when the seat is over', async () => {
    const { wire, answer, ends } = await queued();
    wire().send(6, 1);
    await answer({ status: 'afk', position: 0, until: null });
    expect(ends).toEqual([{ kind: 'afk' }]);
  });

  it('is asked for once at a time, and again for what was lost meanwhile', async () => {
    const { me, wire, answer, told } = await queued();
    wire().send(6, 1);
    wire().send(6, 1);
    wire().send(6, 1);
    expect(me).toHaveBeenCalledTimes(1);
    await answer({ status: 'queued', position: 2, until: null });
    expect([me.mock.calls.length, told.at(-1)]).toEqual([2, 'queued 3 0']);
    await answer(seat);
    expect([me.mock.calls.length, told.at(-1)]).toEqual([2, `playing 0 ${Date.parse(until)}`]);
  });

  it('does no harm when nobody answers', async () => {
    const { me, wire, answer, told, states } = await queued();
    wire().send(6, 1);
    await answer(null);
    expect([told.at(-1), states.at(-1)]).toEqual(['queued 3 0', 'live']);
    wire().send(6, 1);
    await answer(seat);
    expect([me.mock.calls.length, told.at(-1)]).toEqual([2, `playing 0 ${Date.parse(until)}`]);
  });

  it.each<[string, (wire: Wire, feed: Feed) => void]>([
    ['a newer status came', (wire) => { wire.send(2, 'queued', 1, 0); }],
    ['the connection is another', (_, feed) => { feed.reconnect(); }],
  ])('is not told when %s', async (_, happen) => {
    const { feed, wire, answer, told } = await queued();
    wire().send(6, 1);
    happen(wire(), feed);
    const before = told.length;
    await answer(seat);
    expect(told.length).toBe(before);
  });
});
