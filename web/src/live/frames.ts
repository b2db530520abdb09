/** The feed's frames and the catch-up answer: MessagePack arrays `[kind, ...]`. */

import { decode } from '@msgpack/msgpack';

import { WireError } from './bytes';

/** Changes after version `after` up to and including `to`. */
export interface DeltaFrame {
  readonly kind: 'delta';
  readonly after: number;
  readonly to: number;
  /** Encoded as `delta.ts` reads it. */
  readonly changes: Uint8Array;
}

/** What a player may do; `queued` sees the feed but may not place. */
export type PlayerStatus = 'afk' | 'queued' | 'playing';

/** One frame of the feed. */
export type Frame =
  | {
      readonly kind: 'hello';
      /** 0 before any round was opened. */
      readonly round: number;
      readonly version: number;
    }
  | DeltaFrame
  | {
      readonly kind: 'status';
      readonly status: PlayerStatus;
      /** Place in the queue from 1; 0 while playing. */
      readonly position: number;
      /** When the seat ends, Unix milliseconds; 0 when it does not. */
      readonly until: number;
    }
  | {
      /** The round, its size, palette or state changed. */
      readonly kind: 'round';
      /** The version that changed it. */
      readonly version: number;
    }
  | ({ readonly kind: 'online' } & OnlineCounts)
  | { readonly kind: 'notice'; readonly notice: string; readonly text: string }
  | { readonly kind: 'resync'; readonly version: number };

/** How many take part. */
export interface OnlineCounts {
  readonly players: number;
  readonly queued: number;
  readonly watching: number;
}

/** What a client that fell behind gets. */
export type CatchUp =
  | DeltaFrame
  | {
      readonly kind: 'snapshot';
      readonly round: number;
      readonly version: number;
      readonly url: string;
      /** The changes from the snapshot's version on. */
      readonly rest: DeltaFrame;
    }
  /** The round asked for is over. */
  | { readonly kind: 'round' };

/** Longest catch-up: every cell of a 4096 x 4096 canvas at two bytes and some slack. */
const MAX_BIN_BYTES = 64 * 1024 * 1024;
/** A frame holds a handful of values; the longest list in one is a round's palette. */
const MAX_ITEMS = 1_024;
const MAX_STRING_BYTES = 16 * 1024;

const STATUSES: readonly string[] = ['afk', 'queued', 'playing'] satisfies PlayerStatus[];

/**
 * Reads one frame; `null` for a kind this page does not know.
 * @throws {WireError} when a known kind is malformed.
 */
export function decodeFrame(bytes: Uint8Array): Frame | null {
  const fields = decodeArray(bytes);
  switch (fields[0]) {
    case 0:
      return { kind: 'hello', round: optionalCount(fields[1]), version: count(fields, 2) };
    case 1:
      return deltaFrame(fields, 1);
    case 2:
      return {
        kind: 'status',
        status: status(fields[1]),
        position: optionalCount(fields[2]),
        until: optionalCount(fields[3]),
      };
    case 3:
      return { kind: 'round', version: optionalCount(entry(fields[1], 'version')) };
    case 4:
      return {
        kind: 'online',
        players: count(fields, 1),
        queued: count(fields, 2),
        watching: count(fields, 3),
      };
    case 5:
      return { kind: 'notice', notice: text(fields, 1), text: text(fields, 2) };
    case 6:
      return { kind: 'resync', version: count(fields, 1) };
    default:
      return null;
  }
}

/**
 * Reads a catch-up answer.
 * @throws {WireError} when it is malformed or of an unknown kind.
 */
export function decodeCatchUp(bytes: Uint8Array): CatchUp {
  const fields = decodeArray(bytes);
  switch (fields[0]) {
    case 1:
      return deltaFrame(fields, 1);
    case 3:
      return { kind: 'round' };
    case 7: {
      const version = count(fields, 2);
      return {
        kind: 'snapshot',
        round: count(fields, 1),
        version,
        url: text(fields, 3),
        rest: { kind: 'delta', after: version, to: count(fields, 4), changes: bin(fields, 5) },
      };
    }
    default:
      throw new WireError('catch-up answer is of an unknown kind');
  }
}

function decodeArray(bytes: Uint8Array): readonly unknown[] {
  let value: unknown;
  try {
    value = decode(bytes, {
      maxBinLength: MAX_BIN_BYTES,
      maxStrLength: MAX_STRING_BYTES,
      maxArrayLength: MAX_ITEMS,
      maxMapLength: MAX_ITEMS,
    });
  } catch (error) {
    throw new WireError('frame is not MessagePack', { cause: error });
  }
  if (!Array.isArray(value) || typeof value[0] !== 'number') {
    throw new WireError('frame is not an array that starts with its kind');
  }
  return value;
}

function deltaFrame(fields: readonly unknown[], at: number): DeltaFrame {
  const after = count(fields, at);
  const to = count(fields, at + 1);
  if (to < after) {
    throw new WireError(`delta runs backwards from ${after} to ${to}`);
  }
  return { kind: 'delta', after, to, changes: bin(fields, at + 2) };
}

function count(fields: readonly unknown[], at: number): number {
  const value = fields[at];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new WireError(`field ${at} of the frame is not a count`);
  }
  return value;
}

function optionalCount(value: unknown): number {
  return value === null || value === undefined ? 0 : count([value], 0);
}

function entry(map: unknown, name: string): unknown {
  return typeof map === 'object' && map !== null
    ? (map as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function text(fields: readonly unknown[], at: number): string {
  const value = fields[at];
  if (typeof value !== 'string') {
    throw new WireError(`field ${at} of the frame is not text`);
  }
  return value;
}

function bin(fields: readonly unknown[], at: number): Uint8Array {
  const value = fields[at];
  if (!(value instanceof Uint8Array)) {
    throw new WireError(`field ${at} of the frame is not bytes`);
  }
  return value;
}

function status(value: unknown): PlayerStatus {
  if (typeof value !== 'string' || !STATUSES.includes(value)) {
    throw new WireError('status frame names no status');
  }
  return value as PlayerStatus;
}
