/** The public files of a canvas's history: read by anybody. */

import type { HistoryFiles } from '../history/history';
import { request } from './http';

/** Fetches the history's files from this server, the manifest always anew. */
export class HistoryApi implements HistoryFiles {
  private readonly root: string;

  /** `canvas` is its slug. */
  constructor(canvas: string) {
    this.root = `/api/v1/canvases/${encodeURIComponent(canvas)}/history`;
  }

  async manifest(): Promise<{ value: unknown; address: string }> {
    const answer = await request(this.root);
    return { value: await answer.json(), address: new URL(answer.url, location.href).href };
  }

  async file(url: string): Promise<ArrayBuffer> {
    return (await request(url, { accept: 'application/octet-stream' })).bytes();
  }
}
