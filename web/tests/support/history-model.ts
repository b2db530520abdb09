/**
 * A made-up history of two rounds with events of every kind, as the public files tell it, and the
 * canvas at every version by the plainest fold there is: what readers are checked against.
 */

import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex } from '@noble/hashes/utils.js';

import type { FileSource, LoadedFile } from '../../src/history/decode-task';
import type { HistoryFiles } from '../../src/history/history';
import { contentOf, openSegment } from '../../src/history/segment-file';
import { byTile, writeKeyframe, writeSegment, type WrittenEvent } from './segment-writer';

/** A canvas at a version, as plainly as can be. */
export interface ModelState {
  version: number;
  round: number;
  width: number;
  height: number;
  palette: number[][];
  background: number;
  isRunning: boolean;
  cells: number[];
  at: number;
}

const ADDRESS = 'https://example.test/api/v1/canvases/main/history';

/** Numbers that look random and are the same every time (Numerical Recipes, 7.1). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The history and its files. */
export class HistoryModel implements HistoryFiles, FileSource {
  /** The canvas after each version; the first is nothing. */
  readonly states: ModelState[] = [nothing()];
  readonly events: WrittenEvent[] = [];
  readonly fetched: string[] = [];
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  private readonly random: (below: number) => number;
  private readonly segmentEvents: number;
  /** Versions up to this one are in closed segments. */
  private closedUntil = 0;

  constructor(seed: number, segmentEvents = 60) {
    this.random = randomNumbers(seed);
    this.segmentEvents = segmentEvents;
    for (let round = 1; round <= 2; round += 1) {
      this.open(round);
      this.live(150);
      this.push(4, [round, [40, 37]]);
      this.live(50);
      this.push(5, [round, [[9, 9, 9]]]);
      this.live(150);
      if (round === 1) {
        this.push(3, [round]);
        this.push(12, [null, 'quiet']);
      }
    }
    this.closeSegments();
  }

  get newest(): number {
    return this.events.length;
  }

  /** So many more events of all kinds happen. */
  live(count: number): void {
    for (let made = 0; made < count; made += 1) {
      this.happen();
    }
  }

  /** All full segments are closed, and the one of a round that is over. */
  closeSegments(): void {
    for (let end = this.endOfNext(); end !== null; end = this.endOfNext()) {
      this.closedUntil = end;
    }
  }

  manifest(): Promise<{ value: unknown; address: string }> {
    const segments = this.segments().map(({ first, last }, index) => {
      const bytes = this.segment(first, last, index % 2 === 1);
      const keyframe = this.keyframe(last);
      this.files.set(`/segments/${index + 1}`, bytes);
      this.files.set(`/keyframes/${last}`, keyframe);
      return {
        number: index + 1, round: this.states[last]?.round, first, last,
        ...ends(this.events.slice(first - 1, last)),
        hash: contentHash(bytes), url: `/segments/${index + 1}`,
        marks: [this.events[first - 1]?.at],
        keyframe: { version: last, hash: hash(keyframe), url: `/keyframes/${last}` },
      };
    });
    const isAllClosed = this.closedUntil === this.newest;
    const open = { round: 2, first: this.closedUntil + 1, url: '/segments/open' };
    return Promise.resolve({
      address: ADDRESS,
      value: {
        format: 1, version: this.newest, rounds: this.rounds(), segments,
        open: isAllClosed ? null : open,
      },
    });
  }

  file(url: string, known: string | null): Promise<LoadedFile | null> {
    const tag = url === '/segments/open' ? `"${this.newest}"` : null;
    if (known !== null && known === tag) {
      return Promise.resolve(null);
    }
    this.fetched.push(url);
    const bytes = url === '/segments/open'
      ? this.segment(this.closedUntil + 1, this.newest, false)
      : this.files.get(url);
    return bytes === undefined
      ? Promise.reject(new Error(`there is no ${url}`))
      : Promise.resolve({ bytes: bytes.slice().buffer, tag });
  }

  /** The bytes of the segment of these versions. */
  segment(first: number, last: number, isPacked: boolean): Uint8Array<ArrayBuffer> {
    const round = this.states[first]?.round ?? 0;
    const numbers = new Map<number, number>();
    for (const before of this.segments()) {
      if (before.last < first && this.states[before.first]?.round === round) {
        nameAll(this.events.slice(before.first - 1, before.last), numbers);
      }
    }
    const pseudonyms = numbers.size;
    const events = this.events.slice(first - 1, last);
    nameAll(events, numbers);
    const named = events.map((event) => renamed(event, numbers));
    return writeSegment({ first, round, pseudonyms, events: named }, isPacked);
  }

  /** The bytes of the keyframe at a version. */
  keyframe(version: number): Uint8Array<ArrayBuffer> {
    return writeKeyframe(this.states[version] ?? nothing());
  }

  /** First and last version of each closed segment. */
  segments(): { first: number; last: number }[] {
    const segments: { first: number; last: number }[] = [];
    for (let first = 1; first <= this.closedUntil;) {
      const last = this.endFrom(first) ?? this.closedUntil;
      segments.push({ first, last });
      first = last + 1;
    }
    return segments;
  }

  private rounds(): object[] {
    return [1, 2].map((round) => {
      const opened = this.states.findIndex((state) => state.round === round);
      const closed = this.states.findIndex((state) => state.round === round && !state.isRunning);
      const last = this.states.findLast((state) => state.round === round);
      return {
        round, title: `Round ${round}`, width: last?.width, height: last?.height,
        opened: { version: opened, at: time(this.events[opened - 1]?.at) },
        closed: closed < 0
          ? null
          : { version: closed, at: time(this.events[closed - 1]?.at) },
      };
    });
  }

  private endOfNext(): number | null {
    return this.endFrom(this.closedUntil + 1);
  }

  private endFrom(first: number): number | null {
    const round = this.states[first]?.round;
    for (let version = first; version < this.states.length; version += 1) {
      const isFull = version - first + 1 === this.segmentEvents;
      if (isFull || (version < this.newest && this.states[version + 1]?.round !== round)) {
        return version;
      }
    }
    return null;
  }

  private open(round: number): void {
    const length = Math.ceil((35 * 33) / 8);
    const mask = Uint8Array.from({ length }, () => 0xff - this.random(3));
    const palette = [[0, 0, 0], [255, 255, 255], [200, 10, 20]];
    this.push(2, [round, [35, 33], palette, 1, [1, 0], rawFrame(mask), `Round ${round}`], {
      round, width: 35, height: 33, palette, background: 1, isRunning: true,
      cells: Array.from({ length: 35 * 33 }, (_, index) => (
        (((mask[index >> 3] ?? 0) >> (index & 7)) & 1) === 1 ? 1 : 255
      )),
    });
  }

  private happen(): void {
    const state = this.state();
    const dice = this.random(40);
    const player = this.anyPlayer();
    const [x, y] = [this.random(state.width + 2), this.random(state.height + 2)];
    const color = this.random(state.palette.length + 1);
    const { round } = state;
    if (dice < 33) {
      this.place({ x, y, color, player });
    } else if (dice < 35) {
      const body = [round, player, 1, [x, y], [color, player, 1]];
      this.push(1, body, cellsSet(state, [[x, y, color]]), [player]);
    } else if (dice < 37) {
      const region: [number, number, number, number] = [x, y, this.random(9), this.random(9)];
      this.push(7, [round, region, color, null, ''], cellsSet(state, inRegion(region, color)));
    } else if (dice < 39) {
      const cells = [[x, y, color], [y, x, 0], [1, 1, color]];
      const body = cells.map(([left, top, held]) => [[left, top], [held, null, 0]]);
      this.push(8, [round, body, player, 'repair'], cellsSet(state, cells), [player]);
    } else {
      this.push(0, [round + 1, player, [1, 1], 0], {}, [player]);
    }
  }

  private place(placement: { x: number; y: number; color: number; player: number }): void {
    const { x, y, color, player } = placement;
    const state = this.state();
    if (isOpen(state, x, y, color)) {
      this.events.push({ at: this.now(), ...placement });
      this.keep(cellsSet(state, [[x, y, color]]));
    } else {
      this.push(0, [state.round, player, [x, y], color], {}, [player]);
    }
  }

  private push(
    kind: number, body: unknown[], change?: Partial<ModelState>, players: number[] = [],
  ): void {
    this.events.push({ at: this.now(), kind, body, players });
    this.keep(change ?? this.shapeChange(kind, body));
  }

  private shapeChange(kind: number, body: unknown[]): Partial<ModelState> {
    const state = this.state();
    if (kind === 3) {
      return { isRunning: false };
    }
    if (kind === 5) {
      return { palette: [...state.palette, ...(body[1] as number[][])] };
    }
    if (kind === 4) {
      const [width = 0, height = 0] = body[1] as number[];
      const cells = Array.from({ length: width * height }, (_, index) => {
        const [x, y] = [index % width, Math.floor(index / width)];
        const isOld = x < state.width && y < state.height;
        return isOld ? (state.cells[y * state.width + x] ?? 0) : state.background;
      });
      return { width, height, cells };
    }
    return {};
  }

  private keep(change: Partial<ModelState>): void {
    const version = this.events.length;
    this.states.push({ ...this.state(), ...change, version, at: this.events.at(-1)?.at ?? 0 });
  }

  private state(): ModelState {
    return this.states.at(-1) ?? nothing();
  }

  /** Accounts are any numbers; few are busy and some come once. */
  private anyPlayer(): number {
    return 1_000 + this.random(this.random(3) === 0 ? 400 : 12);
  }

  private now(): number {
    // Clocks of several machines: sometimes a time lies before the one of the event before.
    return (this.events.at(-1)?.at ?? 1_650_000_000_000) + this.random(5_000) - 500;
  }
}

function nothing(): ModelState {
  return {
    version: 0, round: 0, width: 1, height: 1, palette: [], background: 0, isRunning: false,
    cells: [255], at: 0,
  };
}

function isOpen(
  { width, height, cells, palette }: ModelState, x: number, y: number, color: number,
): boolean {
  return x < width && y < height && cells[y * width + x] !== 255 && color < palette.length;
}

function cellsSet(state: ModelState, changes: readonly number[][]): { cells: number[] } {
  const next = { ...state, cells: [...state.cells] };
  for (const [x = 0, y = 0, color = 0] of changes) {
    if (isOpen(next, x, y, color)) {
      next.cells[y * state.width + x] = color;
    }
  }
  return { cells: next.cells };
}

function inRegion([x, y, width, height]: number[], color: number): number[][] {
  return Array.from({ length: (width ?? 0) * (height ?? 0) }, (_, index) => [
    (x ?? 0) + (index % (width ?? 1)), (y ?? 0) + Math.floor(index / (width ?? 1)), color,
  ]);
}

/** Gives numbers to those who have none yet: who placed, by tile, then who else is named. */
function nameAll(events: readonly WrittenEvent[], numbers: Map<number, number>): void {
  const placements = events.filter((event) => 'player' in event);
  const others = events.flatMap((event) => ('player' in event ? [] : (event.players ?? [])));
  for (const account of [...byTile(placements).map(({ player }) => player), ...others]) {
    if (!numbers.has(account)) {
      numbers.set(account, numbers.size + 1);
    }
  }
}

/** An event with numbers in place of accounts. */
function renamed(event: WrittenEvent, numbers: ReadonlyMap<number, number>): WrittenEvent {
  const nameOf = (account: unknown) => numbers.get(Number(account)) ?? 0;
  if ('player' in event) {
    return { ...event, player: nameOf(event.player) };
  }
  const { kind, body } = event;
  const places: Readonly<Record<number, number>> = { 0: 1, 1: 1, 8: 2 };
  const named = body.map((field, index) => (index === places[kind] ? nameOf(field) : field));
  if (kind === 1) {
    const [color, account, version] = body[4] as number[];
    named[4] = [color, nameOf(account), version];
  }
  return { ...event, body: named };
}

function rawFrame(plain: Uint8Array): Uint8Array {
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x20, plain.length];
  const word = (plain.length << 3) | 1;
  return Uint8Array.from([...head, word & 0xff, word >> 8, 0, ...plain]);
}

/** A segment's hash is that of what is in it, however it is packed. */
function contentHash(bytes: Uint8Array): string {
  const hasher = blake3.create();
  for (const piece of contentOf(openSegment(bytes))) {
    hasher.update(piece);
  }
  return bytesToHex(hasher.digest());
}

function hash(bytes: Uint8Array): string {
  return bytesToHex(blake3(bytes));
}

function ends(events: readonly WrittenEvent[]): { from: string; to: string } {
  const times = events.map(({ at }) => at);
  return { from: time(Math.min(...times)), to: time(Math.max(...times)) };
}

function time(at = 0): string {
  return new Date(at).toISOString();
}
