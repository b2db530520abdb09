import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError, NetworkError } from '../api/http';
import type { PlacementAnswer, PlacementRequest, UndoAnswer } from '../api/types';
import { Cells } from '../canvas/cells';
import type { Charges } from './cooldown';
import { newPlacementId } from './placement-id';
import { Placer, type Undoable } from './placer';
import { ServerClock } from './server-clock';

const START = Date.parse('2026-11-21T10:00:00Z');
/** This device's clock is an hour ahead of the server's. */
const SERVER_OFFSET_MS = -3_600_000;
const RULE = { max_charges: 2, regain_ms: 4_000 };

function serverTime(aheadMs = 0): string {
  return new Date(Date.now() + SERVER_OFFSET_MS + aheadMs).toISOString();
}

function setUp(rule = RULE) {
  const cells = new Cells(4, 4, new Uint8Array(16));
  const told = {
    charges: null as Charges | null,
    undoable: null as Undoable | null,
    acknowledged: [] as number[],
    playingUntil: null as number | null,
  };
  let version = 10;
  const place = vi.fn((request: PlacementRequest): Promise<PlacementAnswer> => {
    version += 1;
    return Promise.resolve({
      id: request.id,
      version,
      at: serverTime(),
      placements: [{ id: request.id, version }],
      charges: 1,
      max_charges: 2,
      next_charge_at: serverTime(4_000),
      undo_until: serverTime(5_000),
      playing_until: serverTime(120_000),
    });
  });
  const undo = vi.fn((): Promise<UndoAnswer> => {
    version += 1;
    return Promise.resolve({
      version,
      at: serverTime(),
      charges: 2,
      max_charges: 2,
      next_charge_at: null,
      playing_until: serverTime(130_000),
    });
  });
  const mend = vi.fn((code: string) => Promise.resolve(code === 'not_playing'));
  const placer = new Placer({ place, undo }, {
    clock: new ServerClock(),
    mend,
    random: () => 0.5,
    events: {
      pendingChanged: () => undefined,
      charges: (charges) => { told.charges = charges; },
      undoable: (undoable) => { told.undoable = undoable; },
      acknowledged: (acknowledged) => { told.acknowledged.push(acknowledged); },
      playingUntil: (at) => { told.playingUntil = at; },
    },
  });
  placer.setRule(rule);
  return { cells, told, place, undo, placer, mend };
}

beforeEach(() => { vi.useFakeTimers({ now: START }); });
afterEach(() => { vi.useRealTimers(); });

describe('placing', () => {
  it('asks for no cell outside the canvas', async () => {
    const { cells, placer, place } = setUp();
    for (const [x, y] of [[4, 0], [-1, 1], [0, 4]] as const) {
      expect(await placer.place(cells, x, y, 7)).toMatchObject({ code: 'out_of_bounds' });
    }
    expect(place).not.toHaveBeenCalled();
  });

  it('shows the cell at once and keeps it until the feed brings it', async () => {
    const { cells, placer, told } = setUp();
    const placed = placer.place(cells, 1, 2, 7);
    expect([cells.shownColor(9), cells.trueColor(9)]).toEqual([7, 0]);
    expect(told.charges?.available).toBe(1);
    expect(await placed).toBeNull();
    expect(told.acknowledged).toEqual([11]);
    placer.reached(10);
    expect(cells.shownColor(9)).toBe(7);
    cells.apply([9], [3]);
    placer.reached(11);
    expect(cells.shownColor(9)).toBe(3);
  });

  it('keeps nothing pending when the feed was faster than the answer', async () => {
    const { cells, placer } = setUp();
    const placed = placer.place(cells, 1, 2, 7);
    cells.apply([9], [7]);
    placer.reached(11);
    expect(cells.pendingCells.size).toBe(1);
    await placed;
    expect(cells.pendingCells.size).toBe(0);
  });

  it('tells server times by this device’s clock', async () => {
    const { cells, placer, told } = setUp();
    await placer.place(cells, 1, 2, 7);
    expect(told.charges).toEqual({ available: 1, nextAt: START + 4_000 });
    expect(told.undoable).toEqual({ version: 11, until: START + 5_000 });
    expect(told.playingUntil).toBe(START + 120_000);
  });

  it('counts from the charges that came with the seat', async () => {
    const { cells, placer, place, told } = setUp();
    const nextAt = START + 3_000;
    await placer.place(cells, 3, 3, 7);
    const seat = { version: 11, charges: 0, max_charges: 2, next_charge_at: serverTime(3_000) };
    placer.takeSeat(seat);
    expect(told.charges).toEqual({ available: 0, nextAt });
    expect(await placer.place(cells, 1, 2, 7)).toMatchObject({ code: 'cooling_down' });
    expect(place).toHaveBeenCalledTimes(1);
    placer.takeSeat({ ...seat, version: 10, charges: 2, next_charge_at: null });
    expect(told.charges?.available, 'a gateway that lags behind').toBe(0);
  });

  it('hears of charges from the placement under way, not from the seat before it', async () => {
    const { cells, placer, told } = setUp();
    const placed = placer.place(cells, 1, 2, 7);
    placer.takeSeat({ version: 10, charges: 2, max_charges: 2, next_charge_at: null });
    expect(told.charges?.available).toBe(1);
    await placed;
    expect(told.charges).toEqual({ available: 1, nextAt: START + 4_000 });
  });

  it('ignores the charges and the undo of an answer that was overtaken', async () => {
    const { cells, placer, place, told } = setUp();
    const send = place.getMockImplementation();
    place.mockImplementationOnce(async (request) => {
      const answer = await send?.(request);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return { ...answer, charges: 2, next_charge_at: null } as PlacementAnswer;
    });
    const first = placer.place(cells, 1, 2, 7);
    await placer.place(cells, 2, 2, 7);
    const newest = { ...told };
    expect(newest.undoable?.version).toBe(12);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await first).toBeNull();
    expect([told.charges, told.undoable]).toEqual([newest.charges, newest.undoable]);
    expect(told.acknowledged).toEqual([12, 11]);
  });

  it('takes the cell and the charge back when refused', async () => {
    const { cells, placer, place, told } = setUp();
    place.mockRejectedValueOnce(new ApiError(409, 'round_closed', 'over', null));
    expect(await placer.place(cells, 1, 2, 7)).toMatchObject({ code: 'round_closed' });
    expect(cells.shownColor(9)).toBe(0);
    expect(told.charges).toEqual({ available: 2, nextAt: null });
    expect(place).toHaveBeenCalledTimes(1);
  });

  it('learns from a refusal when the next charge comes', async () => {
    const { cells, placer, place, told } = setUp();
    place.mockRejectedValueOnce(new ApiError(429, 'cooling_down', '', 2_500));
    expect(await placer.place(cells, 1, 2, 7)).toMatchObject({ retryAfterMs: 2_500 });
    expect(told.charges).toEqual({ available: 0, nextAt: START + 2_500 });
    expect(await placer.place(cells, 1, 2, 7)).toMatchObject({ code: 'cooling_down' });
    expect(place).toHaveBeenCalledTimes(1);
  });

  it('does not ask for the colour that is already there', async () => {
    const { cells, placer, place } = setUp();
    expect(await placer.place(cells, 1, 2, 0)).toMatchObject({ code: 'unchanged' });
    expect(place).not.toHaveBeenCalled();
  });

  it('sends the same id again when no answer came', async () => {
    const { cells, placer, place } = setUp();
    place.mockRejectedValueOnce(new NetworkError('lost'));
    place.mockRejectedValueOnce(new ApiError(503, 'unavailable', '', 1_000));
    const placed = placer.place(cells, 1, 2, 7);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await placed).toBeNull();
    const ids = place.mock.calls.map(([request]) => request.id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it('takes a lost seat again and sends the same id, the cell shown all the while', async () => {
    const { cells, placer, place, mend } = setUp();
    place.mockRejectedValueOnce(new ApiError(409, 'not_playing', '', null));
    mend.mockImplementationOnce(() => {
      expect(cells.shownColor(9)).toBe(7);
      return Promise.resolve(true);
    });
    expect(await placer.place(cells, 1, 2, 7)).toBeNull();
    const [first, second] = place.mock.calls;
    expect(second).toEqual(first);
    expect(cells.shownColor(9)).toBe(7);
  });

  it.each([[true, 2], [false, 1]])(
    'gives the cell up when the seat is lost for good (seat again: %s)',
    async (isRegained, sends) => {
      const { cells, placer, place, mend } = setUp();
      mend.mockResolvedValue(isRegained);
      place.mockRejectedValue(new ApiError(409, 'not_playing', '', null));
      expect(await placer.place(cells, 1, 2, 7)).toMatchObject({ code: 'not_playing' });
      expect([place.mock.calls.length, mend.mock.calls.length]).toEqual([sends, 1]);
      expect(cells.shownColor(9)).toBe(0);
    },
  );

  it('gives up in the end and shows the truth', async () => {
    const { cells, placer, place } = setUp();
    place.mockRejectedValue(new NetworkError('away'));
    const placed = placer.place(cells, 1, 2, 7);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await placed).toMatchObject({ code: 'unreachable' });
    expect(place).toHaveBeenCalledTimes(4);
    expect(cells.shownColor(9)).toBe(0);
  });

  it('shows the older pending colour of a cell when the newer is refused', async () => {
    const { cells, placer, place } = setUp();
    await placer.place(cells, 1, 2, 7);
    place.mockRejectedValueOnce(new ApiError(409, 'canvas_locked', '', null));
    const refused = placer.place(cells, 1, 2, 8);
    expect(cells.shownColor(9)).toBe(8);
    await refused;
    expect(cells.shownColor(9)).toBe(7);
  });

  it('bounds the requests under way', async () => {
    const { cells, placer, place } = setUp({ max_charges: 1, regain_ms: 0 });
    place.mockReturnValue(new Promise(() => undefined));
    for (let index = 0; index < 8; index += 1) {
      void placer.place(cells, index % 4, Math.floor(index / 4), 7);
    }
    expect(await placer.place(cells, 3, 3, 7)).toMatchObject({ code: 'too_fast' });
    expect(place).toHaveBeenCalledTimes(8);
  });
});

describe('undoing', () => {
  it('takes the last placement back once and gives the charge back', async () => {
    const { cells, placer, undo, told } = setUp();
    await placer.place(cells, 1, 2, 7);
    expect(await placer.undo()).toBeNull();
    expect(undo).toHaveBeenCalledWith(11, expect.any(String));
    expect(told.charges).toEqual({ available: 2, nextAt: null });
    expect(told.undoable).toBeNull();
    expect(told.acknowledged).toEqual([11, 12]);
    expect(told.playingUntil).toBe(START + 130_000);
    expect(await placer.undo()).toMatchObject({ code: 'undo_too_late' });
  });

  it('tells why it was refused', async () => {
    const { cells, placer, undo } = setUp();
    await placer.place(cells, 1, 2, 7);
    undo.mockRejectedValueOnce(new ApiError(409, 'undo_overwritten', '', null));
    expect(await placer.undo()).toMatchObject({ code: 'undo_overwritten' });
  });
});

it('placement ids are random UUIDs of version 4', () => {
  const ids = Array.from({ length: 100 }, newPlacementId);
  expect(new Set(ids).size).toBe(100);
  expect(ids.join(' ')).toMatch(
    /^([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} ?){100}$/,
  );
});
