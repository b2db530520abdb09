/** The table of contents of a canvas's history: its rounds, segments and times. */

import { malformed } from './faults';
import { MAX_SEGMENT_EVENTS } from './segment-file';

/** Every so many events of a segment the manifest tells a time. */
export const MARK_EVENTS = 2_048;

/** A moment of the log. */
export interface Moment {
  readonly version: number;
  /** Unix ms. */
  readonly at: number;
}

/** One life of the canvas. */
export interface RoundEntry {
  readonly round: number;
  readonly title: string;
  readonly opened: Moment;
  /** `null` while it runs. */
  readonly closed: Moment | null;
  /** Its newest size in cells. */
  readonly width: number;
  readonly height: number;
}

/** A file, and the BLAKE3 hash (hexadecimal) of what is in it, however it is compressed. */
export interface HistoryFile {
  /** Address without a host. */
  readonly url: string;
  readonly hash: string;
}

/** A closed segment. */
export interface SegmentEntry extends HistoryFile {
  readonly number: number;
  readonly round: number;
  readonly first: number;
  readonly last: number;
  /** The earliest and the latest time in it, Unix ms. */
  readonly from: number;
  readonly to: number;
  /** The latest time up to its end: what the clock shows then. */
  readonly clockTo: number;
  /** Times of the 1st, 2049th, 4097th … event, Unix ms. */
  readonly marks: readonly number[];
  /** The canvas right after `last`; `null` before the first round. */
  readonly keyframe: HistoryFile | null;
}

/** The events after the last closed segment. */
export interface OpenEntry {
  readonly round: number;
  readonly first: number;
  readonly url: string;
}

/** A canvas's history as it was when it was asked for. */
export interface Manifest {
  readonly version: number;
  readonly rounds: readonly RoundEntry[];
  readonly segments: readonly SegmentEntry[];
  readonly open: OpenEntry | null;
}

const FORMAT = 1;

/**
 * Reads a manifest.
 * @param address where it came from; addresses in it may be relative to that
 * @throws {HistoryError} when it is of another format, or its parts do not fit together.
 */
export function parseManifest(value: unknown, address: string): Manifest {
  const fields = fieldsOf(value);
  if (fields['format'] !== FORMAT) {
    throw malformed('the history has a table of contents of an unknown format');
  }
  const segments: SegmentEntry[] = [];
  for (const entry of listOf(fields['segments'])) {
    const segment = segmentOf(fieldsOf(entry), address);
    const before = segments.at(-1);
    checkPlace(segment, before);
    const clockTo = Math.max(before?.clockTo ?? segment.to, segment.to);
    segments.push({ ...segment, clockTo });
  }
  const open = fields['open'] == null ? null : openOf(fieldsOf(fields['open']), address);
  const next = (segments.at(-1)?.last ?? 0) + 1;
  if (open !== null && open.first !== next) {
    throw malformed(`the open segment begins at ${open.first} and not at ${next}`);
  }
  return {
    version: numberOf(fields['version']),
    rounds: listOf(fields['rounds']).map((entry) => roundOf(fieldsOf(entry))),
    segments,
    open,
  };
}

function segmentOf(fields: Fields, address: string): Omit<SegmentEntry, 'clockTo'> {
  return {
    number: numberOf(fields['number']),
    round: numberOf(fields['round']),
    first: numberOf(fields['first']),
    last: numberOf(fields['last']),
    from: timeOf(fields['from']),
    to: timeOf(fields['to']),
    marks: listOf(fields['marks']).map(numberOf),
    keyframe: fields['keyframe'] == null ? null : fileOf(fieldsOf(fields['keyframe']), address),
    ...fileOf(fields, address),
  };
}

function checkPlace(
  segment: Omit<SegmentEntry, 'clockTo'>, before: SegmentEntry | undefined,
): void {
  const { number, first, last, marks } = segment;
  const count = last - first + 1;
  const follows =
    first === (before?.last ?? 0) + 1 && (before === undefined || number === before.number + 1);
  const isLawful =
    count >= 1 && count <= MAX_SEGMENT_EVENTS && marks.length === Math.ceil(count / MARK_EVENTS);
  if (!follows || !isLawful) {
    throw malformed(`segment ${number} does not follow the one before it`);
  }
}

function roundOf(fields: Fields): RoundEntry {
  const { round, title, opened, closed, width, height } = fields;
  return {
    round: numberOf(round),
    title: textOf(title),
    opened: momentOf(fieldsOf(opened)),
    closed: closed == null ? null : momentOf(fieldsOf(closed)),
    width: numberOf(width),
    height: numberOf(height),
  };
}

function openOf({ round, first, url }: Fields, address: string): OpenEntry {
  return { round: numberOf(round), first: numberOf(first), url: urlOf(url, address) };
}

function momentOf({ version, at }: Fields): Moment {
  return { version: numberOf(version), at: timeOf(at) };
}

function fileOf({ url, hash }: Fields, address: string): HistoryFile {
  return { url: urlOf(url, address), hash: textOf(hash).toLowerCase() };
}

/** Only addresses of the same server are followed. */
function urlOf(value: unknown, address: string): string {
  const url = new URL(textOf(value), address);
  if (url.origin !== new URL(address).origin) {
    throw malformed(`the history points to ${url.origin}`);
  }
  return url.pathname + url.search;
}

type Fields = Readonly<Partial<Record<
  | 'format' | 'version' | 'rounds' | 'segments' | 'open' | 'number' | 'round' | 'first' | 'last'
  | 'from' | 'to' | 'marks' | 'keyframe' | 'url' | 'hash' | 'title' | 'opened' | 'closed' | 'at'
  | 'width' | 'height',
  unknown
>>>;

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) {
    throw malformed('the table of contents lacks a part');
  }
  return value;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw malformed('the table of contents lacks a list');
  }
  return value as readonly unknown[];
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw malformed('the table of contents lacks a number');
  }
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') {
    throw malformed('the table of contents lacks a text');
  }
  return value;
}

function timeOf(value: unknown): number {
  const time = typeof value === 'number' ? value : Date.parse(textOf(value));
  if (!Number.isFinite(time)) {
    throw malformed('the table of contents has a time that is none');
  }
  return time;
}
