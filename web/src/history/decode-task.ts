/** Carries a task of the decoder out; what runs in the worker, and in tests without one. */

import { blake3 } from '@noble/hashes/blake3.js';
import { bytesToHex } from '@noble/hashes/utils.js';

import { chapterOf } from './chapter';
import type {
  DecoderAnswer, DecoderRequest, DecoderTask, Expected, GivenFile,
} from './decoder-messages';
import { HistoryError } from './faults';
import { decodeKeyframe, type Keyframe, plainKeyframe } from './keyframe';
import { decodeSegment, type Segment } from './segment';
import { contentOf, openSegment } from './segment-file';
import { tallyOf } from './tally';

/** An answer with the memory that is handed over with it. */
export interface Outcome {
  readonly answer: DecoderAnswer;
  readonly transfer: readonly ArrayBuffer[];
}

/** Does one piece of work; a file that is refused is a `fault`. */
export function carriedOut(request: DecoderRequest): Outcome {
  const { id } = request;
  try {
    const result = resultOf(request);
    return { answer: { id, ...result }, transfer: memoryOf(result) };
  } catch (error) {
    const { fault, message } = error instanceof HistoryError
      ? error
      : { fault: 'malformed' as const, message: String(error) };
    return { answer: { id, kind: 'fault', fault, message }, transfer: [] };
  }
}

type Result =
  | Omit<Extract<DecoderAnswer, { kind: 'chapter' }>, 'id'>
  | Omit<Extract<DecoderAnswer, { kind: 'tally' }>, 'id'>;

function resultOf(task: DecoderTask): Result {
  const segment = segmentOf(task.segment, task.expected);
  switch (task.kind) {
    case 'chapter': {
      const keyframe = task.keyframe === null ? null : keyframeOf(task.keyframe);
      return { kind: 'chapter', chapter: chapterOf(segment, keyframe, task.clockFrom) };
    }
    case 'tally':
      return { kind: 'tally', tally: tallyOf(segment, task.wish) };
  }
}

/** Arrays that lie in the same memory are handed over once. */
function memoryOf(result: Result): ArrayBuffer[] {
  const columns = Object.values(result.kind === 'chapter' ? result.chapter : result.tally)
    .filter((value): value is Uint8Array<ArrayBuffer> => ArrayBuffer.isView(value));
  return [...new Set(columns.map(({ buffer }) => buffer))];
}

function segmentOf(file: GivenFile, { first, last, round }: Expected): Segment {
  const opened = openSegment(new Uint8Array(file.bytes));
  checkHash(contentOf(opened), file.hash, `segment from version ${first}`);
  const segment = decodeSegment(opened);
  const end = segment.first + segment.count - 1;
  if (segment.first !== first || segment.round !== round || (last !== null && end !== last)) {
    throw new HistoryError('foreign', `the segment is that of version ${segment.first} to ${end}`);
  }
  return segment;
}

function keyframeOf(file: GivenFile): Keyframe {
  const plain = plainKeyframe(new Uint8Array(file.bytes));
  checkHash([plain], file.hash, 'keyframe');
  return decodeKeyframe(plain);
}

function checkHash(pieces: Iterable<Uint8Array>, hash: string | null, what: string): void {
  if (hash === null) {
    return;
  }
  const hasher = blake3.create();
  for (const piece of pieces) {
    hasher.update(piece);
  }
  if (bytesToHex(hasher.digest()) !== hash) {
    throw new HistoryError('damaged', `the ${what} does not have the hash that it should`);
  }
}
