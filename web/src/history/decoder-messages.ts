/** What the page and its decoder, which works beside it, say to each other. */

import type { Chapter } from './chapter';
import type { HistoryFault } from './faults';
import type { Tally, TallyWish } from './tally';

/** A file with the hash that it must have; `null` for one that is still written. */
export interface GivenFile {
  readonly bytes: ArrayBuffer;
  readonly hash: string | null;
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
    readonly segment: GivenFile;
    /** The canvas before; `null` where the segment opens its round. */
    readonly keyframe: GivenFile | null;
    /** What the clock shows before, Unix ms. */
    readonly clockFrom: number;
    readonly expected: Expected;
  }
  | {
    readonly kind: 'tally';
    readonly segment: GivenFile;
    readonly expected: Expected;
    readonly wish: TallyWish;
  };

/** A task with the number that its answer has. */
export type DecoderRequest = DecoderTask & { readonly id: number };

/** The answer to a task. */
export type DecoderAnswer =
  | { readonly id: number; readonly kind: 'chapter'; readonly chapter: Chapter }
  | { readonly id: number; readonly kind: 'tally'; readonly tally: Tally }
  | {
    readonly id: number;
    readonly kind: 'fault';
    readonly fault: HistoryFault;
    readonly message: string;
  };
