/** The HTTP API as functions, one per endpoint the page uses. */

import { decodeCatchUp, type CatchUp } from '../live/frames';
import { decodeSnapshot, type Snapshot } from '../live/snapshot';
import { request } from './http';
import { LoginSession } from './login-session';
import type {
  CanvasInfo,
  PlacementAnswer,
  PlacementRequest,
  PlayAnswer,
  SignInAnswer,
  UndoAnswer,
} from './types';

const API = '/api/v1';

/** Asks the server which canvas this page shows: the first of its list. */
export async function firstCanvas(): Promise<string> {
  const answer = await request(`${API}/canvases`);
  const { canvases } = (await answer.json()) as { canvases: readonly { canvas: string }[] };
  const first = canvases[0];
  if (first === undefined) {
    throw new Error('the server has no canvas');
  }
  return first.canvas;
}

/** All requests about one canvas; those that need a player go through the session. */
export class CanvasApi {
  /** Who plays here. */
  readonly session: LoginSession;
  private readonly root: string;

  /** `canvas` is the canvas's slug. */
  constructor(canvas: string, storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.root = `${API}/canvases/${encodeURIComponent(canvas)}`;
    this.session = new LoginSession(signIn, storage);
  }

  /** The canvas's rules and where its newest snapshot is. */
  async canvas(): Promise<CanvasInfo> {
    const answer = await request(this.root);
    return (await answer.json()) as CanvasInfo;
  }

  /** The snapshot at the URL that the server named. */
  async snapshot(url: string): Promise<Snapshot> {
    const answer = await request(url, { accept: 'application/octet-stream' });
    return decodeSnapshot(await answer.bytes());
  }

  /**
   * The newest snapshot with its URL, or `null` when that is still `knownUrl`. The server
   * redirects to a URL that never changes, so an unchanged one comes from the browser's cache.
   */
  async latestSnapshot(
    knownUrl: string | null,
  ): Promise<{ url: string; snapshot: Snapshot } | null> {
    const answer = await request(`${this.root}/snapshots/latest`, {
      accept: 'application/octet-stream',
    });
    if (answer.url === knownUrl) {
      answer.discard();
      return null;
    }
    return { url: answer.url, snapshot: decodeSnapshot(await answer.bytes()) };
  }

  /** What happened in a round after a version. */
  async catchUp(after: number, round: number): Promise<CatchUp> {
    const answer = await request(`${this.root}/catch-up?after=${after}&round=${round}`, {
      accept: 'application/msgpack',
    });
    return decodeCatchUp(new Uint8Array(await answer.bytes()));
  }

  /** Takes a seat, or a place in the queue, and gives a ticket for the feed. */
  play(): Promise<PlayAnswer> {
    return this.post('/play') as Promise<PlayAnswer>;
  }

  /** Gives the seat up. */
  async leave(): Promise<void> {
    await this.session.authorized(async (token) => {
      const answer = await request(`${this.root}/leave`, { method: 'POST', token });
      answer.discard();
    });
  }

  /** Places a cell. Sending the same request again gives the same answer. */
  place(placement: PlacementRequest): Promise<PlacementAnswer> {
    return this.post('/placements', placement) as Promise<PlacementAnswer>;
  }

  /** Takes an own placement back. Sending the same id again gives the same answer. */
  undo(version: number, id: string): Promise<UndoAnswer> {
    return this.post(`/placements/${version}/undo`, { id }) as Promise<UndoAnswer>;
  }

  private post(path: string, body?: unknown): Promise<unknown> {
    return this.session.authorized(async (token) => {
      const answer = await request(`${this.root}${path}`, { method: 'POST', token, body });
      return answer.json();
    });
  }
}

async function signIn(name: string): Promise<SignInAnswer> {
  const answer = await request(`${API}/auth/anonymous`, { method: 'POST', body: { name } });
  return (await answer.json()) as SignInAnswer;
}
