/** Decodes where it is called: in a worker, which holds nothing up. */

import { carriedOut, type FileSource } from '../history/decode-task';
import { chapterIn, type Decoder, tallyIn } from '../history/decoder';
import type { DecoderTask, LoadedChapter } from '../history/decoder-messages';
import type { Tally } from '../history/tally';

type Task<Kind> = Omit<Extract<DecoderTask, { kind: Kind }>, 'kind'>;

/** A decoder without a thread of its own. */
export class LocalDecoder implements Decoder {
  private readonly source: FileSource;

  constructor(source: FileSource) {
    this.source = source;
  }

  async chapter(task: Task<'chapter'>): Promise<LoadedChapter | null> {
    const { answer } = await carriedOut({ id: 0, kind: 'chapter', ...task }, this.source);
    return chapterIn(answer);
  }

  async tally(task: Task<'tally'>): Promise<Tally> {
    const { answer } = await carriedOut({ id: 0, kind: 'tally', ...task }, this.source);
    return tallyIn(answer);
  }

  dispose(): void {
    // There is nothing to end.
  }
}
