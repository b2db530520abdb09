/** The page's side of the decoder: tasks go out, answers come back in any order. */

import { ApiError, NetworkError } from '../api/http';
import type {
  DecoderAnswer, DecoderRequest, DecoderTask, LoadedChapter,
} from './decoder-messages';
import { HistoryError, malformed } from './faults';
import type { Tally } from './tally';

type ChapterTask = Extract<DecoderTask, { kind: 'chapter' }>;
type TallyTask = Extract<DecoderTask, { kind: 'tally' }>;

/** What loads and decodes the files of the history. */
export interface Decoder {
  /**
   * A chapter; `null` when the segment that is known is still true.
   * @throws {HistoryError} when a file is refused; {ApiError | NetworkError} when there is none.
   */
  chapter(task: Omit<ChapterTask, 'kind'>): Promise<LoadedChapter | null>;
  /** @throws as `chapter` does. */
  tally(task: Omit<TallyTask, 'kind'>): Promise<Tally>;
  dispose(): void;
}

interface Waiting {
  readonly resolve: (answer: DecoderAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Loads and decodes in a thread of its own. */
export class WorkerDecoder implements Decoder {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor() {
    this.worker = new Worker(new URL('./decoder-worker.ts', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<DecoderAnswer>) => {
      this.waiting.get(data.id)?.resolve(data);
      this.waiting.delete(data.id);
    };
    this.worker.onerror = () => { this.fail(); };
    this.worker.onmessageerror = () => { this.fail(); };
  }

  async chapter(task: Omit<ChapterTask, 'kind'>): Promise<LoadedChapter | null> {
    return chapterIn(await this.ask({ kind: 'chapter', ...task }));
  }

  async tally(task: Omit<TallyTask, 'kind'>): Promise<Tally> {
    return tallyIn(await this.ask({ kind: 'tally', ...task }));
  }

  dispose(): void {
    this.worker.terminate();
    this.fail();
  }

  private ask(task: DecoderTask): Promise<DecoderAnswer> {
    this.lastId += 1;
    const request: DecoderRequest = { id: this.lastId, ...task };
    return new Promise((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject });
      this.worker.postMessage(request);
    });
  }

  /** The thread is gone: nobody waits for it in vain. */
  private fail(): void {
    for (const { reject } of this.waiting.values()) {
      reject(malformed('the decoder has stopped'));
    }
    this.waiting.clear();
  }
}

/** The chapter of an answer; `null` when what is known is still true. */
export function chapterIn(answer: DecoderAnswer): LoadedChapter | null {
  if (answer.kind === 'chapter') {
    return answer;
  }
  if (answer.kind === 'unchanged') {
    return null;
  }
  throw problemIn(answer);
}

/** The tally of an answer. */
export function tallyIn(answer: DecoderAnswer): Tally {
  if (answer.kind !== 'tally') {
    throw problemIn(answer);
  }
  return answer.tally;
}

function problemIn(answer: DecoderAnswer): Error {
  switch (answer.kind) {
    case 'fault':
      return new HistoryError(answer.fault, answer.message);
    case 'refused':
      return new ApiError(answer.status, answer.code, answer.message, answer.retryAfterMs);
    case 'unreachable':
      return new NetworkError('no answer from the server');
    case 'chapter':
    case 'tally':
    case 'unchanged':
      return malformed('the decoder answered another question');
  }
}
