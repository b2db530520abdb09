/** A player without a page: places by the HTTP interface alone. */

import { randomBytes } from 'node:crypto';

import type { Cell } from './player';

/** Signed in under a name, with a seat. */
export class HttpPlayer {
  private constructor(
    readonly id: string,
    private readonly root: string,
    private readonly token: string,
  ) {}

  /** Signs in and takes a seat on the server's canvas. */
  static async join(url: string, name: string): Promise<HttpPlayer> {
    const answer = await send(`${url}/api/v1/auth/anonymous`, { name });
    const { access_token: token, player: { id } } = answer as {
      access_token: string;
      player: { id: string };
    };
    const player = new HttpPlayer(id, `${url}/api/v1/canvases/main`, token);
    await send(`${player.root}/play`, {}, token);
    return player;
  }

  /** Places a cell; resolves to the version. */
  async place({ x, y }: Cell, color: number): Promise<number> {
    const id = randomBytes(16).toString('hex');
    const placed = await send(`${this.root}/placements`, { id, x, y, color }, this.token);
    return (placed as { version: number }).version;
  }

  /** Becomes the first admin with the server's code. */
  async claim(code: string): Promise<void> {
    await send(`${this.root}/moderation/claim`, { code }, this.token);
  }

  /** Does what needs no preview; resolves to the act's number. */
  async act(act: object, reason = ''): Promise<number> {
    const done = await send(`${this.root}/moderation/acts`, { act, reason }, this.token);
    return (done as { id: number }).id;
  }

  /** Reports a cell or a player. */
  async report(report: object): Promise<void> {
    await send(`${this.root}/reports`, report, this.token);
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
