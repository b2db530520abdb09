/** The public files of a canvas's history: read by anybody. */

import type { FileSource } from '../history/decode-task';
import type { HistoryFiles } from '../history/history';
import { request } from './http';

/** Where the table of contents of a canvas's history is on its server. */
export function historyAddress(canvas: string): string {
  return new URL(`/api/v1/canvases/${encodeURIComponent(canvas)}/history`, location.href).href;
}

/** The same in an archive: beside the page. */
export function archivedHistoryAddress(): string {
  return new URL('history.json', document.baseURI).href;
}

/** Fetches the table of contents, always anew. */
export class HistoryApi implements HistoryFiles {
  private readonly root: string;

  /** `root` is the address of the table of contents. */
  constructor(root: string) {
    this.root = root;
  }

  async manifest(): Promise<{ value: unknown; address: string }> {
    const answer = await request(this.root);
    return { value: await answer.json(), address: new URL(answer.url, location.href).href };
  }
}

/** The files that tables of contents name. */
export const publicFiles: FileSource = {
  async file(url, known) {
    const answer = await request(url, {
      accept: 'application/octet-stream', ...(known === null ? {} : { known }),
    });
    return answer.isUnchanged ? null : { bytes: await answer.bytes(), tag: answer.tag };
  },
};
