/** Films that the server renders. */

import { request } from './http';
import type { TimelapseOffer, TimelapseRequest, TimelapseState } from './types';

/** The films of one canvas. Asking and cancelling take the token of a player. */
export class TimelapseApi {
  private readonly root: string;

  /** `canvas` is its slug. */
  constructor(canvas: string) {
    this.root = `/api/v1/canvases/${encodeURIComponent(canvas)}/timelapses`;
  }

  /** What can be asked for. */
  async offer(): Promise<TimelapseOffer> {
    return (await (await request(this.root)).json()) as TimelapseOffer;
  }

  /** Asks for a film. Asking for the same one again gives the same one back. */
  async ask(token: string, body: TimelapseRequest): Promise<TimelapseState> {
    const answer = await request(this.root, { method: 'POST', token, body });
    return (await answer.json()) as TimelapseState;
  }

  /** How far a film is. */
  async state(id: string): Promise<TimelapseState> {
    return (await (await request(this.urlOf(id))).json()) as TimelapseState;
  }

  /** The player no longer wants it. */
  async cancel(token: string, id: string): Promise<void> {
    (await request(this.urlOf(id), { method: 'DELETE', token })).discard();
  }

  private urlOf(id: string): string {
    return `${this.root}/${encodeURIComponent(id)}`;
  }
}
