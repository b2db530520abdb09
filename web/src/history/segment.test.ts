import { describe, expect, it } from 'vitest';

import { HistoryModel, randomNumbers } from '../../tests/support/history-model';
import { frame, writeKeyframe, writeSegment } from '../../tests/support/segment-writer';
import { chapterOf } from './chapter';
import { HistoryError } from './faults';
import { decodeKeyframe, plainKeyframe } from './keyframe';
import { columnOf, decodeSegment, packedCell, rowOf } from './segment';
import { openSegment } from './segment-file';
import { unpacked } from './zstd';

/** A segment of many placements of few players on a large canvas, all by chance. */
function busy(count: number, seed: number) {
  const random = randomNumbers(seed);
  const events = [];
  const seen = new Set<number>();
  for (let at = 1_000; events.length < count; at += random(40)) {
    // Numbers are given in the order of tiles; on one tile that is the order of versions.
    const player = random(4) === 0 ? seen.size + 1 : random(seen.size) + 1;
    seen.add(player);
    events.push({ at, x: 8_160 + random(32), y: 8_160 + random(32), color: random(32), player });
  }
  return { first: 5_000_000_001, round: 3, pseudonyms: 0, events };
}

/** What a reader makes of bytes: a fault's name, or `none`. */
function faultOf(bytes: Uint8Array): string {
  try {
    decodeSegment(openSegment(bytes));
  } catch (error) {
    if (error instanceof HistoryError) {
      return error.fault;
    }
    throw error;
  }
  return 'none';
}

describe('a segment', () => {
  it.each([[1, false], [2, true], [255, false], [256, true], [257, false], [3_000, true]])(
    'of %i placements is read as it was written (packed: %s)',
    (count, isPacked) => {
      const written = busy(count, count);
      const segment = decodeSegment(openSegment(writeSegment(written, isPacked)));
      expect(segment).toMatchObject({ first: 5_000_000_001, round: 3, count });
      const read = written.events.map((_, index) => ({
        at: segment.times[index],
        x: columnOf(segment.cells[index] ?? 0),
        y: rowOf(segment.cells[index] ?? 0),
        color: segment.colors[index],
        player: segment.players[index],
      }));
      expect(read).toEqual(written.events);
    },
  );

  it('of a few events has the bytes that the format says', () => {
    const { buffer } = writeSegment({
      first: 7, round: 1, pseudonyms: 4,
      events: [
        { at: 100, x: 33, y: 2, color: 9, player: 5 },
        { at: 90, kind: 3, body: [1] },
      ],
    });
    const view = new DataView(buffer);
    expect([view.getUint32(24, true), view.getBigInt64(40, true)]).toEqual([1, -10n]);
    const segment = decodeSegment(openSegment(new Uint8Array(buffer)));
    expect([...segment.times]).toEqual([100, 90]);
    expect([...segment.players]).toEqual([5, 0]);
    expect(segment.cells[0]).toBe(packedCell(33, 2));
    expect(segment.others).toMatchObject([{ index: 1, event: { kind: 'RoundClosed', round: 1 } }]);
  });

  it('is refused when any byte is missing, and with bytes after it', () => {
    const bytes = writeSegment(busy(300, 9), true);
    for (let length = 0; length < bytes.length; length += 7) {
      expect(faultOf(bytes.slice(0, length)), `${length} bytes`).toBe('malformed');
    }
    expect(faultOf(Uint8Array.from([...bytes, 0]))).toBe('malformed');
  });

  it('with changed bytes is read or refused, and never anything else', () => {
    const random = randomNumbers(12);
    const original = new HistoryModel(3).segment(1, 200, true);
    const faults = new Set<string>();
    for (let trial = 0; trial < 400; trial += 1) {
      const bytes = original.slice();
      for (let change = 0; change <= random(3); change += 1) {
        bytes[random(bytes.length)] = random(256);
      }
      faults.add(faultOf(bytes));
    }
    expect(faults).toContain('malformed');
    expect(['malformed', 'none', 'unknown-format']).toEqual(expect.arrayContaining([...faults]));
  });

  it('that promises more than a section may have is refused before it is unpacked', () => {
    const bytes = writeSegment(busy(10, 1));
    new DataView(bytes.buffer).setUint32(52, 64 * 1024 * 1024, true);
    expect(faultOf(bytes)).toBe('malformed');
  });
});

describe('a frame', () => {
  it('has no more than it may', () => {
    const packed = frame(new Uint8Array(200_000).fill(7));
    expect(unpacked(packed, 'a test', 200_000)).toHaveLength(200_000);
    expect(() => unpacked(packed, 'a test', 199_999)).toThrow(HistoryError);
  });

  it('may not ask for memory beyond reason', () => {
    // A window of 2^41 bytes; RFC 8878, 3.1.1.1.2.
    const greedy = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0);
    expect(() => unpacked(greedy, 'a test', 10)).toThrow(HistoryError);
    expect(() => unpacked(Uint8Array.of(1, 2, 3, 4), 'a test', 10)).toThrow(HistoryError);
  });
});

describe('a keyframe', () => {
  const keyframe = {
    version: 8, round: 2, width: 3, height: 2, at: 77, isRunning: true, background: 1,
    palette: [[0, 0, 0], [255, 254, 1]], cells: [0, 1, 1, 255, 0, 1],
  };

  it('is read, packed or not', () => {
    const bytes = writeKeyframe(keyframe);
    const read = decodeKeyframe(plainKeyframe(frame(bytes)));
    expect(read).toEqual(decodeKeyframe(plainKeyframe(bytes)));
    expect(read.shape).toEqual({
      round: 2, width: 3, height: 2, colors: ['#000000', '#FFFE01'], background: 1,
      isRunning: true,
    });
    expect([...read.cells]).toEqual(keyframe.cells);
  });

  it('of another size than its cells is refused', () => {
    const bytes = writeKeyframe(keyframe);
    expect(() => decodeKeyframe(bytes.slice(0, -1))).toThrow(HistoryError);
    expect(() => decodeKeyframe(bytes.slice(0, 20))).toThrow(HistoryError);
  });

  it('of another version or round is not the one before a segment', () => {
    const model = new HistoryModel(4);
    const segment = decodeSegment(openSegment(model.segment(61, 120, false)));
    const read = (version: number) => decodeKeyframe(model.keyframe(version));
    expect(chapterOf(segment, read(60)).count).toBe(60);
    expect(() => chapterOf(segment, read(59))).toThrow(HistoryError);
    expect(() => chapterOf(segment, null)).toThrow(HistoryError);
  });
});
