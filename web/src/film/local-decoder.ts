/** Decodes where it is called: in a worker, which holds nothing up. */

import type { Chapter } from '../history/chapter';
import { carriedOut } from '../history/decode-task';
import { chapterIn, type Decoder, tallyIn } from '../history/decoder';
import type { DecoderTask } from '../history/decoder-messages';
import type { Tally } from '../history/tally';

type Task<Kind> = Omit<Extract<DecoderTask, { kind: Kind }>, 'kind'>;

/** A decoder without a thread of its own. */
export class LocalDecoder implements Decoder {
  chapter(task: Task<'chapter'>): Promise<Chapter> {
    return settled(() => chapterIn(carriedOut({ id: 0, kind: 'chapter', ...task }).answer));
  }

  tally(task: Task<'tally'>): Promise<Tally> {
    return settled(() => tallyIn(carriedOut({ id: 0, kind: 'tally', ...task }).answer));
  }

  dispose(): void {
    // There is nothing to end.
  }
}

function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => { resolve(work()); });
}
