/** The page's side of the decoder: tasks go out, answers come back in any order. */

import type { Chapter } from './chapter';
import type { DecoderAnswer, DecoderRequest, DecoderTask } from './decoder-messages';
import { HistoryError, malformed } from './faults';
import type { Tally } from './tally';

type ChapterTask = Extract<DecoderTask, { kind: 'chapter' }>;
type TallyTask = Extract<DecoderTask, { kind: 'tally' }>;

/** What decodes the files of the history. */
export interface Decoder {
  /** @throws {HistoryError} when a file is refused. */
  chapter(task: Omit<ChapterTask, 'kind'>): Promise<Chapter>;
  /** @throws {HistoryError} when the file is refused. */
  tally(task: Omit<TallyTask, 'kind'>): Promise<Tally>;
  dispose(): void;
}

interface Waiting {
  readonly resolve: (answer: DecoderAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Decodes in a thread of its own. The bytes of a task are handed over and gone. */
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

  async chapter(task: Omit<ChapterTask, 'kind'>): Promise<Chapter> {
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
    const memory = [task.segment.bytes];
    if (task.kind === 'chapter' && task.keyframe !== null) {
      memory.push(task.keyframe.bytes);
    }
    return new Promise((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject });
      this.worker.postMessage(request, memory);
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

/** The chapter of an answer. */
export function chapterIn(answer: DecoderAnswer): Chapter {
  if (answer.kind !== 'chapter') {
    throw refusalIn(answer);
  }
  return answer.chapter;
}

/** The tally of an answer. */
export function tallyIn(answer: DecoderAnswer): Tally {
  if (answer.kind !== 'tally') {
    throw refusalIn(answer);
  }
  return answer.tally;
}

function refusalIn(answer: DecoderAnswer): HistoryError {
  return answer.kind === 'fault'
    ? new HistoryError(answer.fault, answer.message)
    : malformed('the decoder answered another question');
}
