/** What the page and its decoder, which works beside it, say to each other. */

import type { ApiError } from '../api/http';
import type { Chapter } from './chapter';
import type { HistoryFault } from './faults';
import type { Tally, TallyWish } from './tally';

/** Where a file is, and the hash that it must have; `null` for one that is still written. */
export interface WantedFile {
  readonly url: string;
  readonly hash: string | null;
}

/** A chapter, and the entity tag of the segment that it was made from. */
export interface LoadedChapter {
  readonly chapter: Chapter;
  readonly tag: string | null;
}

/** What a segment is expected to be. */
export interface Expected {
  readonly first: number;
  /** `null` for the open segment. */
  readonly last: number | null;
  readonly round: number;
}

/** One piece of work. */
export type DecoderTask =
  | {
    readonly kind: 'chapter';
    readonly segment: WantedFile;
    /** The entity tag of the segment that the page has already; `null` when it has none. */
    readonly known: string | null;
    /** The canvas before; `null` where the segment opens its round. */
    readonly keyframe: WantedFile | null;
    /** What the clock shows before, Unix ms. */
    readonly clockFrom: number;
    readonly expected: Expected;
  }
  | {
    readonly kind: 'tally';
    readonly segment: WantedFile;
    readonly expected: Expected;
    readonly wish: TallyWish;
  };

/** A task with the number that its answer has. */
export type DecoderRequest = DecoderTask & { readonly id: number };

/** The answer to a task. */
export type DecoderAnswer =
  | ({ readonly id: number; readonly kind: 'chapter' } & LoadedChapter)
  /** What is known is still true. */
  | { readonly id: number; readonly kind: 'unchanged' }
  | { readonly id: number; readonly kind: 'tally'; readonly tally: Tally }
  | {
    readonly id: number;
    readonly kind: 'fault';
    readonly fault: HistoryFault;
    readonly message: string;
  }
  /** The server refused a file. */
  | ({ readonly id: number; readonly kind: 'refused' } & Refusal)
  /** No answer came from the server. */
  | { readonly id: number; readonly kind: 'unreachable' };

/** What an `ApiError` says, as it goes from thread to thread. */
export type Refusal = Pick<ApiError, 'status' | 'code' | 'message' | 'retryAfterMs'>;
