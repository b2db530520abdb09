import { describe, expect, it } from 'vitest';

import { HistoryModel, randomNumbers } from '../../tests/support/history-model';
import type { Cells } from '../canvas/cells';
import { LocalDecoder } from '../film/local-decoder';
import { ChapterStore } from './chapter-store';
import { HistoryError } from './faults';
import { History } from './history';
import type { Shape } from './keyframe';
import { Timeline } from './timeline';

/** A page's side: what a timeline told to show. */
class Screen {
  cells: Cells | null = null;
  shape: Shape | null = null;
  readonly problems: unknown[] = [];
  private settled: (() => void)[] = [];

  readonly shown = (cells: Cells, shape: Shape): void => {
    this.cells = cells;
    this.shape = shape;
  };

  readonly changed = (): void => undefined;
  readonly moved = (): void => undefined;

  readonly waiting = (isWaiting: boolean): void => {
    if (!isWaiting) {
      this.settled.splice(0).forEach((tell) => { tell(); });
    }
  };

  readonly failed = (problem: unknown): void => {
    this.problems.push(problem);
  };

  /** Ends when nothing is waited for. */
  arrived(timeline: Timeline): Promise<void> {
    return timeline.isSeeking
      ? new Promise((resolve) => { this.settled.push(resolve); })
      : Promise.resolve();
  }
}

async function opened(model: HistoryModel, store?: ChapterStore) {
  const history = await History.open(model, new LocalDecoder(model), store);
  const screen = new Screen();
  return { history, screen, timeline: new Timeline(history, screen) };
}

function expectShown({ cells, shape }: Screen, model: HistoryModel, version: number): void {
  const state = model.states[version];
  expect(shape, `size at ${version}`)
    .toMatchObject({ width: state?.width, height: state?.height });
  expect(shape?.colors.length, `colours at ${version}`).toBe(state?.palette.length);
  expect([...(cells?.bytes ?? [])], `cells at ${version}`).toEqual(state?.cells);
}

describe('a timeline', () => {
  it.each([1, 2, 3, 4, 5, 6])('shows what a fold from zero gives, any order (%i)', async (seed) => {
    const model = new HistoryModel(seed);
    const { screen, timeline } = await opened(model);
    const random = randomNumbers(seed + 100);
    for (let jump = 0; jump < 120; jump += 1) {
      const version = 1 + random(model.newest);
      timeline.seek(version);
      await screen.arrived(timeline);
      expect(screen.problems).toEqual([]);
      expect(timeline.version).toBe(version);
      expectShown(screen, model, version);
    }
    expect(screen.problems).toEqual([]);
  });

  it('shows the same backwards as forwards, one event at a time', async () => {
    const model = new HistoryModel(5);
    const { screen, timeline } = await opened(model);
    const walk = async (version: number): Promise<void> => {
      timeline.seek(version);
      await screen.arrived(timeline);
      expectShown(screen, model, version);
    };
    for (let version = 1; version <= model.newest; version += 1) {
      await walk(version);
    }
    for (let version = model.newest; version >= 1; version -= 1) {
      await walk(version);
    }
  });

  it('goes on with a small store, and keeps to its memory', async () => {
    const model = new HistoryModel(6);
    const store = new ChapterStore(20_000);
    const { screen, timeline } = await opened(model, store);
    for (const version of [700, 10, 300, 699, 11, 400, 1]) {
      timeline.seek(version);
      await screen.arrived(timeline);
      expectShown(screen, model, version);
    }
    expect(store.keptBytes).toBeLessThan(60_000);
  });

  it('shows only what was asked for last', async () => {
    const model = new HistoryModel(7);
    const { screen, timeline } = await opened(model);
    [650, 20, 333, 480, 90].forEach((version) => { timeline.seek(version); });
    await screen.arrived(timeline);
    expect(timeline.version).toBe(90);
    expectShown(screen, model, 90);
    expect(model.fetched.length).toBeLessThanOrEqual(4);
  });

  it('tells of a file that cannot be had, and stays where it was', async () => {
    const model = new HistoryModel(8);
    const { screen, timeline } = await opened(model);
    timeline.seek(10);
    await screen.arrived(timeline);
    model.files.delete('/segments/4');
    timeline.seek(200);
    await screen.arrived(timeline);
    await Promise.resolve();
    expect(screen.problems).toHaveLength(1);
    expect(timeline.version).toBe(10);
    expectShown(screen, model, 10);
  });

  it('follows the present, also when the open segment is closed meanwhile', async () => {
    const model = new HistoryModel(9);
    const { history, screen, timeline } = await opened(model);
    timeline.seek(model.newest);
    await screen.arrived(timeline);
    for (const more of [5, 1, 130, 3]) {
      model.live(more);
      model.closeSegments();
      await history.follow(model.newest);
      expect(history.newest.version).toBe(model.newest);
      timeline.seek(history.newest.version);
      await screen.arrived(timeline);
      expect(timeline.version).toBe(model.newest);
      expectShown(screen, model, model.newest);
    }
    timeline.seek(model.newest - 100);
    await screen.arrived(timeline);
    expectShown(screen, model, model.newest - 100);
  });

  it('asks for the open segment again only when something happened', async () => {
    const model = new HistoryModel(9);
    model.live(7);
    const { history, screen, timeline } = await opened(model);
    const openings = () => model.fetched.filter((url) => url === '/segments/open').length;
    await history.follow(model.newest);
    for (let turn = 0; turn < 3; turn += 1) {
      await history.follow(history.newest.version);
    }
    expect(openings()).toBe(1);
    model.live(1);
    await history.follow(history.newest.version);
    expect(openings()).toBe(2);
    timeline.seek(model.newest);
    await screen.arrived(timeline);
    expectShown(screen, model, model.newest);
  });
});

it('players keep their numbers through a round, and nobody has two', async () => {
  const model = new HistoryModel(11);
  const { history } = await opened(model);
  const numbers = new Map<string, number>();
  const accounts = new Map<string, number>();
  for (let version = 1; version <= model.newest; version += 1) {
    const event = model.events[version - 1];
    const chapter = await history.chapterAt(version);
    const number = chapter.players[version - chapter.first] ?? 0;
    if (event !== undefined && 'player' in event) {
      const [own, back] = [`${chapter.round} ${event.player}`, `${chapter.round} ${number}`];
      expect(numbers.get(own) ?? number).toBe(number);
      expect(accounts.get(back) ?? event.player).toBe(event.player);
      numbers.set(own, number);
      accounts.set(back, event.player);
    }
  }
  expect(numbers.size).toBeGreaterThan(100);
});

describe('files', () => {
  async function faultOf(change: (model: HistoryModel) => void): Promise<string> {
    const model = new HistoryModel(10);
    const history = await History.open(model, new LocalDecoder(model));
    change(model);
    try {
      await history.chapterAt(100);
    } catch (error) {
      expect(error).toBeInstanceOf(HistoryError);
      return (error as HistoryError).fault;
    }
    return 'none';
  }

  function changed(model: HistoryModel, url: string, at: number): void {
    const bytes = model.files.get(url) ?? new Uint8Array(0);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  }

  it('are taken as they are', async () => {
    expect(await faultOf(() => undefined)).toBe('none');
  });

  it('with one bit changed are refused, segments and keyframes alike', async () => {
    const random = randomNumbers(3);
    const model = new HistoryModel(10);
    await model.manifest();
    for (const url of ['/segments/2', '/keyframes/60']) {
      const { length } = model.files.get(url) ?? new Uint8Array(0);
      for (let trial = 0; trial < 20; trial += 1) {
        const at = random(length);
        expect(await faultOf((other) => { changed(other, url, at); })).not.toBe('none');
      }
    }
  });

  it('cut short, doubled, or exchanged are refused', async () => {
    const replaced = (make: (model: HistoryModel) => Uint8Array<ArrayBuffer>) =>
      faultOf((model) => { model.files.set('/segments/2', make(model)); });
    const own = (model: HistoryModel) => model.files.get('/segments/2') ?? new Uint8Array(0);
    expect(await replaced((model) => own(model).slice(0, -1))).toBe('malformed');
    expect(await replaced((model) => Uint8Array.from([...own(model), ...own(model)])))
      .toBe('malformed');
    expect(await replaced((model) => model.segment(1, 60, false))).toBe('damaged');
    expect(await replaced((model) => model.keyframe(60))).toBe('unknown-format');
  });
});
