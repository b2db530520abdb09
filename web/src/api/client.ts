/** The HTTP API as functions, one per endpoint the page uses. */

import { decodeCatchUp, type CatchUp } from '../live/frames';
import { type Snapshot, SnapshotReader } from '../live/snapshot';
import type { ServerClock } from '../placements/server-clock';
import { type ApiResponse, request } from './http';
import type { LoginSession } from './login-session';
import type {
  CanvasInfo,
  PlacementAnswer,
  PlacementRequest,
  PlayAnswer,
  UndoAnswer,
} from './types';

const API = '/api/v1';

/** Asks the server which canvas this page shows: the first of its list, with its rules. */
export async function firstCanvas(): Promise<CanvasInfo> {
  const answer = await request(`${API}/canvases`);
  const { canvases } = (await answer.json()) as { canvases: readonly CanvasInfo[] };
  const first = canvases[0];
  if (first === undefined) {
    throw new Error('the server has no canvas');
  }
  return first;
}

/** All requests about one canvas; those that need a player go through the session. */
export class CanvasApi {
  private readonly session: LoginSession;
  private readonly clock: ServerClock;
  private readonly root: string;
  /** The rules that came with the list, for the first who asks. */
  private fresh: CanvasInfo | null;

  /** `canvas` was answered just now; `clock` learns the server's time from its answers. */
  constructor(canvas: CanvasInfo, session: LoginSession, clock: ServerClock) {
    this.root = `${API}/canvases/${encodeURIComponent(canvas.canvas)}`;
    this.fresh = canvas;
    this.session = session;
    this.clock = clock;
  }

  /** The canvas's rules and where its newest snapshot is. */
  async canvas(): Promise<CanvasInfo> {
    const { fresh } = this;
    this.fresh = null;
    return fresh ?? ((await (await request(this.root)).json()) as CanvasInfo);
  }

  /** The snapshot at the URL that the server named. */
  async snapshot(url: string): Promise<Snapshot> {
    const answer = await request(url, { accept: 'application/octet-stream' });
    return readSnapshot(answer);
  }

  /**
   * The newest snapshot with its entity tag, or `null` when that is still `known`. The server
   * redirects to a URL that never changes, which any cache on the way may answer.
   */
  async latestSnapshot(
    known: string | null,
  ): Promise<{ tag: string | null; snapshot: Snapshot } | null> {
    const answer = await request(`${this.root}/snapshots/latest`, {
      accept: 'application/octet-stream',
      ...(known === null ? {} : { known }),
    });
    return answer.isUnchanged
      ? null
      : { tag: answer.tag, snapshot: await readSnapshot(answer) };
  }

  /** What happened in a round after a version. */
  async catchUp(after: number, round: number): Promise<CatchUp> {
    const answer = await request(`${this.root}/catch-up?after=${after}&round=${round}`, {
      accept: 'application/msgpack',
    });
    return decodeCatchUp(new Uint8Array(await answer.bytes()));
  }

  /** Takes a seat, or a place in the queue, and gives a ticket for the feed. */
  async play(): Promise<PlayAnswer> {
    return (await this.post('/play')) as PlayAnswer;
  }

  /** Gives the seat, or the place in the queue, up. */
  async leave(): Promise<void> {
    await this.post('/leave');
  }

  /** Places a cell. Sending the same request again gives the same answer. */
  async place(placement: PlacementRequest): Promise<PlacementAnswer> {
    return (await this.post('/placements', placement)) as PlacementAnswer;
  }

  /** Takes an own placement back. Sending the same id again gives the same answer. */
  async undo(version: number, id: string): Promise<UndoAnswer> {
    return (await this.post(`/placements/${version}/undo`, { id })) as UndoAnswer;
  }

  private post(path: string, body?: unknown): Promise<unknown> {
    return this.session.authorized(async (token) => {
      const answer = await request(`${this.root}${path}`, { method: 'POST', token, body });
      this.learnTime(answer);
      return answer.json();
    });
  }

  private learnTime({ date }: ApiResponse): void {
    if (date !== null) {
      this.clock.learn(date, Date.now());
    }
  }
}

/** A snapshot can be 64 MiB, so it is put where it belongs while it arrives. */
async function readSnapshot(answer: ApiResponse): Promise<Snapshot> {
  const reader = new SnapshotReader();
  await answer.pieces((bytes) => { reader.take(bytes); });
  return reader.finish();
}
