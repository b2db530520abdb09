import { describe, expect, it } from 'vitest';

import { HistoryModel } from '../../tests/support/history-model';
import { LocalDecoder } from '../film/local-decoder';
import { momentFromHash, momentParams } from './address';
import { eventsUntil } from './chapter';
import { differenceOf } from './difference';
import { heatAt } from './heat-at';
import { History } from './history';
import { Playback } from './playback';
import { lastChange, stepFrom } from './search';
import { packedCell } from './segment';
import { Survey } from './survey';
import type { Interest } from './tally';
import { spanOf } from './time-index';
import { Timeline } from './timeline';

const SILENT = {
  shown: () => undefined, changed: () => undefined, moved: () => undefined,
  waiting: () => undefined, failed: () => undefined,
};

async function started(seed: number, version: number) {
  const model = new HistoryModel(seed);
  const history = await History.open(model, new LocalDecoder(model));
  await Promise.all(history.rounds.flatMap((round) => (
    history.placesOf(round).map(({ first }) => history.chapterAt(first))
  )));
  const timeline = new Timeline(history, SILENT);
  timeline.seek(version);
  const ends: string[] = [];
  const playback = new Playback(history, timeline, { ended: () => ends.push('end') });
  return { model, history, timeline, playback, ends };
}

/** When the clock has shown each version's time: the latest time up to it. */
function clockAt(model: HistoryModel, version: number): number {
  return Math.max(...model.events.slice(0, version).map(({ at }) => at));
}

/** Plays until it ends by itself. */
function playOut(playback: Playback): void {
  while (playback.isPlaying) {
    playback.tick(250);
  }
}

describe('playing', () => {
  it('by the clock shows what had happened by then, both ways and over rounds', async () => {
    const { model, timeline, playback } = await started(20, 200);
    playback.setIdleSkipped(false);
    playback.setPace({ unit: 'times', rate: 600 });
    for (const direction of [1, -1] as const) {
      playback.play(direction);
      let clock = timeline.clock;
      for (let frame = 0; frame < 50; frame += 1) {
        const before = timeline.version;
        playback.tick(16);
        clock += 16 * 600 * direction;
        expect(clockAt(model, timeline.version)).toBeLessThanOrEqual(clock);
        expect(clockAt(model, timeline.version + 1)).toBeGreaterThan(clock);
        expect((timeline.version - before) * direction).toBeGreaterThanOrEqual(0);
      }
    }
  });

  it('by events takes as many as the pace says, and stops at the end', async () => {
    const { model, timeline, playback, ends } = await started(21, 100);
    playback.setPace({ unit: 'events', rate: 100 });
    playback.play(1);
    for (let frame = 0; frame < 10; frame += 1) {
      playback.tick(25);
    }
    expect(timeline.version).toBe(125);
    playOut(playback);
    expect(timeline.version).toBe(model.newest);
    expect(ends).toEqual(['end']);
    playback.play(-1);
    playOut(playback);
    expect(timeline.version).toBe(1);
  });

  it('shortens a time in which nothing happens', async () => {
    const { history, timeline, playback } = await started(22, 100);
    playback.setPace({ unit: 'times', rate: 1 });
    playback.play(1);
    // Events are seconds apart; each is at most four tenths of a second away now.
    for (let frame = 0; frame < 6; frame += 1) {
      playback.tick(200);
    }
    const chapter = history.peekAt(100);
    expect(chapter).not.toBeNull();
    expect(timeline.version).toBeGreaterThanOrEqual(102);
  });
});

describe('steps', () => {
  it('go from one event that counts to the next, and back the same way', async () => {
    const { model, history } = await started(23, 1);
    const region = { left: 5, top: 5, right: 20, bottom: 20 };
    const interest: Interest = { region, player: null };
    const forwards: number[] = [];
    let next = await stepFrom(history, 1, 1, interest, () => true);
    while (next !== null) {
      forwards.push(next);
      next = await stepFrom(history, next, 1, interest, () => true);
    }
    const isInside = (x: number, y: number) => x >= 5 && x < 20 && y >= 5 && y < 20;
    const expected = model.events.flatMap((event, index) => {
      const isFirstRound = model.states[index + 1]?.round === 1;
      return 'x' in event && isInside(event.x, event.y) && isFirstRound ? [index + 1] : [];
    });
    expect(forwards).toEqual(expect.arrayContaining(expected));
    let at = forwards.at(-1) ?? 0;
    for (const version of forwards.reverse()) {
      const back = await stepFrom(history, at, -1, interest, () => true);
      expect(back).toBe(version - 1);
      at = back ?? 0;
    }
  });

  it('of a player are the events of that player', async () => {
    const { history } = await started(24, 1);
    const chapter = await history.chapterAt(100);
    const player = chapter.players[100 - chapter.first] ?? 0;
    const next = await stepFrom(history, 99, 1, { region: null, player }, () => true);
    expect(next).toBe(100);
  });

  it('find what set a cell last', async () => {
    const { model, history } = await started(25, 1);
    const chapter = await history.chapterAt(110);
    const event = model.events[104];
    if (event !== undefined && 'x' in event) {
      expect(lastChange(chapter, 105, packedCell(event.x, event.y))).toBe(105);
    }
    expect(lastChange(chapter, 105, packedCell(8_000, 8_000))).toBeNull();
  });
});

describe('a survey', () => {
  it('counts what the steps find, and knows the cells that nobody had placed on', async () => {
    const { model, history } = await started(26, 1);
    const [round] = history.rounds;
    if (round === undefined) {
      throw new Error('there is no round');
    }
    const survey = new Survey(history, round, { region: null, player: null }, true);
    await survey.run(() => undefined);
    const total = survey.stretches.reduce((sum, { count }) => sum + count, 0);
    expect(total).toBe((round.closed?.version ?? 0) - round.opened.version + 2);
    for (const version of [1, 50, 151, 300]) {
      const state = model.states[version];
      const shape = history.peekAt(version)?.baseShape;
      if (state === undefined || shape === undefined) {
        throw new Error(`there is no version ${version}`);
      }
      const placed = new Set(model.events.slice(0, version).flatMap((event) => (
        'x' in event ? [event.y * state.width + event.x] : []
      )));
      const expected = state.cells.filter((color, index) => color !== 255 && !placed.has(index));
      const { width, height } = state;
      const found = survey.virginsAt(version, Uint8Array.from(state.cells), {
        ...shape, width, height,
      });
      expect(found.count).toBe(expected.length);
    }
  });
});

describe('the index of times', () => {
  it('finds versions by time and the other way round, to the mark', async () => {
    const { model, history } = await started(27, 1);
    for (const version of [1, 60, 61, 240, 600]) {
      const near = history.index.versionAt(history.index.timeOf(version));
      expect(Math.abs(near - version)).toBeLessThanOrEqual(61);
      expect(await history.versionAt(clockAt(model, version))).toBeGreaterThanOrEqual(version);
    }
    const chapter = await history.chapterAt(100);
    const offset = eventsUntil(chapter, clockAt(model, 100));
    expect(chapter.clock[offset - 1]).toBe(clockAt(model, 100));
  });

  it('tells all events of a round in its activity', async () => {
    const { history } = await started(28, 1);
    const [round] = history.rounds;
    if (round === undefined) {
      throw new Error('there is no round');
    }
    const span = spanOf(round, history.newest);
    const busy = history.index.activity(span, 'time', 40);
    const sum = busy.reduce((total, count) => total + count, 0);
    expect(Math.abs(sum - (span.last - span.first + 1))).toBeLessThan(62);
    expect(history.index.activity({ ...span, to: span.from }, 'time', 40).every((one) => one === 0))
      .toBe(true);
  });
});

describe('layers', () => {
  it('are warm where somebody placed in the ten minutes before', async () => {
    const { model, history, timeline } = await started(29, 300);
    const shape = timeline.shownShape;
    if (shape === null) {
      throw new Error('nothing is shown');
    }
    const { layer, isWhole } = heatAt(history, 300, shape);
    expect(isWhole).toBe(true);
    const event = model.events.slice(0, 300).findLast((one) => 'x' in one);
    if (event !== undefined && 'x' in event) {
      expect(layer.values[event.y * shape.width + event.x]).toBeGreaterThan(240);
    }
    expect(layer.values.some((value) => value === 0)).toBe(true);
  });

  it('count the cells that differ between two versions, also of other sizes', async () => {
    const { model, history } = await started(30, 1);
    const kept = (version: number) => {
      const state = model.states[version];
      const shape = history.peekAt(version)?.baseShape;
      if (state === undefined || shape === undefined) {
        throw new Error(`there is no version ${version}`);
      }
      const { width, height } = state;
      return { version, shape: { ...shape, width, height }, cells: Uint8Array.from(state.cells) };
    };
    const [a, b] = [kept(20), kept(140)];
    const expected = a.cells.filter((color, index) => color !== b.cells[index]).length;
    expect(differenceOf(b, a, null).count).toBe(expected);
    expect(differenceOf(a, a, null)).toMatchObject({ count: 0, box: null });
    const grown = differenceOf(kept(200), a, { left: 36, top: 0, right: 40, bottom: 37 });
    expect(grown.count).toBe(4 * 37);
    expect(grown.box).toEqual({ left: 36, top: 0, right: 40, bottom: 37 });
  });
});

describe('an address', () => {
  it('names a moment as it is written, and nothing beyond reason', () => {
    const region = { left: 5, top: 6, right: 15, bottom: 7 };
    const text = `#x=1&y=2&scale=3&v=77${momentParams({ unit: 'events', rate: 100 }, 2, region)}`;
    expect(momentFromHash(text)).toEqual({
      version: 77, round: 2, pace: { unit: 'events', rate: 100 }, region,
    });
    expect(momentFromHash('#v=-1&round=x&speed=9999999999x&region=1,1,0,5')).toEqual({
      version: null, round: null, pace: null, region: null,
    });
  });
});
