import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';

import { WireError } from './bytes';
import { decodeCatchUp, decodeFrame } from './frames';

const bin = Uint8Array.from([0, 7]);

describe('feed frames', () => {
  it.each([
    [[0, 3, 41], { kind: 'hello', round: 3, version: 41 }],
    [[0, null, 0], { kind: 'hello', round: 0, version: 0 }],
    [[1, 41, 44, bin], { kind: 'delta', after: 41, to: 44, changes: bin }],
    [[2, 'queued', 5, null], { kind: 'status', status: 'queued', position: 5, until: 0 }],
    [[2, 'playing', 0, 1e12], { kind: 'status', status: 'playing', position: 0, until: 1e12 }],
    [[3, { round: 4, version: 90 }], { kind: 'round', version: 90 }],
    [[4, 7, 1, 30], { kind: 'online', players: 7, queued: 1, watching: 30 }],
    [[5, 'maintenance', 'soon'], { kind: 'notice', notice: 'maintenance', text: 'soon' }],
    [[6, 99], { kind: 'resync', version: 99 }],
  ])('%j is read', (fields, frame) => {
    expect(decodeFrame(encode(fields))).toEqual(frame);
  });

  it('keeps versions exact up to 2^53', () => {
    const version = Number.MAX_SAFE_INTEGER;
    expect(decodeFrame(encode([6, version]))).toEqual({ kind: 'resync', version });
  });

  it('skips kinds it does not know and fields that came later', () => {
    expect(decodeFrame(encode([42, 'future']))).toBeNull();
    expect(decodeFrame(encode([6, 99, 'future']))).toEqual({ kind: 'resync', version: 99 });
  });

  it.each([
    ['bytes that are not MessagePack', Uint8Array.from([0xc1])],
    ['a map', encode({ kind: 0 })],
    ['a delta that runs backwards', encode([1, 44, 41, bin])],
    ['a delta without bytes', encode([1, 41, 44, 'x'])],
    ['a negative version', encode([0, 1, -1])],
    ['an unknown status', encode([2, 'king', 0, 0])],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(WireError);
  });
});

describe('catch-up answers', () => {
  it('are a delta, a snapshot with a delta, or the end of the round', () => {
    expect(decodeCatchUp(encode([1, 5, 9, bin]))).toMatchObject({ kind: 'delta', to: 9 });
    expect(decodeCatchUp(encode([7, 2, 800, '/s/800', 812, bin]))).toEqual({
      kind: 'snapshot',
      round: 2,
      version: 800,
      url: '/s/800',
      rest: { kind: 'delta', after: 800, to: 812, changes: bin },
    });
    expect(decodeCatchUp(encode([3, { round: 5 }]))).toEqual({ kind: 'round' });
  });

  it('are refused when of another kind', () => {
    expect(() => decodeCatchUp(encode([2, 'afk', 0, 0]))).toThrow(WireError);
  });
});
