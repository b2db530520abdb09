/** Looking after a canvas: previews, acts, roles, and the log that everybody can read. */

import { request } from './http';
import type { LoginSession } from './login-session';
import type {
  Act, ActPreview, ActRecord, ActsPage, BansPage, Behaviour, CanvasInfo, HistoryEventsPage,
  LogPage, PlayerFacts, QueuePage, ReportOutcome, Role, StaffMember, WholeEntry,
} from './types';

/** The server's bound on a reason, in bytes of UTF-8. */
export const REASON_MAX_BYTES = 500;

/** Acts fetched at a time. */
const ACTS_PAGE = 30;

const SECOND_MS = 1_000;

/** Events fetched at a time: the most that the server gives. */
const EVENTS_PAGE = 200;

/** A preview, and when it ends by this device's clock (Unix ms). */
export interface TimedPreview {
  readonly preview: ActPreview;
  readonly endsAt: number;
}

/** Fetches a page of what moderators did: no sign-in needed. `before` is the last page's end. */
export async function fetchLog(canvas: string, before: number | null): Promise<LogPage> {
  const answer = await request(`${rootOf(canvas)}/moderation/log?${pageQuery(before)}`);
  return (await answer.json()) as LogPage;
}

/** Fetches the canvas's rules as they are now. */
export async function fetchInfo(canvas: string): Promise<CanvasInfo> {
  return (await (await request(rootOf(canvas))).json()) as CanvasInfo;
}

/** Fetches what a player did in this round, newest first; `before` is a version. */
export async function fetchPlayerEvents(
  canvas: string,
  player: string,
  before: number | null,
): Promise<HistoryEventsPage> {
  const query = new URLSearchParams({ player, limit: String(EVENTS_PAGE) });
  if (before !== null) {
    query.set('before', String(before));
  }
  const answer = await request(`${rootOf(canvas)}/history/events?${query.toString()}`);
  return (await answer.json()) as HistoryEventsPage;
}

/** What whoever is signed in may ask for; the server answers by their role. */
export class ModerationApi {
  private readonly root: string;
  private readonly session: LoginSession;

  constructor(canvas: string, session: LoginSession) {
    this.root = rootOf(canvas);
    this.session = session;
  }

  async ownRole(): Promise<Role> {
    return ((await this.get('/moderation/role')) as { role: Role }).role;
  }

  /** Becomes the first admin with the server's code. */
  async claim(code: string): Promise<Role> {
    return ((await this.post('/moderation/claim', { code })) as { role: Role }).role;
  }

  /** Looks at what an act would do. */
  async preview(act: Act): Promise<TimedPreview> {
    return this.session.authorized(async (token) => {
      const url = `${this.root}/moderation/previews`;
      const answer = await request(url, { method: 'POST', token, body: act });
      const preview = (await answer.json()) as ActPreview;
      // The server's end by the server's clock: this device's may be wrong. Its header has whole
      // seconds, of which the last one may have begun or not.
      const now = answer.date === null ? Date.now() : Date.parse(answer.date) + SECOND_MS;
      return { preview, endsAt: Date.now() + Date.parse(preview.until) - now };
    });
  }

  /** Fetches a preview's picture: now on the left, as it would be on the right. */
  async picture({ picture }: ActPreview): Promise<Blob> {
    return this.session.authorized(async (token) => {
      const answer = await request(picture, { token, accept: 'image/png' });
      return new Blob([await answer.bytes()], { type: 'image/png' });
    });
  }

  /** Does something; `preview` is the id of the preview that confirms it. */
  async perform(act: Act, reason: string, preview: string | null): Promise<ActRecord> {
    return (await this.post('/moderation/acts', { act, reason, preview })) as ActRecord;
  }

  /** Undoes an act, as far as nobody has placed over it since. */
  async undo(act: number, reason: string): Promise<ActRecord> {
    return (await this.post(`/moderation/acts/${act}/undo`, { reason })) as ActRecord;
  }

  /** Fetches a page of acts; `before` is the last page's end. */
  async acts(before: number | null): Promise<ActsPage> {
    return (await this.get(`/moderation/acts?${pageQuery(before)}`)) as ActsPage;
  }

  async staff(): Promise<readonly StaffMember[]> {
    return ((await this.get('/moderation/roles')) as { staff: readonly StaffMember[] }).staff;
  }

  /** What is known of a player. */
  async player(player: string): Promise<PlayerFacts> {
    return (await this.get(`/moderation/players/${player}`)) as PlayerFacts;
  }

  /** The bans in force; `after` is the last page's end. */
  async bans(after: string | null): Promise<BansPage> {
    const query = after === null ? '' : `?after=${after}`;
    return (await this.get(`/moderation/bans${query}`)) as BansPage;
  }

  /** What players told; `before` is the last page's end. */
  async queue(state: 'open' | 'done', before: number | null): Promise<QueuePage> {
    const query = new URLSearchParams({ state });
    if (before !== null) {
      query.set('before', String(before));
    }
    return (await this.get(`/moderation/reports?${query.toString()}`)) as QueuePage;
  }

  /** An entry of the queue with what each player told. */
  async entry(id: number): Promise<WholeEntry> {
    return (await this.get(`/moderation/reports/${id}`)) as WholeEntry;
  }

  /** Answers everybody who told of something. */
  async resolve(id: number, outcome: ReportOutcome, answer: string): Promise<WholeEntry> {
    const path = `/moderation/reports/${id}/resolution`;
    return (await this.post(path, { outcome, answer })) as WholeEntry;
  }

  /** How a player places. */
  async behaviour(player: string): Promise<Behaviour> {
    return (await this.get(`/players/${player}/behaviour`)) as Behaviour;
  }

  /** The players who place most like a script. */
  async riskiest(): Promise<readonly Behaviour[]> {
    return ((await this.get('/behaviour')) as { players: readonly Behaviour[] }).players;
  }

  private get(path: string): Promise<unknown> {
    return this.session.authorized(async (token) =>
      (await request(`${this.root}${path}`, { token })).json());
  }

  private post(path: string, body: unknown): Promise<unknown> {
    return this.session.authorized(async (token) =>
      (await request(`${this.root}${path}`, { method: 'POST', token, body })).json());
  }
}

function pageQuery(before: number | null): string {
  const query = new URLSearchParams({ limit: String(ACTS_PAGE) });
  if (before !== null) {
    query.set('before', String(before));
  }
  return query.toString();
}

function rootOf(canvas: string): string {
  return `/api/v1/canvases/${encodeURIComponent(canvas)}`;
}
