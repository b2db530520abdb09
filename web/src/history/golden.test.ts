/** Reads the files that the server's own tests approve: projections/tests/it/golden. */

import { describe, expect, it } from 'vitest';

import { Blake3 } from './blake3';
import { chapterOf } from './chapter';
import { type Fold, foldOnto, foldOpening } from './fold';
import { decodeKeyframe, type Keyframe, plainKeyframe } from './keyframe';
import { decodeEvent } from './log-event';
import { columnOf, decodeSegment, rowOf, type Segment } from './segment';
import { contentOf, openSegment } from './segment-file';

const FOLDER = '../../../projections/tests/it';

/** `data:` addresses of all bytes. */
const FILES = import.meta.glob<string>('../../../projections/tests/it/golden/*', {
  query: '?inline', import: 'default', eager: true,
});

const SOURCES = import.meta.glob<string>('../../../projections/tests/it/golden.rs', {
  query: '?raw', import: 'default', eager: true,
});

/** What is in a segment: a line for each version. */
interface Line {
  readonly version: number;
  readonly at: number;
  readonly placement?: readonly number[];
  readonly event?: string;
}

function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  const [, text] = (FILES[`${FOLDER}/golden/${name}`] ?? '').split(';base64,');
  expect(text, name).toBeDefined();
  return Uint8Array.from(atob(text ?? ''), (char) => char.charCodeAt(0));
}

function linesOf(name: string): Line[] {
  const text = new TextDecoder().decode(bytesOf(name)).trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as Line);
}

/** A hash that the server's tests name. */
function approvedHash(name: string): string {
  const source = SOURCES[`${FOLDER}/golden.rs`] ?? '';
  const found = new RegExp(`const ${name}: &str = "([0-9a-f]{64})"`).exec(source)?.[1];
  expect(found, `${name} in golden.rs`).toBeDefined();
  return found ?? '';
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hashOf(pieces: Iterable<Uint8Array>): string {
  const hash = new Blake3();
  for (const piece of pieces) {
    hash.update(piece);
  }
  return hash.hex();
}

function keyframeOf(name: string): Keyframe {
  return decodeKeyframe(plainKeyframe(bytesOf(name)));
}

/** A segment as its lines would tell it. */
function linesFrom(segment: Segment): object[] {
  const others = new Map(segment.others.map(({ index, event }) => [index, event]));
  return [...segment.times].map((at, index) => {
    const version = segment.first + index;
    const event = others.get(index);
    const cell = segment.cells[index] ?? 0;
    return event === undefined
      ? {
          version, at,
          placement: [columnOf(cell), rowOf(cell), segment.colors[index], segment.players[index]],
        }
      : { version, at, event };
  });
}

function opening({ others: [first] }: Segment): Fold {
  if (first?.event.kind !== 'RoundOpened') {
    throw new Error('the segment opens no round');
  }
  return foldOpening(first.event, 0);
}

/** Everything that happens in a segment, onto the canvas before it. */
function folded(segment: Segment, fold: Fold): Fold {
  const others = new Map(segment.others.map(({ index, event }) => [index, event]));
  for (let index = 0; index < segment.count; index += 1) {
    const event = others.get(index);
    if (event === undefined) {
      fold.place(segment.cells[index] ?? 0, segment.colors[index] ?? 0);
    } else {
      fold.apply(event);
    }
  }
  return fold;
}

describe.each([
  { name: 'opening', begin: null, hash: 'OPENING_HASH', endHash: 'OPENING_END_HASH' },
  {
    name: 'middle', begin: 'middle-begin.pxsn.zst', hash: 'MIDDLE_HASH',
    endHash: 'MIDDLE_END_HASH',
  },
])('the golden segment $name', ({ name, begin, hash, endHash }) => {
  const file = openSegment(bytesOf(`${name}.pxsg`));
  const segment = decodeSegment(file);

  it('has what is written beside it, event by event', () => {
    const expected = linesOf(`${name}.ndjson`).map(({ event, ...line }) => (
      event === undefined
        ? line
        : { ...line, event: decodeEvent(fromHex(event)) }
    ));
    expect(expected.length).toBe(segment.count);
    expect(linesFrom(segment)).toEqual(expected);
  });

  it('has the hash that is approved, and so has the keyframe at its end', () => {
    expect(hashOf(contentOf(file))).toBe(approvedHash(hash));
    const end = plainKeyframe(bytesOf(`${name}-end.pxsn.zst`));
    expect(hashOf([end])).toBe(approvedHash(endHash));
  });

  it('leads from the canvas before it to the one at its end', () => {
    const end = keyframeOf(`${name}-end.pxsn.zst`);
    expect(end.version).toBe(segment.first + segment.count - 1);
    const before = begin === null ? null : keyframeOf(begin);
    const fold = folded(segment, before === null ? opening(segment) : foldOnto(before, 0));
    expect(fold.shape).toEqual(end.shape);
    expect(fold.cells).toEqual(end.cells);
  });

  it('is a chapter of as many events', () => {
    const chapter = chapterOf(segment, begin === null ? null : keyframeOf(begin));
    expect(chapter.count).toBe(linesOf(`${name}.ndjson`).length);
  });
});
