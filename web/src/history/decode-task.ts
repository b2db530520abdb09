/** Carries a task of the decoder out; what runs in the worker, and in tests without one. */

import { ApiError, NetworkError } from '../api/http';
import { Blake3 } from './blake3';
import { chapterOf } from './chapter';
import type {
  DecoderAnswer, DecoderRequest, DecoderTask, Expected, WantedFile,
} from './decoder-messages';
import { HistoryError } from './faults';
import { decodeKeyframe, type Keyframe, plainKeyframe } from './keyframe';
import { decodeSegment, type Segment } from './segment';
import { contentOf, openSegment } from './segment-file';
import { tallyOf } from './tally';

/** A file's bytes with its entity tag. */
export interface LoadedFile {
  readonly bytes: ArrayBuffer;
  readonly tag: string | null;
}

/** Where the files come from. */
export interface FileSource {
  /** A file; `null` when the one with the entity tag `known` is still true. */
  file(url: string, known: string | null): Promise<LoadedFile | null>;
}

/** An answer with the memory that is handed over with it. */
export interface Outcome {
  readonly answer: DecoderAnswer;
  readonly transfer: readonly ArrayBuffer[];
}

/** Does one piece of work; a file that is refused is a `fault`. */
export async function carriedOut(request: DecoderRequest, source: FileSource): Promise<Outcome> {
  const { id } = request;
  try {
    const result = await resultOf(request, source);
    return { answer: { id, ...result }, transfer: memoryOf(result) };
  } catch (error) {
    return { answer: { id, ...problemOf(error) }, transfer: [] };
  }
}

type Part<Kind extends DecoderAnswer['kind']> = Omit<Extract<DecoderAnswer, { kind: Kind }>, 'id'>;
type Result = Part<'chapter'> | Part<'tally'> | Part<'unchanged'>;
type Problem = Part<'fault'> | Part<'refused'> | Part<'unreachable'>;

function problemOf(error: unknown): Problem {
  if (error instanceof HistoryError) {
    return { kind: 'fault', fault: error.fault, message: error.message };
  }
  if (error instanceof ApiError) {
    const { status, code, message, retryAfterMs } = error;
    return { kind: 'refused', status, code, message, retryAfterMs };
  }
  return error instanceof NetworkError
    ? { kind: 'unreachable' }
    : { kind: 'fault', fault: 'malformed', message: String(error) };
}

async function resultOf(task: DecoderTask, source: FileSource): Promise<Result> {
  if (task.kind === 'chapter') {
    return chapterFor(task, source);
  }
  const loaded = await segmentFor(task.segment, task.expected, null, source);
  return loaded === null
    ? { kind: 'unchanged' }
    : { kind: 'tally', tally: tallyOf(loaded.segment, task.wish) };
}

async function chapterFor(
  { segment, known, keyframe, clockFrom, expected }: Extract<DecoderTask, { kind: 'chapter' }>,
  source: FileSource,
): Promise<Result> {
  const begun = segmentFor(segment, expected, known, source);
  if (known !== null && (await begun) === null) {
    return { kind: 'unchanged' };
  }
  // Each is checked and decoded when it is there, while the other one may be on its way.
  const [loaded, base] = await Promise.all([
    begun, keyframe === null ? null : keyframeFor(keyframe, source),
  ]);
  return loaded === null
    ? { kind: 'unchanged' }
    : { kind: 'chapter', chapter: chapterOf(loaded.segment, base, clockFrom), tag: loaded.tag };
}

/** Arrays that lie in the same memory are handed over once. */
function memoryOf(result: Result): ArrayBuffer[] {
  if (result.kind === 'unchanged') {
    return [];
  }
  const columns = Object.values(result.kind === 'chapter' ? result.chapter : result.tally)
    .filter((value): value is Uint8Array<ArrayBuffer> => ArrayBuffer.isView(value));
  return [...new Set(columns.map(({ buffer }) => buffer))];
}

async function segmentFor(
  { url, hash }: WantedFile, { first, last, round }: Expected, known: string | null,
  source: FileSource,
): Promise<{ segment: Segment; tag: string | null } | null> {
  const file = await source.file(url, known);
  if (file === null) {
    return null;
  }
  const opened = openSegment(new Uint8Array(file.bytes));
  checkHash(contentOf(opened), hash, `segment from version ${first}`);
  const segment = decodeSegment(opened);
  const end = segment.first + segment.count - 1;
  if (segment.first !== first || segment.round !== round || (last !== null && end !== last)) {
    throw new HistoryError('foreign', `the segment is that of version ${segment.first} to ${end}`);
  }
  return { segment, tag: file.tag };
}

async function keyframeFor({ url, hash }: WantedFile, source: FileSource): Promise<Keyframe> {
  const file = await source.file(url, null);
  const plain = plainKeyframe(new Uint8Array(file?.bytes ?? new ArrayBuffer(0)));
  checkHash([plain], hash, 'keyframe');
  return decodeKeyframe(plain);
}

function checkHash(pieces: Iterable<Uint8Array>, hash: string | null, what: string): void {
  if (hash === null) {
    return;
  }
  const hasher = new Blake3();
  for (const piece of pieces) {
    hasher.update(piece);
  }
  if (hasher.hex() !== hash) {
    throw new HistoryError('damaged', `the ${what} does not have the hash that it should`);
  }
}
