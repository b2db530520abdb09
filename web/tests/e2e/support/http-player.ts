/** A player without a page: places by the HTTP interface alone. */

import { randomBytes } from 'node:crypto';

import type { Cell } from './player';

/** Signed in under a name, with a seat. */
export class HttpPlayer {
  private constructor(private readonly root: string, private readonly token: string) {}

  /** Signs in and takes a seat on the server's canvas. */
  static async join(url: string, name: string): Promise<HttpPlayer> {
    const answer = await send(`${url}/api/v1/auth/anonymous`, { name });
    const { access_token: token } = answer as { access_token: string };
    const player = new HttpPlayer(`${url}/api/v1/canvases/main`, token);
    await send(`${player.root}/play`, {}, token);
    return player;
  }

  /** Places a cell; resolves to the version. */
  async place({ x, y }: Cell, color: number): Promise<number> {
    const id = randomBytes(16).toString('hex');
    const placed = await send(`${this.root}/placements`, { id, x, y, color }, this.token);
    return (placed as { version: number }).version;
  }

  /** Takes the placement of a version back; resolves to the version of that. */
  async undo(version: number): Promise<number> {
    const id = randomBytes(16).toString('hex');
    const undone = await send(`${this.root}/placements/${version}/undo`, { id }, this.token);
    return (undone as { version: number }).version;
  }
}

async function send(url: string, body: object, token?: string): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  }
  return answer.json();
}
