// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';

import { SeatMark } from './seat-mark';

/** The locks of a browser: who holds one by name. */
function locksHeldBy(held: string[]): Pick<LockManager, 'query' | 'request'> {
  return {
    query: () => Promise.resolve({ held: held.map((name) => ({ name })) }),
    request: ((name: string) => {
      held.push(name);
      return new Promise(() => undefined);
    }),
  };
}

/** Another tab of the same browser. */
function nextTab(): SeatMark {
  sessionStorage.clear();
  return new SeatMark();
}

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  vi.stubGlobal('navigator', { locks: locksHeldBy([]) });
});

it('nobody has played here', async () => {
  expect(await new SeatMark().isOurs()).toBe(false);
});

it('a reload knows its seat', async () => {
  new SeatMark().hold();
  expect(await new SeatMark().isOurs()).toBe(true);
});

it('a second tab leaves the seat to the first', async () => {
  new SeatMark().hold();
  expect(await nextTab().isOurs()).toBe(false);
});

it('the seat of a closed tab is taken up by the next', async () => {
  new SeatMark().hold();
  vi.stubGlobal('navigator', { locks: locksHeldBy([]) });
  expect(await nextTab().isOurs()).toBe(true);
});

it('without locks only the tab itself knows', async () => {
  vi.stubGlobal('navigator', {});
  new SeatMark().hold();
  expect(await new SeatMark().isOurs()).toBe(true);
  expect(await nextTab().isOurs()).toBe(false);
});

it('a game that ended is nobody’s, one taken over is the other’s', async () => {
  const first = new SeatMark();
  first.hold();
  first.letGo();
  expect(await new SeatMark().isOurs()).toBe(false);
  first.hold();
  const second = nextTab();
  second.hold();
  expect([first.isTaken, second.isTaken]).toEqual([true, false]);
  first.letGo();
  expect(await second.isOurs()).toBe(true);
});
